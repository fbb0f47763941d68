// Foreign keys without their parent key: what is found is what SQLite refuses.
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";

import { findFaultyKeys } from "../../../../src/migrate/schema/parent-keys.ts";
import { capture } from "./captures.ts";

const parents: Readonly<Record<string, readonly string[]>> = {
  "no parent": [],
  "a view": ["CREATE TABLE t (a, b)", "CREATE VIEW p AS SELECT a, b FROM t"],
  "a virtual table": ["CREATE VIRTUAL TABLE p USING fts5(a, b)"],
  "no key": ["CREATE TABLE p (a, b)"],
  "a primary key": ["CREATE TABLE p (A PRIMARY KEY, b)"],
  "a rowid": ["CREATE TABLE p (a INTEGER PRIMARY KEY, b)"],
  "a composite key": ["CREATE TABLE p (a, b, PRIMARY KEY (a, b))"],
  "a composite key without rowid": ["CREATE TABLE p (a, b, PRIMARY KEY (b, a)) WITHOUT ROWID"],
  "a unique column": ["CREATE TABLE p (a UNIQUE, b)"],
  "unique columns": ["CREATE TABLE p (a, b, UNIQUE (b, a))"],
  "a unique index": ["CREATE TABLE p (a, b)", "CREATE UNIQUE INDEX i ON p (`a`)"],
  "a unique index in descending order": ["CREATE TABLE p (a, b)", "CREATE UNIQUE INDEX i ON p (a DESC)"],
  "an index": ["CREATE TABLE p (a, b)", "CREATE INDEX i ON p (a)"],
  "a partial index": ["CREATE TABLE p (a, b)", "CREATE UNIQUE INDEX i ON p (a) WHERE a > 0"],
  "an index of an expression": ["CREATE TABLE p (a, b)", "CREATE UNIQUE INDEX i ON p (lower(a))"],
  "an index of another collation": ["CREATE TABLE p (a, b)", "CREATE UNIQUE INDEX i ON p (a COLLATE nocase)"],
  "an index of the column's collation": [
    "CREATE TABLE p (a text COLLATE nocase, b)",
    "CREATE UNIQUE INDEX i ON p (a COLLATE nocase)",
  ],
  "another column": ["CREATE TABLE p (c PRIMARY KEY, b)"],
};

const references = ["REFERENCES p (a)", "REFERENCES p", "REFERENCES `P` ([A])"];
const composite = ["REFERENCES p (a, b)", "REFERENCES p (b, a)", "REFERENCES p"];

const cases = Object.entries(parents).flatMap(([name, parent]) => [
  ...references.map((reference) => [name, parent, `CREATE TABLE c (x ${reference})`] as const),
  ...composite.map(
    (reference) => [name, parent, `CREATE TABLE c (x, y, FOREIGN KEY (x, y) ${reference})`] as const,
  ),
]);

describe("findFaultyKeys", () => {
  it.each(cases)("%s (%s): %s", (_, parent, child) => {
    const database = new DatabaseSync(":memory:");
    database.exec("PRAGMA foreign_keys = ON");
    for (const sql of [...parent, child]) database.exec(sql);
    let isRefused = false;
    try {
      database.exec("INSERT INTO c (x) SELECT NULL WHERE 0");
    } catch {
      isRefused = true;
    }
    database.close();
    expect(findFaultyKeys(capture(...parent, child)).map(({ table }) => table)).toEqual(
      isRefused ? ["c"] : [],
    );
  });
});
