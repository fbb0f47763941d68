// Every form of CREATE TABLE is read, and written so that it reads the same.
import { describe, expect, it } from "vitest";

import { describeTable } from "../../../../src/migrate/sql/table-compare.ts";
import { isRowidAlias, rowidName } from "../../../../src/migrate/sql/table-definition.ts";
import { columnText, parseTable } from "../../../../src/migrate/sql/table-parser.ts";
import { writeTable } from "../../../../src/migrate/sql/table-writer.ts";

const forms = [
  "CREATE TABLE t (a)",
  "CREATE TEMP TABLE IF NOT EXISTS main.t (a INTEGER PRIMARY KEY ASC AUTOINCREMENT)",
  "CREATE TABLE t (a INTEGER PRIMARY KEY DESC ON CONFLICT REPLACE)",
  "CREATE TABLE t (a INTEGER, b, PRIMARY KEY (a DESC))",
  "CREATE TABLE t (a INTEGER, PRIMARY KEY (a AUTOINCREMENT))",
  "CREATE TABLE t (a, b, PRIMARY KEY (a COLLATE nocase DESC, b) ON CONFLICT IGNORE) WITHOUT ROWID",
  "CREATE TABLE t (a, b, UNIQUE (a COLLATE nocase, b DESC) ON CONFLICT FAIL, UNIQUE (b)) STRICT, WITHOUT ROWID",
  "CREATE TABLE t (a NOT NULL ON CONFLICT REPLACE DEFAULT 1 UNIQUE ON CONFLICT ABORT NULL COLLATE rtrim)",
  "CREATE TABLE t (a DEFAULT -5, b DEFAULT + 1.5, c DEFAULT 'it''s, (x)', d DEFAULT x'00', e DEFAULT (1 + (2)), f DEFAULT NULL)",
  'CREATE TABLE t (a DEFAULT true, b DEFAULT CURRENT_TIMESTAMP, c DEFAULT "Text", d DEFAULT word)',
  "CREATE TABLE t (a CONSTRAINT p CHECK (a > 0) CHECK (t.a <> 't.a'), b, CONSTRAINT q CHECK (b) CHECK (a))",
  "CREATE TABLE t (a GENERATED ALWAYS AS (b || ',)') STORED, b, c AS (b) VIRTUAL NOT NULL, d INT AS (b + 1))",
  "CREATE TABLE t (a REFERENCES p, b REFERENCES p (x) ON DELETE SET NULL ON UPDATE CASCADE NOT NULL)",
  "CREATE TABLE t (a, b, FOREIGN KEY (a, b) REFERENCES p (x, y) MATCH FULL ON DELETE NO ACTION NOT DEFERRABLE INITIALLY IMMEDIATE)",
  "CREATE TABLE t (a, b, CONSTRAINT f FOREIGN KEY (a, b) REFERENCES p DEFERRABLE INITIALLY DEFERRED)",
  'CREATE TABLE t (a varchar(20), b DECIMAL (10, 2), c unsigned big int, d "my type", e [x y](3))',
  'CREATE TABLE [odd `name] ("a""b" int, `c``d` text, [e f], \'g\' real, ünï blob, "select" any)',
  "CREATE TABLE t ( -- head, (\n a int, /* b text, */ c text -- tail\n, UNIQUE (a) -- last\n)",
  "CREATE TABLE t (a, b, PRIMARY KEY (a) UNIQUE (b) CHECK (a <> b))",
  'create table t (a integer primary key autoincrement, key text, desc_ text, abort int, "check" int)',
];

describe("parseTable", () => {
  it.each(forms)("reads and writes %s", (sql) => {
    const table = parseTable(sql);
    const again = parseTable(writeTable(table));
    expect(again).toEqual(table);
    expect(describeTable(again)).toEqual(describeTable(table));
  });

  it("keeps what belongs to a column apart", () => {
    expect(parseTable("CREATE TABLE t (a int CONSTRAINT n NOT NULL CHECK (a > 0), b text)")).toMatchObject({
      columns: [
        { name: "a", type: "int", notNull: true },
        { name: "b", type: "text", notNull: false },
      ],
      checks: [{ name: undefined, expression: "a > 0" }],
    });
  });

  it.each([
    "CREATE TABLE t AS SELECT 1",
    "CREATE TABLE t (a b c d PRIMARY)",
    "CREATE TABLE t (a",
    "DROP TABLE t",
    "",
  ])("refuses %s by name", (sql) => {
    expect(() => parseTable(sql)).toThrow(expect.objectContaining({ code: "SQL_UNREADABLE" }));
  });

  it.each([
    ["CREATE TABLE t (a INTEGER PRIMARY KEY)", true],
    ["CREATE TABLE t (a INTEGER, PRIMARY KEY (a DESC))", true],
    ["CREATE TABLE t (a INTEGER PRIMARY KEY DESC)", false],
    ["CREATE TABLE t (a INT PRIMARY KEY)", false],
    ["CREATE TABLE t (a INTEGER PRIMARY KEY) WITHOUT ROWID", false],
  ])("knows whether the key of %s is the rowid", (sql, isAlias) => {
    expect(isRowidAlias(parseTable(sql), "A")).toBe(isAlias);
  });

  it("finds a name for the rowid that no column has", () => {
    expect(rowidName(parseTable("CREATE TABLE t (rowid, oid)"))).toBe("_rowid_");
    expect(rowidName(parseTable("CREATE TABLE t (a PRIMARY KEY) WITHOUT ROWID"))).toBeUndefined();
  });

  it("gives a column's own text, without comments", () => {
    const sql = "CREATE TABLE t (a int, `b` text DEFAULT 'x,y' -- why\n, CHECK (b))";
    expect(columnText(sql, "B")).toBe("`b` text DEFAULT 'x,y'");
    expect(columnText(sql, "c")).toBeUndefined();
  });
});

describe("describeTable", () => {
  it.each([
    ["a int DEFAULT (0)", "A  INT default 0"],
    ['a DEFAULT "x"', "a DEFAULT 'x'"],
    ["a CHECK (t.a > 0)", 'a CHECK ("a">0)'],
    ["a REFERENCES p (x) ON DELETE NO ACTION", "a, FOREIGN KEY (a) REFERENCES P(X)"],
    ["a COLLATE BINARY", "a"],
  ])("%s is the same as %s", (a, b) => {
    expect(describeTable(parseTable(`CREATE TABLE t (${a})`))).toEqual(
      describeTable(parseTable(`CREATE TABLE t (${b})`)),
    );
  });

  it.each([
    ['a DEFAULT "X"', "a DEFAULT 'x'"],
    ["a CHECK (a <> 't.a')", "a CHECK (a <> 'a')"],
    ["a, b, UNIQUE (a COLLATE nocase)", "a, b, UNIQUE (a)"],
    ["a NOT NULL ON CONFLICT REPLACE", "a NOT NULL"],
    ["a, b", "b, a"],
  ])("%s differs from %s", (a, b) => {
    expect(describeTable(parseTable(`CREATE TABLE t (${a})`))).not.toEqual(
      describeTable(parseTable(`CREATE TABLE t (${b})`)),
    );
  });
});
