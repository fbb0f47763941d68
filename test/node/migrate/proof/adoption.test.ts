import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type AdoptedRevision,
  adoptHistory,
  type AdoptionRevision,
} from "../../../../src/migrate/proof/adoption.ts";
import { openGround, type TestGround } from "./ground.ts";
import { revisionOf } from "./project.ts";

let ground: TestGround;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground.close());

/** Adopts scripts, each given by its statements, without snapshots. */
function adopt(...scripts: readonly (readonly string[] | AdoptionRevision)[]): Promise<AdoptedRevision[]> {
  const revisions = scripts.map((script, index): AdoptionRevision => {
    if ("tag" in script) return script;
    const tag = `${String(index).padStart(4, "0")}_step`;
    return {
      ...revisionOf(tag, script.join(";\n--> statement-breakpoint\n")),
      down: "missing",
      model: undefined,
    };
  });
  return adoptHistory(ground, { revisions, clock: () => performance.now() });
}

const users = ["CREATE TABLE users (id integer PRIMARY KEY, name text, role text)"];

describe("adoptHistory", () => {
  it("plans and proves a downgrade for each revision", async () => {
    const adopted = await adopt(
      users,
      ["ALTER TABLE users ADD bio text", "CREATE INDEX ix ON users (name)"],
      ["ALTER TABLE users RENAME TO people", "ALTER TABLE people RENAME COLUMN name TO full_name"],
      ["ALTER TABLE people DROP COLUMN bio"],
    );
    expect(adopted.map(({ downgrade }) => downgrade)).toEqual(["proven", "proven", "proven", "proven"]);
    expect(adopted.map((revision) => revision.class)).toEqual([
      "newer-data-lost",
      "newer-data-lost",
      "exact",
      "structure-only",
    ]);
    expect(adopted[1]?.statements).toEqual(["DROP INDEX `ix`", "ALTER TABLE `users` DROP COLUMN `bio`"]);
  });

  it("takes hand-made rebuilds, search tables with triggers, and rows seeded in the revision", async () => {
    const adopted = await adopt(
      users,
      [
        "CREATE TABLE users_tmp (id integer PRIMARY KEY, name text NOT NULL DEFAULT 'x', role text)",
        "INSERT INTO users_tmp SELECT id, coalesce(name, 'x'), role FROM users",
        "DROP TABLE users",
        "ALTER TABLE users_tmp RENAME TO users",
      ],
      [
        "CREATE VIRTUAL TABLE found USING fts5(name, content='users', content_rowid='id')",
        "CREATE TRIGGER found_insert AFTER INSERT ON users BEGIN INSERT INTO found (rowid, name) VALUES (new.id, new.name); END",
      ],
      [
        "CREATE TABLE kinds (id integer PRIMARY KEY, name text)",
        "INSERT INTO kinds VALUES (1, 'a'), (2, 'b')",
      ],
    );
    expect(adopted.map(({ downgrade, reason }) => reason ?? downgrade)).toEqual([
      "proven",
      "proven",
      "proven",
      "proven",
    ]);
  });

  it("leaves a revision that changes rows to a person", async () => {
    const [, changed] = await adopt(users, ["UPDATE users SET role = 'member' WHERE role IS NULL"]);
    expect(changed).toMatchObject({ upgrade: "ok", downgrade: "unproven", class: "unknown" });
    expect(changed?.reason).toContain("hand-written downgrade");
  });

  it("reports a revision that does not run, and goes on behind it", async () => {
    const adopted = await adopt(
      users,
      ["ALTER TABLE nope ADD x text", "ALTER TABLE users ADD y text"],
      ["ALTER TABLE users DROP COLUMN y"],
      ["BEGIN", "CREATE TABLE a (id integer)", "COMMIT"],
      ["CREATE TABLE b (id integer)"],
    );
    expect(adopted.map(({ upgrade, downgrade }) => `${upgrade} ${downgrade}`)).toEqual([
      "ok proven",
      "failed none",
      "ok proven",
      "failed none",
      "ok proven",
    ]);
    expect(adopted[1]?.error).toMatchObject({
      code: "STATEMENT_FAILED",
      place: {
        revision: "0001_step",
        file: "drizzle/0001_step.sql",
        line: 1,
        statement: "ALTER TABLE nope ADD x text",
      },
    });
    expect(adopted[3]?.error).toMatchObject({ place: { file: "drizzle/0003_step.sql", statement: "BEGIN" } });
  });

  it("passes a view that stands in the way of a rebuild", async () => {
    const adopted = await adopt(
      [...users, "CREATE VIEW names AS SELECT name FROM users"],
      [
        "CREATE TABLE __new_users (id integer PRIMARY KEY, name text, role text NOT NULL DEFAULT 'x')",
        "DROP TABLE users",
        "ALTER TABLE __new_users RENAME TO users",
      ],
      ["ALTER TABLE users ADD z text"],
    );
    expect(adopted[1]).toMatchObject({ upgrade: "failed", error: { code: "STATEMENT_FAILED" } });
    expect(adopted[2]).toMatchObject({ upgrade: "ok", downgrade: "proven" });
  });

  it("proves a downgrade that a revision brings along, and tells of one that is wrong", async () => {
    const own = (down: readonly string[]): AdoptionRevision => ({
      ...revisionOf("0001_own", "ALTER TABLE users ADD bio text"),
      down,
      model: undefined,
    });
    const [, right] = await adopt(users, own(["ALTER TABLE users DROP COLUMN bio"]));
    expect(right).toMatchObject({ downgrade: "proven", plan: undefined });
    const [, wrong, behind] = await adopt(users, own(["DROP TABLE users"]), ["ALTER TABLE users ADD z text"]);
    expect(wrong).toMatchObject({
      upgrade: "ok",
      downgrade: "unproven",
      reason: expect.stringContaining("table users is missing"),
    });
    expect(behind).toMatchObject({ upgrade: "ok", downgrade: "proven" });
  });

  it("tells of rows that an upgrade loses", async () => {
    const [, , loss] = await adopt(
      users,
      ["CREATE TABLE a (id integer PRIMARY KEY)"],
      ["DELETE FROM users WHERE id > 1"],
    );
    expect(loss).toMatchObject({ downgrade: "unproven", reason: expect.stringContaining("users lost") });
  });

  it.each([
    ["a column", ["ALTER TABLE users DROP COLUMN role", "ALTER TABLE users ADD role text"]],
    ["a table", ["DROP TABLE users", "CREATE TABLE users (id integer PRIMARY KEY, name text, role text)"]],
  ])("never calls %s that is dropped and made again exact", async (_what, script) => {
    const [, adopted] = await adopt(users, script);
    expect(adopted).toMatchObject({ downgrade: "unproven", class: "unknown" });
  });

  it("empties only the table that must be empty, and those that depend on it", async () => {
    const tables = [
      "CREATE TABLE a (id integer PRIMARY KEY NOT NULL)",
      "CREATE TABLE b (id integer PRIMARY KEY NOT NULL, v text)",
      "CREATE TABLE child (id integer PRIMARY KEY, a integer NOT NULL REFERENCES a (id))",
      "CREATE TABLE grandchild (id integer PRIMARY KEY, child integer NOT NULL REFERENCES child (id))",
      "CREATE TABLE loose (id integer PRIMARY KEY, a integer REFERENCES a (id))",
    ];
    const [, changed, next] = await adopt(
      tables,
      ["ALTER TABLE a ADD k text NOT NULL", "ALTER TABLE b ADD w text"],
      ["ALTER TABLE b ADD x text"],
    );
    expect(changed).toMatchObject({
      upgrade: "ok",
      downgrade: "proven",
      unprovenTables: ["a", "child", "grandchild"],
    });
    expect(next?.unprovenTables).toEqual([]);
  });

  it("says which table has no rows where a unique key refuses all but one of them", async () => {
    const [, changed] = await adopt(
      ["CREATE TABLE a (id integer PRIMARY KEY)", "CREATE TABLE b (id integer PRIMARY KEY, v text)"],
      ["ALTER TABLE a ADD k integer DEFAULT 7", "CREATE UNIQUE INDEX i ON a (k)", "ALTER TABLE b ADD w text"],
    );
    expect(changed).toMatchObject({ upgrade: "ok", downgrade: "proven", unprovenTables: [] });
  });

  it("names what a revision breaks for good, and not what a later one repairs", async () => {
    const script = [
      "CREATE TABLE users (id integer PRIMARY KEY, name text, role text)",
      "CREATE TABLE log (id integer PRIMARY KEY, what text)",
      "CREATE TRIGGER t AFTER INSERT ON users BEGIN INSERT INTO log (what) VALUES (new.name); END",
    ];
    const drop = ["DROP TABLE log"];
    const [, forGood] = await adopt(script, drop);
    expect(forGood?.breaks).toMatchObject([{ object: "trigger t" }]);
    expect(forGood).toMatchObject({ downgrade: "proven", reason: expect.stringContaining("trigger t ") });
    const [, repaired, repair] = await adopt(script, drop, ["DROP TRIGGER t"]);
    expect([repaired?.breaks, repair?.breaks]).toEqual([[], []]);
    const [, inOne] = await adopt(script, ["DROP TRIGGER t", ...drop]);
    expect(inOne).toMatchObject({ breaks: [], downgrade: "proven", reason: undefined });
  });

  it("names a foreign key that loses its parent key", async () => {
    const [, , dropped, behind] = await adopt(
      [
        "CREATE TABLE acc (id integer PRIMARY KEY, email text NOT NULL)",
        "CREATE UNIQUE INDEX i ON acc (email)",
      ],
      ["CREATE TABLE msg (id integer PRIMARY KEY, t text REFERENCES acc (email))"],
      ["DROP INDEX i"],
      ["CREATE TABLE other (id integer PRIMARY KEY)"],
    );
    expect(dropped?.breaks).toMatchObject([{ object: "foreign key of msg (t)" }]);
    expect(behind).toMatchObject({ breaks: [], downgrade: "proven" });
  });

  it("tells of values that ALTER COLUMN did not convert", async () => {
    const [, converted] = await adopt(
      ["CREATE TABLE a (id integer PRIMARY KEY, v text)"],
      ['ALTER TABLE a ALTER COLUMN "v" TO "v" integer'],
    );
    expect(converted?.reason).toContain("a.v has 2 of 10 values that are not stored as integer");
  });
});
