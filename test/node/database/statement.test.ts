// What a SQL text may do, told from its words alone: nothing that writes may ever pass for a read.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { classifyStatement, isDelete } from "../../../src/database/statement.ts";
import { count, seed } from "../../support/tier.ts";

const reads = [
  "SELECT 1",
  "select * from users",
  "  \n\tSeLeCt 1",
  "SELECT 1;",
  "SELECT 'a; DELETE FROM users'",
  "SELECT 1 -- a remark; with a semicolon",
  "SELECT /* ; DELETE FROM users */ 1",
  'SELECT "delete;" FROM users',
  "SELECT `a;b`, [c;d] FROM users",
  "SELECT 'it''s; one string'",
  "SELECT größe, 名前 FROM users",
  "EXPLAIN DELETE FROM users",
  "EXPLAIN QUERY PLAN SELECT 1;",
  "explain select 1",
  "WITH n AS (SELECT 1) SELECT * FROM n",
  "with recursive n(x) as (select 1 union all select x + 1 from n where x < 9) select x from n",
  "WITH a AS (WITH b AS (SELECT 1) SELECT * FROM b) SELECT * FROM a",
  "WITH a AS (SELECT ')'), b AS MATERIALIZED (SELECT '(') SELECT * FROM a, b",
  'WITH "insert" AS (SELECT 1) SELECT * FROM "insert"',
  "WITH a AS (SELECT 1) /* INSERT */ SELECT * FROM a;",
];

const writes = [
  "INSERT INTO users VALUES (1)",
  "update users set role = null",
  "DELETE FROM users",
  "REPLACE INTO users VALUES (1)",
  "VALUES (1)",
  "PRAGMA user_version",
  "pragma foreign_keys = off",
  "CREATE TABLE t (x)",
  "DROP TABLE users",
  "ALTER TABLE users ADD x",
  "ATTACH 'x' AS y",
  "VACUUM",
  "",
  ";",
  "nonsense",
  "selection",
  "-- harmless\nSELECT 1",
  "/* SELECT */ DELETE FROM users",
  "SELECT 1; DELETE FROM users",
  "SELECT 'a'; DELETE FROM users; ",
  "EXPLAIN SELECT 1; DELETE FROM users",
  "SELECT 'unterminated; DELETE FROM users",
  "WITH n AS (SELECT 1) INSERT INTO users SELECT * FROM n",
  "with n as (select 1) delete from users where id in (select * from n)",
  "WITH a AS (SELECT '('), b AS (SELECT 1) UPDATE users SET role = 1",
  "WITH a AS (SELECT 1) REPLACE INTO users SELECT * FROM a",
  'WITH "select" AS (SELECT 1) DELETE FROM users',
  "WITH [select] AS (SELECT 1) DELETE FROM users",
  "WITH `select` AS (SELECT 1) DELETE FROM users",
  "WITH a AS (SELECT 1) -- SELECT\nDELETE FROM users",
  "WITH a AS (SELECT 1) /* SELECT */ DELETE FROM users",
  "WITH x_select AS (SELECT 1) DELETE FROM users",
  "WITH ſelect AS (SELECT 1) DELETE FROM users",
  "WITH a😀select AS (SELECT 1) DELETE FROM users",
  "WITH a\u00a0select AS (SELECT 1) DELETE FROM users",
  "WITH á\u0301select AS (SELECT 1) DELETE FROM users",
  "WITH n AS (SELECT 1)",
];

const controls = [
  "BEGIN",
  "begin immediate",
  "COMMIT",
  "END TRANSACTION",
  "ROLLBACK TO x",
  "SAVEPOINT x",
  "release x",
  "  COMMIT;",
  "-- a remark\nCOMMIT",
  "/* a remark */ ROLLBACK",
  "; COMMIT",
  "/**/;-- x\n; END",
  "\uFEFFCOMMIT",
];

describe("classifyStatement", () => {
  it.each(reads)("calls %j a read", (text) => expect(classifyStatement(text)).toBe("read"));
  it.each(writes)("calls %j a write", (text) => expect(classifyStatement(text)).toBe("write"));
  it.each(controls)("calls %j control of a transaction", (text) =>
    expect(classifyStatement(text)).toBe("control"),
  );

  it("never calls a text a read whose main verb writes", () => {
    fc.assert(
      fc.property(writingText, (sql) => {
        expect(classifyStatement(sql)).toBe("write");
      }),
      { seed: seed(), numRuns: count({ quick: 2_000, long: 100_000 }) },
    );
  });

  it("is not slow on a long text without an end", () => {
    const began = performance.now();
    for (const piece of ["'", "/*", "(", "WITH ", "a;", "[", "--", "ſ"]) {
      classifyStatement(`WITH ${piece.repeat(20_000)}`);
      classifyStatement(`SELECT ${piece.repeat(20_000)};x`);
    }
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});

describe("isDelete", () => {
  it.each([
    "DELETE FROM users",
    " delete from users",
    "-- why\nDELETE FROM users",
    "/* why */ delete from users",
    "WITH n AS (SELECT 1) DELETE FROM users",
    "with recursive n as (select 1 union select 2 from n) delete from users",
  ])("is true of %j", (text) => expect(isDelete(text)).toBe(true));

  it.each([
    "",
    "INSERT INTO deleted VALUES ('DELETE')",
    "UPDATE users SET role = 'delete'",
    "SELECT 'DELETE'",
    'WITH "delete" AS (SELECT 1) INSERT INTO users SELECT * FROM "delete"',
    "WITH n AS (SELECT 'DELETE') UPDATE users SET role = 1",
  ])("is false of %j", (text) => expect(isDelete(text)).toBe(false));
});

/** Texts whose main verb writes, behind common table expressions with every kind of name and content. */
const name = fc.oneof(
  fc.constantFrom(
    "a",
    "select_1",
    "ſelect",
    '"select"',
    "[select]",
    "`select`",
    "größe",
    "x$",
    "😀select",
    "t\u0301",
  ),
  fc
    .string({ unit: fc.constantFrom("a", "S", "_", "ß", "é", "\u00a0", "名", "7"), minLength: 1 })
    .map((text) => `n${text}`),
);
const text = fc.string({ maxLength: 12 });
const filler = fc.oneof(
  fc.constantFrom(" ", "\n", "\t"),
  text.map((content) => `/*${content.replaceAll("*/", "")} SELECT*/`),
  text.map((content) => `-- SELECT ${content.replaceAll("\n", "")}\n`),
);
const value = fc.oneof(
  fc.integer().map(String),
  text.map((content) => `'${content.replaceAll("'", "''")}'`),
  text.map((content) => `"${content.replaceAll('"', '""')}"`),
);
const expression = fc
  .tuple(name, filler, value, filler)
  .map(([as, one, content, two]) => `${as} AS${one}(SELECT${two} ${content})`);
const verb = fc.constantFrom(
  "INSERT INTO users SELECT 1",
  "insert into users values (1)",
  "UPDATE users SET role = (SELECT 1)",
  "DELETE FROM users WHERE id IN (SELECT 1)",
  "REPLACE INTO users SELECT 1",
);
const writingText = fc
  .tuple(
    fc.constantFrom("", "WITH ", "with recursive "),
    fc.array(expression, { minLength: 1, maxLength: 3 }),
    filler,
    verb,
    fc.constantFrom("", ";", " -- SELECT", "; SELECT 1"),
  )
  .map(([withWord, expressions, gap, main, end]) =>
    withWord === "" ? `${main}${end}` : `${withWord}${expressions.join(", ")}${gap} ${main}${end}`,
  );
