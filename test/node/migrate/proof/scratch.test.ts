import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { replayRevisions, runStatements } from "../../../../src/migrate/proof/replay.ts";
import { clearScratch } from "../../../../src/migrate/proof/scratch.ts";
import { openGround, type TestGround } from "./ground.ts";
import { revisionOf } from "./project.ts";

const grounds: TestGround[] = [];
beforeAll(async () => {
  grounds.push(await openGround(), await openGround("file"));
});
afterAll(async () => {
  for (const ground of grounds) await ground.close();
});

function groundOf(kind: TestGround["kind"]): TestGround {
  const found = grounds.find((one) => one.kind === kind);
  if (found === undefined) throw new Error(`no scratch database of the kind ${kind}`);
  return found;
}

describe("openScratch", () => {
  it("says what it is", () => {
    expect(groundOf("server").by).toMatch(/^sqld \d+\.\d+\.\d+$/);
    expect(groundOf("file").by).toContain("file");
  });
});

describe.each(["server", "file"] as const)("a scratch database on a %s", (kind) => {
  it("is empty again after clearScratch, whatever was in it", async () => {
    const { port } = groundOf(kind);
    await port.migrate([
      "CREATE TABLE p (id integer PRIMARY KEY AUTOINCREMENT, v F32_BLOB(2))",
      "CREATE INDEX vectors ON p (libsql_vector_idx(v))",
      "CREATE TABLE c (id integer PRIMARY KEY, pid integer NOT NULL REFERENCES p (id))",
      "CREATE VIEW v1 AS SELECT id FROM p",
      "CREATE VIEW v2 AS SELECT id FROM v1",
      "CREATE VIRTUAL TABLE f USING fts5(body)",
      "CREATE TRIGGER t AFTER DELETE ON c BEGIN SELECT raise(ABORT, 'no'); END",
      "INSERT INTO p VALUES (7, vector('[1,2]'))",
      "INSERT INTO c VALUES (1, 7)",
      "CREATE TABLE __eaves_archive_x_1 AS SELECT 1 AS one",
    ]);
    await clearScratch(port);
    const left = "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' AND name NOT LIKE 'libsql_%'";
    expect(await port.read([left])).toEqual([[]]);
    expect(await port.read(["SELECT * FROM sqlite_sequence"])).toEqual([[]]);
  });

  it.each([
    "PRAGMA writable_schema=ON",
    "CREATE TEMP TABLE a (id integer)",
    "ATTACH ':memory:' AS other",
    "VACUUM",
  ])("refuses %s", async (statement) => {
    await expect(runStatements(groundOf(kind), [statement])).rejects.toMatchObject({
      code: expect.any(String),
    });
  });

  it("enforces foreign keys on writes, and not in revisions", async () => {
    const { port } = groundOf(kind);
    await clearScratch(port);
    await port.migrate([
      "CREATE TABLE p (id integer PRIMARY KEY)",
      "CREATE TABLE c (pid integer REFERENCES p (id))",
      "INSERT INTO c VALUES (1)",
    ]);
    await expect(port.write(["INSERT INTO c VALUES (2)"])).rejects.toMatchObject({
      code: "STATEMENT_FAILED",
    });
  });

  it("tells file, line and statement of a revision that fails", async () => {
    await clearScratch(groundOf(kind).port);
    const revisions = [
      revisionOf("0000_a", "CREATE TABLE a (id integer);"),
      revisionOf(
        "0001_b",
        "CREATE TABLE b (id integer);\n--> statement-breakpoint\nALTER TABLE nope ADD x text;",
      ),
    ];
    await expect(replayRevisions(groundOf(kind), revisions)).rejects.toMatchObject({
      code: "STATEMENT_FAILED",
      place: {
        revision: "0001_b",
        file: "drizzle/0001_b.sql",
        line: 3,
        statement: "ALTER TABLE nope ADD x text",
      },
    });
    const { tables } = await groundOf(kind).port.capture();
    expect(tables.map(({ name }) => name)).toEqual(["a"]);
  });
});
