// That a capture is the schema as it was written, without what SQLite, libSQL and the tool keep for themselves.
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { readCapture } from "../../../../src/migrate/runtime/capture-reader.ts";
import { execute } from "../../../../src/migrate/runtime/executor.ts";
import { newDatabase, options, type OwnDatabase, tableRevision, up } from "./revisions.ts";

describe.each(["server", "file"] as const)("readCapture on a %s", (kind) => {
  let own: OwnDatabase;
  beforeEach(async () => {
    own = await newDatabase[kind]();
  });
  afterEach(() => own.remove());

  it("reads tables, indexes, views and triggers in the order of their creation, to the letter", async () => {
    const statements = [
      "CREATE TABLE z (id INTEGER PRIMARY KEY, name text NOT NULL DEFAULT 'x;y', UNIQUE (name)) STRICT",
      "CREATE INDEX i ON z (lower(name) DESC)",
      "CREATE TABLE a (p, q, PRIMARY KEY (q, p)) WITHOUT ROWID",
      "CREATE VIEW v AS SELECT  name FROM z -- spaces stay",
      "CREATE TRIGGER t AFTER INSERT ON z BEGIN DELETE FROM a; SELECT 1; END",
    ];
    await own.database.write(statements);
    const capture = await readCapture(own.database);
    expect([...capture.tables, ...capture.objects].map(({ sql }) => sql)).toEqual([
      statements[0],
      statements[2],
      statements[1],
      statements[3],
      statements[4],
    ]);
    expect(capture.tables.map(({ name, strict, withoutRowid }) => ({ name, strict, withoutRowid }))).toEqual([
      { name: "z", strict: true, withoutRowid: false },
      { name: "a", strict: false, withoutRowid: true },
    ]);
    expect(capture.objects.map(({ kind: what, table }) => [what, table])).toEqual([
      ["index", "z"],
      ["view", "v"],
      ["trigger", "z"],
    ]);
  });

  it("reads columns with their default, place in the key and kind", async () => {
    await own.database.write([
      "CREATE TABLE c (a integer, b text NOT NULL DEFAULT 'x', g AS (a + 1), s text AS (b) STORED, PRIMARY KEY (b, a))",
    ]);
    const [table] = (await readCapture(own.database)).tables;
    expect(table?.columns).toEqual([
      { name: "a", type: "INTEGER", notNull: false, defaultValue: null, primaryKey: 2, generated: "no" },
      { name: "b", type: "TEXT", notNull: true, defaultValue: "'x'", primaryKey: 1, generated: "no" },
      { name: "g", type: "", notNull: false, defaultValue: null, primaryKey: 0, generated: "virtual" },
      { name: "s", type: "TEXT", notNull: false, defaultValue: null, primaryKey: 0, generated: "stored" },
    ]);
  });

  it("leaves out bookkeeping, sequences, shadow tables and their indexes", async () => {
    await execute(own.database, up(tableRevision(0)), options());
    await own.database.write([
      "CREATE TABLE counted (id integer PRIMARY KEY AUTOINCREMENT)",
      "CREATE VIRTUAL TABLE texts USING fts5 (a, b)",
      "CREATE TABLE films (id integer PRIMARY KEY, shape F32_BLOB(3))",
      "CREATE INDEX near ON films (libsql_vector_idx(shape))",
      "CREATE TABLE near_shadow_of_doubt (id)",
    ]);
    const { tables, objects } = await readCapture(own.database);
    expect(tables.map(({ name, kind: what }) => `${what} ${name}`)).toEqual([
      "table t0",
      "table counted",
      "virtual texts",
      "table films",
      "table near_shadow_of_doubt",
    ]);
    expect(objects.map(({ name }) => name)).toEqual(["near"]);
    expect(tables[2]?.columns.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("reads an empty schema", async () => {
    expect(await readCapture(own.database)).toEqual({ tables: [], objects: [] });
  });
});
