// When two schemas are the same, and what is said where they differ.
import { describe, expect, it } from "vitest";

import { describeSchema, diffCaptures } from "../../../../src/migrate/schema/schema-diff.ts";
import { parseIndex } from "../../../../src/migrate/sql/index-definition.ts";
import { describeTable } from "../../../../src/migrate/sql/table-compare.ts";
import { isRowidAlias, readColumn } from "../../../../src/migrate/sql/table-definition.ts";
import { columnText, parseTable } from "../../../../src/migrate/sql/table-parser.ts";
import { capture } from "./captures.ts";

const describeColumns = (columns: string) => describeTable(parseTable(`CREATE TABLE t (${columns})`));

describe("describeTable", () => {
  it.each([
    ["a, b, UNIQUE (a), UNIQUE (b)", "a, b, UNIQUE (b), UNIQUE (a)"],
    ["a DECIMAL (10, 2)", "a decimal(10,2)"],
    ["a DEFAULT TRUE", "a DEFAULT true"],
    ["a DEFAULT (((1 + 1)))", "a DEFAULT (1+1)"],
  ])("(%s) is the same as (%s)", (a, b) => {
    expect(describeColumns(a)).toEqual(describeColumns(b));
  });

  it.each([
    ["a DEFAULT true", "a DEFAULT 'true'"],
    ["a REFERENCES p ON DELETE CASCADE", "a REFERENCES p"],
    ["a REFERENCES p ON UPDATE CASCADE", "a REFERENCES p"],
    ["a INTEGER PRIMARY KEY AUTOINCREMENT", "a INTEGER PRIMARY KEY"],
    ["a INTEGER PRIMARY KEY DESC", "a INTEGER PRIMARY KEY"],
  ])("(%s) differs from (%s)", (a, b) => {
    expect(describeColumns(a)).not.toEqual(describeColumns(b));
  });

  it("tells the kinds of tables apart", () => {
    const kinds = ["", " STRICT", " WITHOUT ROWID"].map((kind) =>
      describeTable(parseTable(`CREATE TABLE t (a int PRIMARY KEY)${kind}`)).slice(2),
    );
    expect(kinds).toEqual([[], ["strict"], ["without rowid"]]);
  });

  it("keeps the parentheses of a default that are more than its own", () => {
    expect(describeColumns("a DEFAULT ((1) + (2))")).toEqual(["column a default ( 1 ) + ( 2 )"]);
  });
});

describe("parts of a table", () => {
  it("reads a column's own text in a table whose constraints are named like it", () => {
    expect(columnText('CREATE TABLE t (a int, CONSTRAINT b CHECK (a), "check" text)', "check")).toBe(
      '"check" text',
    );
    expect(columnText("CREATE TABLE t (a, CHECK (a), b)", "CHECK")).toBeUndefined();
  });

  it("takes no composite key for the rowid", () => {
    const table = parseTable("CREATE TABLE t (a INTEGER, b int, PRIMARY KEY (a, b))");
    expect([isRowidAlias(table, "a"), isRowidAlias(table, "b")]).toEqual([false, false]);
  });

  it("reads the rowid by its word, and a column by its name", () => {
    expect([readColumn("RowId"), readColumn("a")]).toEqual(["RowId", "`a`"]);
  });

  it("refuses what stands behind a column", () => {
    for (const sql of ["CREATE TABLE t (a int NOT NULL 5)", "CREATE TABLE t (a int DEFAULT 1 2)"])
      expect(() => parseTable(sql)).toThrow(expect.objectContaining({ code: "SQL_UNREADABLE" }));
  });

  it("reads the schema's name, the options and constraints without a comma", () => {
    const sql = "CREATE TABLE main.t (a, b, PRIMARY KEY (a) UNIQUE (b) CHECK (a <> b)) STRICT";
    expect(parseTable(sql)).toMatchObject({
      name: "t",
      primaryKey: { columns: ["a"] },
      uniques: [{ columns: ["b"] }],
      checks: [{ expression: "a <> b" }],
      strict: true,
      withoutRowid: false,
    });
  });

  it("tells the columns of an index from its expressions", () => {
    const sql = "CREATE UNIQUE INDEX i ON t (a COLLATE nocase DESC, b || c, lower(d) asc, e) WHERE a > 0";
    expect(parseIndex(sql)).toEqual({
      unique: true,
      table: "t",
      parts: [
        { column: "a", text: "a COLLATE nocase" },
        { column: undefined, text: "b || c" },
        { column: undefined, text: "lower(d)" },
        { column: "e", text: "e" },
      ],
      where: "a > 0",
    });
  });
});

describe("diffCaptures", () => {
  const users = "CREATE TABLE users (id int, name text)";

  it("names what is only on one side", () => {
    const index = "CREATE INDEX i ON users (users.name)";
    expect(diffCaptures(capture(users, index), capture(users))).toEqual([
      { object: "index i", expected: "create index i on users ( name )", found: undefined },
    ]);
    expect(diffCaptures(capture(users), capture(users, index))).toEqual([
      { object: "index i", expected: undefined, found: "create index i on users ( name )" },
    ]);
    expect(diffCaptures(capture(users), capture(users.replace("text", "text, b int")))).toEqual([
      { object: "table users", expected: undefined, found: "column b int" },
    ]);
  });

  it("overlooks how an index or a view is written", () => {
    const [written, stored] = [
      "CREATE INDEX IF NOT EXISTS i ON users (users.name)",
      "create index `i` ON `users` (`name`)",
    ].map((sql) => ({ tables: [], objects: [{ kind: "index" as const, name: "i", table: "users", sql }] }));
    expect(diffCaptures(written ?? capture(), stored ?? capture())).toEqual([]);
    const views = [capture("create view v as select `a`"), capture("CREATE VIEW v AS SELECT a")] as const;
    expect(diffCaptures(...views)).toEqual([]);
  });

  it("has one text for one schema, in whatever order its parts were made", () => {
    const [a, b] = ["CREATE TABLE a (x int, y int)", "CREATE TABLE b (x int)"];
    const turned = a.replace("x int, y int", "y int, x int");
    expect(describeSchema(capture(a, b))).toBe(describeSchema(capture(b, turned)));
    expect(describeSchema(capture(a, b))).not.toBe(describeSchema(capture(a)));
  });
});
