import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readContents } from "../../../../src/migrate/proof/row-reading.ts";
import { fillTables } from "../../../../src/migrate/proof/rows.ts";
import { clearScratch } from "../../../../src/migrate/proof/scratch.ts";
import { openGround, type TestGround } from "./ground.ts";

let ground: TestGround;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground.close());
beforeEach(() => clearScratch(ground.port));

/** Makes the tables, fills them, and counts. */
async function fill(statements: readonly string[], salt = 0) {
  await ground.port.migrate(statements);
  const capture = await ground.port.capture();
  const { unprovenTables } = await fillTables(ground.port, { capture, salt });
  const contents = await readContents(ground.port, capture);
  const count = (name: string): number => contents.tables.get(name)?.rows.length ?? 0;
  const values = (name: string, column: number): string[] =>
    contents.tables.get(name)?.rows.map((row) => row[column] ?? "") ?? [];
  return { unprovenTables, contents, count, values };
}

describe("fillTables", () => {
  it("fills columns with NULLs, boundary values and texts with NUL", async () => {
    const { values } = await fill([
      "CREATE TABLE a (id integer PRIMARY KEY, n integer, t text, b blob, r real)",
    ]);
    expect(values("a", 1)).toContain("9223372036854775807");
    expect(values("a", 1)).toContain("NULL");
    expect(values("a", 2)).toContain("CAST(x'' AS TEXT)");
    expect(values("a", 2).some((text) => /'(..)*00/i.test(text))).toBe(true);
    expect(values("a", 3)).toContain("X'FF00FF00000000'");
    expect(values("a", 4)).toContain("NULL");
  });

  it("is the same for the same schema and salt, and another for another salt", async () => {
    const table = "CREATE TABLE a (id integer PRIMARY KEY, t text)";
    const one = await fill([table]);
    await clearScratch(ground.port);
    const two = await fill([table]);
    expect(two.contents).toEqual(one.contents);
    await clearScratch(ground.port);
    const three = await fill([table], 1);
    expect(three.contents).not.toEqual(one.contents);
  });

  it("links children to parents, and rows to rows of their own table", async () => {
    const { contents, count, values, unprovenTables } = await fill([
      "CREATE TABLE child (id integer PRIMARY KEY, pa text NOT NULL, pb integer NOT NULL, FOREIGN KEY (pa, pb) REFERENCES parent (a, b))",
      "CREATE TABLE parent (a text, b integer, PRIMARY KEY (a, b)) WITHOUT ROWID",
      "CREATE TABLE node (id integer PRIMARY KEY, up integer NOT NULL REFERENCES node (id))",
    ]);
    expect(unprovenTables).toEqual([]);
    expect(contents.violations.size).toBe(0);
    expect(count("child")).toBeGreaterThan(3);
    expect(new Set(values("node", 1)).size).toBeGreaterThan(1);
  });

  it("takes a circle of keys where one of them may be NULL", async () => {
    const { unprovenTables } = await fill([
      "CREATE TABLE a (id integer PRIMARY KEY, b integer REFERENCES b (id))",
      "CREATE TABLE b (id integer PRIMARY KEY, a integer NOT NULL REFERENCES a (id))",
    ]);
    expect(unprovenTables).toEqual([]);
  });

  it("finds values for checks in their texts", async () => {
    const { unprovenTables, count } = await fill([
      "CREATE TABLE a (id integer PRIMARY KEY, role text NOT NULL CHECK (role IN ('admin', 'member')), n integer CHECK (n BETWEEN 18 AND 20))",
      "CREATE TABLE b (id integer PRIMARY KEY, mail text CHECK (mail LIKE '%@%'), code text CHECK (length(code) = 5))",
    ]);
    expect(unprovenTables).toEqual([]);
    expect(count("a")).toBeGreaterThan(3);
  });

  it("obeys STRICT, JSON, unique keys and generated columns", async () => {
    const { unprovenTables } = await fill([
      "CREATE TABLE s (id INTEGER PRIMARY KEY, i INTEGER UNIQUE, t TEXT NOT NULL UNIQUE, a ANY, b BLOB, r REAL) STRICT",
      "CREATE TABLE j (id integer PRIMARY KEY, d text NOT NULL, n text GENERATED ALWAYS AS (json_extract(d, '$.a')) STORED)",
      "CREATE TABLE v (id integer PRIMARY KEY, e F32_BLOB(3))",
    ]);
    expect(unprovenTables).toEqual([]);
  });

  it("names a table whose check nothing satisfies", async () => {
    const { unprovenTables } = await fill([
      "CREATE TABLE a (id integer PRIMARY KEY, t text NOT NULL CHECK (t = reverse_of_nothing OR 0), reverse_of_nothing text CHECK (0))",
    ]);
    expect(unprovenTables).toEqual(["a"]);
  });

  it("leaves a table to the project's own seed", async () => {
    await ground.port.migrate(["CREATE TABLE a (id integer PRIMARY KEY, t text)"]);
    const capture = await ground.port.capture();
    const seed = ["INSERT INTO a VALUES (1, 'mine')", "INSERT INTO not_there VALUES (1)"];
    await fillTables(ground.port, { capture, salt: 0, seed });
    const { tables } = await readContents(ground.port, capture);
    expect(tables.get("a")?.rows).toHaveLength(1);
  });
});
