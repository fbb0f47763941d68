// Renames are read out of scripts; rebuilds are none, whatever name they build under.
import { describe, expect, it } from "vitest";

import {
  invertRenames,
  makeRoom,
  orderMoves,
  readRenames,
  renameTable,
} from "../../../../src/migrate/schema/renames.ts";
import { parseTable } from "../../../../src/migrate/sql/table-parser.ts";
import { capture } from "./captures.ts";

const before = capture("CREATE TABLE a (id int, x text, y text)", "CREATE TABLE b (id int, z text)");
const tables = (...pairs: readonly (readonly [string, string])[]) =>
  pairs.map(([from, to]) => ({ from, to }));

describe("readRenames", () => {
  it.each([
    ["a table", ["ALTER TABLE a RENAME TO c"], tables(["a", "c"]), []],
    ["a column", ["ALTER TABLE `a` RENAME COLUMN x TO w"], [], [{ table: "a", from: "x", to: "w" }]],
    ["a column without the word", ["alter table a rename x to w"], [], [{ table: "a", from: "x", to: "w" }]],
    [
      "both",
      ["ALTER TABLE a RENAME x TO w", "ALTER TABLE a RENAME TO c"],
      tables(["a", "c"]),
      [{ table: "c", from: "x", to: "w" }],
    ],
    ["upper case", ["ALTER TABLE A RENAME TO C"], tables(["a", "C"]), []],
  ])("reads %s", (_what, script, expected, columns) => {
    expect(readRenames(script, before)).toEqual({ tables: expected, columns });
  });

  it.each([["__new_a"], ["a_temporary"]])("takes a rebuild under the name %s for none", (name) => {
    const script = [
      `CREATE TABLE ${name} (id)`,
      `INSERT INTO ${name} SELECT id FROM a`,
      "DROP TABLE a",
      `ALTER TABLE ${name} RENAME TO a`,
    ];
    expect(readRenames(script, before)).toEqual({ tables: [], columns: [] });
  });

  it("takes a rebuild beside the old table for none", () => {
    const script = [
      "ALTER TABLE a RENAME TO old_a",
      "CREATE TABLE a (id)",
      "INSERT INTO a SELECT id FROM old_a",
      "DROP TABLE old_a",
    ];
    expect(readRenames(script, before)).toEqual({ tables: [], columns: [] });
  });

  it("follows a swap through a name in between, of tables and of columns", () => {
    const script = [
      "ALTER TABLE a RENAME TO t",
      "ALTER TABLE b RENAME TO a",
      "ALTER TABLE t RENAME TO b",
      "ALTER TABLE b RENAME x TO t",
      "ALTER TABLE b RENAME y TO x",
      "ALTER TABLE b RENAME t TO y",
    ];
    expect(readRenames(script, before)).toEqual({
      tables: expect.arrayContaining(tables(["a", "b"], ["b", "a"])) as unknown,
      columns: [
        { table: "b", from: "x", to: "y" },
        { table: "b", from: "y", to: "x" },
      ],
    });
  });

  it("keeps a rename that comes before or after a rebuild", () => {
    const rebuild = (table: string) => [
      `CREATE TABLE n (id)`,
      `DROP TABLE ${table}`,
      `ALTER TABLE n RENAME TO ${table}`,
    ];
    const column = [{ table: "a", from: "x", to: "w" }];
    expect(readRenames(["ALTER TABLE a RENAME x TO w", ...rebuild("a")], before)).toEqual({
      tables: [],
      columns: column,
    });
    expect(readRenames(["ALTER TABLE a RENAME TO c", ...rebuild("c")], before)).toEqual({
      tables: tables(["a", "c"]),
      columns: [],
    });
    expect(readRenames([...rebuild("a"), "ALTER TABLE a RENAME TO c"], before)).toEqual({
      tables: tables(["a", "c"]),
      columns: [],
    });
  });

  it("takes a table that replaces another one for that one", () => {
    expect(readRenames(["DROP TABLE b", "ALTER TABLE a RENAME TO b"], before)).toEqual({
      tables: [],
      columns: [],
    });
  });
});

describe("renames", () => {
  const renames = { tables: tables(["a", "c"]), columns: [{ table: "c", from: "x", to: "y" }] };

  it("are inverted with their columns by the other table's name", () => {
    expect(invertRenames(renames)).toEqual({
      tables: tables(["c", "a"]),
      columns: [{ table: "a", from: "y", to: "x" }],
    });
    expect(invertRenames(invertRenames(renames))).toEqual(renames);
  });

  it("move a column aside whose name is taken", () => {
    expect(makeRoom(renames, before).columns).toEqual([
      ...renames.columns,
      { table: "c", from: "y", to: "__old_y" },
    ]);
  });

  it("are ordered so that no name is taken twice", () => {
    expect(orderMoves(tables(["a", "b"], ["b", "c"]))).toEqual(tables(["b", "c"], ["a", "b"]));
    expect(orderMoves(tables(["a", "b"], ["b", "a"]))).toEqual(
      tables(["a", "__new_b"], ["b", "a"], ["__new_b", "b"]),
    );
    expect(orderMoves(tables(["A", "a"]))).toEqual(tables(["A", "__new_a"], ["__new_a", "a"]));
  });

  it("reach keys, checks, generated columns and references, but no texts", () => {
    const sql =
      "CREATE TABLE a (x int, z AS (a.x || 'x') STORED, p REFERENCES a (x), UNIQUE (x COLLATE nocase), CHECK (a.x > 0 AND x(x) <> 'a.x'))";
    expect(renameTable(parseTable(sql), renames)).toMatchObject({
      name: "c",
      columns: [{ name: "y" }, { generated: { expression: "`y` || 'x'" } }, { name: "p" }],
      uniques: [{ columns: ["y"], suffixes: ["COLLATE nocase"] }],
      checks: [{ expression: "`y` > 0 AND x(`y`) <> 'a.x'" }],
      foreignKeys: [{ parent: "c", parentColumns: ["y"] }],
    });
  });
});
