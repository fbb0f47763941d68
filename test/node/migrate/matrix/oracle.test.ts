// The matrix is only as good as what it compares with: the oracle notices the smallest difference of each kind.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compareContents, readContents } from "./contents.ts";
import { storedAs } from "./conversion.ts";
import { openPlace, type Place } from "./place.ts";
import { compareStructures, readStructure } from "./structure.ts";

const schema = [
  "CREATE TABLE p (id INTEGER PRIMARY KEY)",
  "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT COLLATE NOCASE DEFAULT 'x' CHECK (a <> 'T.a'), pid INTEGER REFERENCES p (id) ON DELETE CASCADE, g TEXT AS (a || 'y') VIRTUAL)",
  "CREATE INDEX ix ON t (a DESC, pid) WHERE pid > 1",
  "CREATE VIEW v AS SELECT a FROM t",
  "CREATE TRIGGER tr AFTER INSERT ON t BEGIN UPDATE t SET a = 'z' WHERE a = 'never'; END",
];

let place: Place;

beforeAll(async () => {
  place = await openPlace("file");
});

afterAll(() => place.close());
beforeEach(() => place.clear());

async function structureOf(statements: readonly string[]) {
  await place.clear();
  await place.database.migrate(statements);
  return readStructure(place.read);
}

async function contentsAfter(...statements: readonly string[]) {
  await place.database.write(statements);
  return readContents(place.read, await readStructure(place.read), new Map([["t", ["id"]]]));
}

describe("compareStructures", () => {
  it.each([
    ["a collation", "COLLATE NOCASE ", ""],
    ["a default", "DEFAULT 'x'", "DEFAULT 'X'"],
    ["a literal in a check", "'T.a'", "'t.a'"],
    ["the action of a foreign key", "CASCADE", "SET NULL"],
    ["AUTOINCREMENT", " AUTOINCREMENT", ""],
    ["a generated expression", "|| 'y'", "|| 'Y'"],
    ["how a column is generated", "VIRTUAL", "STORED"],
    ["the order of an index", "a DESC", "a"],
    ["the condition of an index", "pid > 1", "pid > 2"],
    ["a view", "SELECT a FROM", "SELECT id FROM"],
    ["a trigger", "'never'", "'ever'"],
  ])("notices %s", async (_, from, to) => {
    const changed = schema.map((sql) => sql.replace(from, to));
    expect(compareStructures(await structureOf(schema), await structureOf(changed), true)).toHaveLength(1);
  });

  it("takes another spelling of the same for the same", async () => {
    const spelled = schema.map((sql) =>
      sql
        .replaceAll("INTEGER", "integer")
        .replace(" a TEXT", '\n\t"a"  text')
        .replace("(a <>", "(`t`.`a` <>"),
    );
    expect(spelled).not.toEqual(schema);
    expect(compareStructures(await structureOf(schema), await structureOf(spelled), true)).toEqual([]);
  });

  it("looks at the order of columns where it is asked to", async () => {
    const [one, other] = [
      await structureOf(["CREATE TABLE t (a, b)"]),
      await structureOf(["CREATE TABLE t (b, a)"]),
    ];
    expect(compareStructures(one, other, false)).toEqual([]);
    expect(compareStructures(one, other, true)).toHaveLength(1);
  });
});

describe("compareContents", () => {
  const create = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a)";
  const row = "INSERT INTO t VALUES (1, 'a' || char(0) || 'b'), (2, 9007199254740993)";

  it.each([
    ["a byte behind a NUL", "UPDATE t SET a = 'a' || char(0) || 'c' WHERE id = 1"],
    ["the type of a number", "UPDATE t SET a = '9007199254740993' WHERE id = 2"],
    ["the last digit of a 64-bit integer", "UPDATE t SET a = 9007199254740992 WHERE id = 2"],
    ["a row that is gone", "DELETE FROM t WHERE id = 1"],
    ["a row that is new", "INSERT INTO t VALUES (0, 'new')"],
    ["a counter", "UPDATE sqlite_sequence SET seq = 9 WHERE name = 't'"],
  ])("notices %s", async (_, change) => {
    const before = await contentsAfter(create, row);
    const after = await contentsAfter(change);
    expect(compareContents(before, before)).toEqual([]);
    expect(compareContents(before, after)).toHaveLength(1);
  });
});

describe("storedAs", () => {
  it("asks SQLite what a column of a type makes of a value", async () => {
    expect(await storedAs("text:3132", "integer")).toBe("integer:12");
    expect(await storedAs("text:616263", "integer")).toBe("text:616263");
    expect(await storedAs("integer:7", "text")).toBe("text:37");
  });
});
