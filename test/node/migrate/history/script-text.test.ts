import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { parseChecksum } from "../../../../src/migrate/history/revision.ts";
import {
  assertRunnable,
  breakpoint,
  buildScript,
  readDown,
  readScriptText,
  renderScript,
} from "../../../../src/migrate/history/script-text.ts";
import { count, seed } from "../../../support/tier.ts";

function script(text: string) {
  return buildScript("drizzle/0000_a.sql", text, parseChecksum("0".repeat(64)));
}

function statements(text: string): string[] {
  return readScriptText(text).statements.map(({ sql }) => sql);
}

const trigger =
  "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET x = CASE WHEN 1 THEN 2 END; DELETE FROM b; END";

describe("readScriptText", () => {
  it.each([
    {
      what: "markers as drizzle-kit writes them",
      text: `A (\n1);\n${breakpoint}\nB;${breakpoint}\nC;`,
      sql: ["A (\n1)", "B", "C"],
    },
    {
      what: "has several statements between two breakpoints",
      text: `A; B;\n${breakpoint}\nC`,
      sql: ["A", "B", "C"],
    },
    { what: "no marker at all", text: "A;\nB;\n", sql: ["A", "B"] },
    { what: "markers without semicolons", text: `A\n${breakpoint}\nB`, sql: ["A", "B"] },
    { what: "Windows line ends", text: `A;\r\n${breakpoint}\r\nB;\r\n`, sql: ["A", "B"] },
    { what: "a byte order mark", text: "\uFEFFA;", sql: ["A"] },
    {
      what: "chunks with comments or nothing",
      text: `-- x\n${breakpoint}\n\n;;${breakpoint}\n/* y */\n${breakpoint}\nA`,
      sql: ["A"],
    },
    { what: "comments around and in a statement", text: "-- x\nA /* y */ B -- z\n;", sql: ["A /* y */ B"] },
    { what: "a trigger", text: `${trigger};\nA;`, sql: [trigger, "A"] },
    {
      what: "semicolons in texts and names",
      text: "A ';' \"x;y\" `;` [;];B",
      sql: ["A ';' \"x;y\" `;` [;]", "B"],
    },
    { what: "a marker in a text", text: `A '${breakpoint}'; B`, sql: [`A '${breakpoint}'`, "B"] },
    { what: "what drizzle-kit pull comments out", text: `/*\nA;\n${breakpoint}\nB;\n*/`, sql: [] },
    { what: "nothing", text: "", sql: [] },
  ])("takes $what apart", ({ text, sql }) => {
    expect(readScriptText(text)).toMatchObject({
      statements: sql.map((each) => ({ sql: each })),
      faults: [],
    });
  });

  it("leaves out what switches foreign keys, and nothing else", () => {
    const text = [
      "PRAGMA foreign_keys=OFF",
      "pragma foreign_keys = on",
      "PRAGMA main.foreign_keys(0)",
      "PRAGMA defer_foreign_keys=true",
      'PRAGMA "foreign_keys" = 1',
      "PRAGMA foreign_key_check",
      "PRAGMA user_version = 7",
      "SELECT foreign_keys FROM x",
    ].join(";\n");
    expect(readScriptText(text).faults).toEqual([]);
    expect(statements(text)).toEqual([
      "PRAGMA foreign_key_check",
      "PRAGMA user_version = 7",
      "SELECT foreign_keys FROM x",
    ]);
  });

  it("knows the line of every statement", () => {
    const text = `-- head\n\nA;\n${breakpoint}\n-- about B\n  B\n;C; D;\n`;
    expect(readScriptText(text).statements).toEqual([
      { sql: "A", line: 3 },
      { sql: "B", line: 6 },
      { sql: "C", line: 7 },
      { sql: "D", line: 7 },
    ]);
  });

  it.each([
    "BEGIN",
    "begin immediate",
    "COMMIT",
    "END TRANSACTION",
    "ROLLBACK",
    "SAVEPOINT a",
    "RELEASE a",
    "ATTACH 'x' AS y",
    "DETACH y",
    "VACUUM",
    "ANALYZE t",
    "CREATE TEMP TABLE t (a)",
    "CREATE TEMPORARY VIEW v AS SELECT 1",
    "CREATE TABLE temp.t (a)",
    "CREATE TABLE IF NOT EXISTS temp.t (a)",
    'CREATE TABLE "temp".t (a)',
    "CREATE /* not kept */ TEMP TABLE t (a)",
    'PRAGMA "legacy_alter_table" = 1',
    "PRAGMA legacy_alter_table=ON",
    "PRAGMA main.writable_schema = 1",
    "PRAGMA optimize",
  ])("finds fault with %s, and says in which line", (sql) => {
    const { faults } = readScriptText(`SELECT 1;\n${breakpoint}\n${sql};`);
    expect(faults).toEqual([{ message: expect.stringMatching(/refused/), statement: sql, line: 3 }]);
  });

  it.each([
    "SELECT 'BEGIN'",
    "-- COMMIT\nSELECT 1",
    "CREATE TABLE begin_x (a)",
    "CREATE TABLE temp (a)",
    "CREATE TABLE t (temp, b)",
    "CREATE VIRTUAL TABLE f USING fts5(a)",
    "INSERT INTO pragma VALUES (1)",
    trigger,
  ])("finds no fault with %s", (sql) => {
    expect(readScriptText(sql).faults).toEqual([]);
  });

  it("finds fault with a statement behind the marker, which would be lost", () => {
    const { statements: found, faults } = readScriptText(`A;\n${breakpoint} B;\nC;`);
    expect(found.map(({ sql }) => sql)).toEqual(["A", "C"]);
    expect(faults).toEqual([{ message: expect.stringContaining("new line"), statement: "B;", line: 2 }]);
  });
});

