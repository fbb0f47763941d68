// SQL is taken apart by SQLite's lexical rules.
import { array, assert, constantFrom, oneof, property, string } from "fast-check";
import { describe, expect, it } from "vitest";

import {
  normalizeSql,
  quoteName,
  splitStatements,
  tokenize,
} from "../../../../src/migrate/sql/sql-tokens.ts";
import { retitle } from "../../../../src/migrate/sql/retitle.ts";
import { seed } from "../../../support/tier.ts";

describe("tokenize", () => {
  it("loses nothing of any text", () => {
    const pieces = constantFrom(
      "'",
      '"',
      "`",
      "[",
      "]",
      "--",
      "/*",
      "*/",
      "\n",
      "x'",
      "1e",
      ".",
      "ünï",
      "🎉",
      "\u00a0",
      " ",
      "(",
      "a_1",
    );
    const text = oneof(
      string(),
      array(pieces).map((parts) => parts.join("")),
    );
    assert(
      property(text, (sql) => {
        expect(
          tokenize(sql)
            .map((token) => token.text)
            .join(""),
        ).toBe(sql);
      }),
      { seed: seed(), numRuns: 500 },
    );
  });

  it.each([
    ["x'00ff' 'it''s' \"a\"\"b\" `c` [d e]", ["blob", "string", "name", "name", "name"]],
    ["a.b<>-1.5e-3||:v", ["word", "punct", "word", "punct", "punct", "number", "punct", "variable"]],
    ["-- a ' b\n1 /* ; */", ["comment", "number", "comment"]],
    ["ünï🎉 a\u00a0b", ["word", "word"]],
  ])("knows what is in %s", (sql, kinds) => {
    expect(
      tokenize(sql)
        .map(({ kind }) => kind)
        .filter((kind) => kind !== "space"),
    ).toEqual(kinds);
  });
});

describe("splitStatements", () => {
  it("leaves the semicolons of a trigger and of texts alone", () => {
    const trigger =
      "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET x = CASE WHEN 1 THEN ';' ELSE 2 END; DELETE FROM b; END";
    expect(splitStatements(`SELECT ';'; ${trigger}; -- c;\nSELECT 2;;`)).toEqual([
      { sql: "SELECT ';'", offset: 0 },
      { sql: trigger, offset: 12 },
      { sql: "-- c;\nSELECT 2", offset: 12 + trigger.length + 2 },
    ]);
  });

  it("takes a column that is called end for a column", () => {
    const trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET end = new.end; SELECT 1; END";
    expect(splitStatements(`${trigger}; SELECT 2`).map(({ sql }) => sql)).toEqual([trigger, "SELECT 2"]);
  });
});

describe("normalizeSql", () => {
  it("gives texts that mean the same the same spelling, and no others", () => {
    expect(normalizeSql('CHECK ("Age">1 /* c */ )')).toBe(normalizeSql("check( `age` > 1 )"));
    expect(normalizeSql("`a b`")).not.toBe(normalizeSql("a b"));
    expect(normalizeSql("'A'")).not.toBe(normalizeSql("'a'"));
  });
});

describe("retitle", () => {
  it("renames the table, and in front of its columns, but no texts, columns or keys", () => {
    const sql =
      "CREATE TABLE users (users int CHECK (users.users <> 'users.x'), p int REFERENCES users (users)) -- users";
    expect(retitle(sql, "__new_users", "users")).toBe(
      "CREATE TABLE `__new_users` (users int CHECK (`__new_users`.users <> 'users.x'), p int REFERENCES users (users)) -- users",
    );
  });

  it("survives any name", () => {
    assert(
      property(
        string({ minLength: 1 }).filter((name) => !name.includes("\0")),
        (name) => {
          expect(retitle(`CREATE TABLE ${quoteName(name)} (x)`, "new", name)).toBe("CREATE TABLE `new` (x)");
        },
      ),
      { seed: seed() },
    );
  });
});
