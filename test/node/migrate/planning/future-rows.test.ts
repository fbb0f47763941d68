// What rows become and what they would break, looked at by SQLite: the parts that a common change does not touch.
import { DatabaseSync } from "node:sqlite";

import { describe, expect, it } from "vitest";

import { capture, planBoth } from "./captures.ts";

interface Story {
  readonly before: readonly string[];
  readonly rows?: readonly string[];
  readonly after: readonly string[];
  readonly newer?: readonly string[];
}

function play({ before, rows = [], after, newer = [] }: Story) {
  const database = new DatabaseSync(":memory:");
  const plan = planBoth(capture(...before), capture(...after));
  const run = (statements: readonly string[]) => {
    for (const sql of statements) database.exec(sql);
  };
  const read = (query: string) =>
    database
      .prepare(query)
      .all()
      .map((row) => Object.values(row).join());
  run(["PRAGMA foreign_keys = OFF", ...before, ...rows, ...plan.up, ...newer]);
  return { plan, read, downgrade: () => run(plan.down) };
}

/** The rows that each rule names. */
function refused(story: Story): unknown[] {
  const { plan, read } = play(story);
  return plan.back.refusals
    .map(({ rule, query }) => [rule, read(query)])
    .filter(([, keys]) => keys?.length !== 0);
}

const table = (columns: string, name = "t") => `CREATE TABLE ${name} (id INTEGER PRIMARY KEY, ${columns})`;

describe("findRefusals", () => {
  it("lets a STRICT table have NULL, and its own type alone", () => {
    const newer = ["INSERT INTO t VALUES (1, 'a'), (2, x'00'), (3, NULL), (4, 1)"];
    expect(refused({ before: [`${table("x blob")} STRICT`], after: [table("x text")], newer })).toEqual([
      ["type blob of t.x", ["1", "4"]],
    ]);
  });

  it("lets a child without a parent have none, where no parent is left either", () => {
    const parent = "CREATE TABLE p (id INTEGER PRIMARY KEY)";
    const story = { before: [parent, table("p int REFERENCES p")], after: [table("p int")] };
    expect(refused({ ...story, newer: ["INSERT INTO t VALUES (1, NULL)"] })).toEqual([]);
    expect(refused({ ...story, newer: ["INSERT INTO t VALUES (1, 5)"] })).toEqual([
      ["FOREIGN KEY of t (p)", ["1"]],
    ]);
  });

  it("sees a reference that a conversion of the parent's key breaks", () => {
    const child = table("p text REFERENCES p (id)");
    expect(
      refused({
        before: ["CREATE TABLE p (id text PRIMARY KEY NOT NULL)", child],
        after: ["CREATE TABLE p (id int PRIMARY KEY NOT NULL)", child],
        newer: ["INSERT INTO p VALUES (8)", "INSERT INTO t VALUES (1, '08'), (2, '8')"],
      }),
    ).toEqual([["FOREIGN KEY of t (p)", ["1"]]]);
  });
});

describe("findNewerData", () => {
  it("takes the value that every row got for none that is newer", () => {
    const { plan, read } = play({
      before: ["CREATE TABLE t (id INTEGER PRIMARY KEY)"],
      rows: ["INSERT INTO t VALUES (1)"],
      after: [table("z text NOT NULL")],
      newer: ["INSERT INTO t VALUES (2, 'new'), (3, '')"],
    });
    expect(plan.back.newerData.map(({ column, query }) => [column, read(query)])).toEqual([["z", ["1"]]]);
  });
});

describe("a downgrade", () => {
  it("takes back the filling of a NULL, but no edit that looks like it", () => {
    const { read, downgrade } = play({
      before: [table("x")],
      rows: ["INSERT INTO t VALUES (1, NULL), (2, NULL)"],
      after: [table("x DEFAULT 0 NOT NULL")],
      newer: ["UPDATE t SET x = 0.0 WHERE id = 2"],
    });
    downgrade();
    expect(read("SELECT typeof(x) FROM t ORDER BY id")).toEqual(["null", "real"]);
  });

  it("finds rows again by each part of their key", () => {
    const key = "a int NOT NULL, b int NOT NULL";
    const { read, downgrade } = play({
      before: [`CREATE TABLE t (${key}, x text, PRIMARY KEY (a, b)) WITHOUT ROWID`],
      rows: ["INSERT INTO t VALUES (1, 1, '01'), (1, 2, '02'), (2, 1, '03')"],
      after: [`CREATE TABLE t (${key}, x int, PRIMARY KEY (a, b)) WITHOUT ROWID`],
      newer: ["UPDATE t SET x = 9 WHERE a = 1 AND b = 2"],
    });
    expect(read("SELECT x FROM t ORDER BY a, b")).toEqual(["1", "9", "3"]);
    downgrade();
    expect(read("SELECT x FROM t ORDER BY a, b")).toEqual(["01", "9", "03"]);
  });
});