describe("assertRunnable", () => {
  it("refuses with file, line and statement", () => {
    expect(() => assertRunnable(script("SELECT 1;\nROLLBACK;"), "0000_a")).toThrow(
      expect.objectContaining({
        code: "REVISION_INVALID",
        message: expect.stringContaining("drizzle/0000_a.sql:2"),
        place: { revision: "0000_a", statement: "ROLLBACK", file: "drizzle/0000_a.sql", line: 2 },
      }),
    );
  });

  it("lets a sound script pass", () => {
    expect(() => assertRunnable(script("SELECT 1;"), "0000_a")).not.toThrow();
  });
});

describe("readDown", () => {
  it.each([
    { what: "no file", text: undefined, reason: /there is no x\.down\.sql/ },
    { what: "a note without a reason", text: "-- eaves:irreversible", reason: /x\.down\.sql says so/ },
    {
      what: "a note with a reason",
      text: "-- eaves:irreversible hashes cannot be undone\n",
      reason: /^hashes cannot be undone$/,
    },
    {
      what: "a note and statements",
      text: "-- eaves:irreversible a\nSELECT 1;",
      reason: /remove the one or the other/,
    },
    { what: "no statement", text: "-- later\n", reason: /SELECT 1;/ },
  ])("gives the reason for $what", ({ text, reason }) => {
    const down = readDown("x.down.sql", text === undefined ? undefined : script(text));
    expect(down).toEqual({ kind: "irreversible", reason: expect.stringMatching(reason) });
  });

  it("is a script that has statements", () => {
    expect(readDown("x.down.sql", script("-- eaves:class exact\nDROP TABLE a;"))).toMatchObject({
      kind: "script",
      script: { statements: [{ sql: "DROP TABLE a", line: 2 }] },
    });
  });
});

describe("renderScript", () => {
  it("lays statements out one by one behind the notes", () => {
    const text = renderScript([{ key: "class", value: "exact" }], ["CREATE TABLE a (b)", "DROP TABLE c;"]);
    expect(text).toBe(`-- eaves:class exact\nCREATE TABLE a (b);\n${breakpoint}\nDROP TABLE c;\n`);
  });

  it("keeps a comment at a statement's end from swallowing the semicolon", () => {
    expect(renderScript([], ["SELECT 1 -- one", "SELECT 2"])).toBe(`SELECT 1;\n${breakpoint}\nSELECT 2;\n`);
  });

  it("refuses a statement that drizzle-kit would take apart", () => {
    expect(() => renderScript([], [`SELECT '${breakpoint}'`])).toThrow(
      expect.objectContaining({ code: "SQL_UNREADABLE" }),
    );
  });

  const literal = fc.string({ unit: "grapheme" }).map((text) => `'${text.replaceAll("'", "''")}'`);
  const name = fc.string().map((text) => `"${text.replaceAll('"', '""')}"`);
  const comment = fc.stringMatching(/^[a-z;'"`\n ]{0,8}$/).map((text) => `/*${text}*/`);
  const piece = fc.oneof(
    literal,
    name,
    comment,
    fc.constantFrom("x", "1.5", "(", ")", ",", "\n", "x'00'", "[;]"),
  );
  const statement = fc.oneof(
    fc.array(piece, { maxLength: 8 }).map((pieces) => `SELECT ${pieces.join(" ")} FROM t`),
    fc.constant(trigger),
  );
  const runs = () => ({ seed: seed(), numRuns: count({ quick: 300, long: 10_000 }) });

  it("is read back as the same statements, whatever stands in texts, names and comments", () => {
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 6 }), fc.string(), (all, note) => {
        fc.pre(!all.some((sql) => sql.includes(breakpoint)));
        expect(statements(renderScript([{ key: "proof", value: note }], all))).toEqual(all);
      }),
      runs(),
    );
  });

  it("has drizzle-kit split it into the same statements", () => {
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1, maxLength: 6 }), (all) => {
        const chunks = renderScript([], all).split("--> statement-breakpoint");
        expect(chunks.map((chunk) => chunk.trim())).toEqual(all.map((sql) => `${sql};`));
      }),
      runs(),
    );
  });
});
