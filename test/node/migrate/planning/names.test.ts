// Names and texts keep what they say when they are taken apart and written again.
import { describe, expect, it } from "vitest";

import { quoteText, splitStatements } from "../../../../src/migrate/sql/sql-tokens.ts";
import { mentions, renameColumnsIn } from "../../../../src/migrate/sql/table-compare.ts";
import { parseTable } from "../../../../src/migrate/sql/table-parser.ts";

describe("quoteText", () => {
  it("doubles the quotes within", () => {
    expect(quoteText("it's")).toBe("'it''s'");
  });
});

describe("splitStatements", () => {
  it("takes a comment at the end for no statement", () => {
    expect(splitStatements("SELECT 1; -- done\n;/* */ ")).toEqual([{ sql: "SELECT 1", offset: 0 }]);
  });
});

describe("parseTable", () => {
  it("reads the names that are quoted in each way", () => {
    const sql = "CREATE TABLE t ('it''s' int, \"a\"\"b\" int, `c``d` int, [e f] int)";
    expect(parseTable(sql).columns.map(({ name }) => name)).toEqual(["it's", 'a"b', "c`d", "e f"]);
  });

  it("reads each part of a column", () => {
    const sql =
      "CREATE TABLE t (a decimal (10, 2) NOT NULL ON CONFLICT REPLACE DEFAULT -5 COLLATE nocase, b AS (a) STORED, c AS (a))";
    expect(parseTable(sql).columns).toEqual([
      {
        name: "a",
        type: "decimal(10, 2)",
        notNull: true,
        notNullConflict: "REPLACE",
        defaultValue: "-5",
        collate: "nocase",
        generated: undefined,
      },
      expect.objectContaining({ name: "b", type: "", generated: { expression: "a", kind: "stored" } }),
      expect.objectContaining({ name: "c", type: "", generated: { expression: "a", kind: "virtual" } }),
    ]);
  });

  it("reads keys and references with all that they say", () => {
    const sql =
      "CREATE TABLE t (a, b REFERENCES p (x) ON DELETE SET NULL ON UPDATE NO ACTION NOT NULL, " +
      "PRIMARY KEY (a ASC, b COLLATE nocase DESC) ON CONFLICT IGNORE, " +
      "FOREIGN KEY (a) REFERENCES q MATCH FULL ON UPDATE CASCADE NOT DEFERRABLE INITIALLY IMMEDIATE) WITHOUT ROWID, STRICT";
    expect(parseTable(sql)).toMatchObject({
      columns: [{ name: "a" }, { name: "b", notNull: true }],
      primaryKey: { columns: ["a", "b"], suffixes: ["", "COLLATE nocase DESC"], onConflict: "IGNORE" },
      foreignKeys: [
        {
          columns: ["b"],
          parent: "p",
          parentColumns: ["x"],
          onDelete: "SET NULL",
          onUpdate: undefined,
          rest: "",
        },
        {
          columns: ["a"],
          parent: "q",
          parentColumns: [],
          onDelete: undefined,
          onUpdate: "CASCADE",
          rest: "MATCH FULL NOT DEFERRABLE INITIALLY IMMEDIATE",
        },
      ],
      strict: true,
      withoutRowid: true,
    });
  });

  it.each([
    ["CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT)", true, false],
    ["CREATE TABLE t (a INTEGER PRIMARY KEY DESC)", false, true],
    ["CREATE TABLE t (a INTEGER, PRIMARY KEY (a AUTOINCREMENT))", true, false],
  ])("reads the key of %s", (sql, autoincrement, descending) => {
    expect(parseTable(sql).primaryKey).toMatchObject({ columns: ["a"], autoincrement, descending });
  });
});

describe("an expression", () => {
  it("keeps functions apart from the columns of their name, comments in between", () => {
    const renames = new Map([["x", "y"]]);
    expect(renameColumnsIn("x /* of */ (x) COLLATE x", renames)).toBe("x /* of */ (`y`) COLLATE x");
    expect([mentions("x /* of */ (1)", "x"), mentions("1 + X", "x")]).toEqual([false, true]);
  });
});
