// The rows that a constraint which comes back would refuse are named before it does, by queries that SQLite runs.
import { DatabaseSync } from "node:sqlite";

import { describe, expect, it } from "vitest";

import { capture, planBoth } from "./captures.ts";

/** The keys that each rule names, over rows that were written after the upgrade. */
function refused(
  before: readonly string[],
  after: readonly string[],
  rows: readonly string[],
  newer: readonly string[],
) {
  const database = new DatabaseSync(":memory:");
  const { up, back } = planBoth(capture(...before), capture(...after));
  database.exec("PRAGMA foreign_keys = OFF");
  for (const sql of [...before, ...rows, ...up, ...newer]) database.exec(sql);
  const named = back.refusals.flatMap(({ rule, query }) => {
    const keys = database
      .prepare(query)
      .all()
      .map((row) => Object.values(row).join());
    return keys.length === 0 ? [] : [[rule, keys]];
  });
  const newerData = back.newerData.map(({ table, column, query }) => [
    column ?? table,
    Object.values(database.prepare(query).get() ?? {})[0],
  ]);
  database.close();
  return { named, newerData };
}

const table = (text: string) => `CREATE TABLE t (id INTEGER PRIMARY KEY, ${text})`;

describe("findRefusals", () => {
  it.each([
    [
      "NOT NULL",
      "x text NOT NULL",
      "x text",
      ["INSERT INTO t VALUES (1, NULL), (2, '')"],
      "NOT NULL of t.x",
      ["1"],
    ],
    [
      "UNIQUE",
      "x text UNIQUE",
      "x text",
      ["INSERT INTO t VALUES (1, 'a'), (2, 'a'), (3, NULL), (4, NULL)"],
      "UNIQUE of t (x)",
      ["1", "2"],
    ],
    [
      "a collation",
      "x text UNIQUE COLLATE nocase",
      "x text UNIQUE",
      ["INSERT INTO t VALUES (1, 'a'), (2, 'A')"],
      "UNIQUE of t (x)",
      ["1", "2"],
    ],
    [
      "CHECK",
      "x int CONSTRAINT c CHECK (x > 0)",
      "x int",
      ["INSERT INTO t VALUES (1, 0), (2, 1), (3, NULL)"],
      "CHECK of t (c)",
      ["1"],
    ],
    [
      "what a conversion makes alike",
      "x int UNIQUE",
      "x text UNIQUE",
      ["INSERT INTO t VALUES (1, '1'), (2, '01')"],
      "UNIQUE of t (x)",
      ["1", "2"],
    ],
    [
      "a value that a new row would get",
      "x text NOT NULL CHECK (x <> '')",
      "y",
      ["INSERT INTO t (id) VALUES (7)"],
      "CHECK of t (x <> '')",
      ["7"],
    ],
  ])("names rows by key for %s", (_what, before, after, newer, rule, keys) => {
    expect(refused([table(before)], [table(after)], [], newer).named).toContainEqual([rule, keys]);
  });

  it("names nothing where no row stands in the way", () => {
    const { named } = refused(
      [table("x text NOT NULL UNIQUE CHECK (x > '')")],
      [table("x text")],
      ["INSERT INTO t VALUES (1, 'a')"],
      ["INSERT INTO t VALUES (2, 'b')"],
    );
    expect(named).toEqual([]);
  });

  it("sees a unique index with an expression and a condition", () => {
    const index = "CREATE UNIQUE INDEX i ON t (lower(x), ifnull(x, 'a,b') DESC) WHERE x <> 'z'";
    const newer = ["INSERT INTO t VALUES (1, 'a'), (2, 'a'), (3, 'z'), (4, 'z')"];
    expect(refused([table("x text"), index], [table("x text")], [], newer).named).toEqual([
      ["UNIQUE of t by index i", ["1", "2"]],
    ]);
  });

  it("looks for parents where they will be: in the archive, and among the rows that stay", () => {
    const parent = "CREATE TABLE p (id INTEGER PRIMARY KEY)";
    const rows = ["INSERT INTO p VALUES (1)", "INSERT INTO t VALUES (1, 1)"];
    const gone = refused([parent, table("p int REFERENCES p")], [table("p int")], rows, [
      "INSERT INTO t VALUES (2, 1), (3, 9), (4, NULL)",
    ]);
    expect(gone.named).toEqual([["FOREIGN KEY of t (p)", ["3"]]]);
    const child = (newer: string[]) =>
      refused([parent, table("p int REFERENCES p")], [parent], rows, newer).named;
    expect(child(["DELETE FROM p"])).toEqual([]);
    const unwatched = "DROP TRIGGER __eaves_archive_0001_x_1_fk1_deleted";
    expect(child([unwatched, "DELETE FROM p"])).toEqual([["FOREIGN KEY of t (p)", ["1"]]]);
  });

  it("sees what a STRICT table would not store", () => {
    const newer = ["INSERT INTO t VALUES (1, 'a'), (2, '12'), (3, x'00'), (4, 2.0)"];
    expect(refused([`${table("x int")} STRICT`], [table("x text")], [], newer).named).toEqual([
      ["type int of t.x", ["1", "3"]],
    ]);
  });
});

describe("findNewerData", () => {
  it("counts what was written since into what goes", () => {
    const { newerData } = refused(
      [table("x")],
      [table('x, y text DEFAULT "none", z int NOT NULL DEFAULT (1 + 1)'), "CREATE TABLE n (a)"],
      ["INSERT INTO t VALUES (1, 1)"],
      ["INSERT INTO t VALUES (2, 2, 'new', 2)", "INSERT INTO n VALUES (1), (2)"],
    );
    expect(newerData).toEqual([
      ["n", 2],
      ["y", 1],
      ["z", 0],
    ]);
  });
});
