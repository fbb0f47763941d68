// The wanted schema: what the model changed, and everything that no model can say carried over.
import { describe, expect, it } from "vitest";

import { noRenames, type Renames } from "../../../../src/migrate/schema/change.ts";
import type { Model, ModelColumn, ModelTable } from "../../../../src/migrate/schema/model.ts";
import { diffCaptures } from "../../../../src/migrate/schema/schema-diff.ts";
import { buildWanted } from "../../../../src/migrate/planning/wanted.ts";
import { capture } from "./captures.ts";

function column(name: string, more: Partial<ModelColumn> = {}): ModelColumn {
  const plain = { primaryKey: false, autoincrement: false, defaultValue: undefined, generated: undefined };
  return { name, type: "text", notNull: false, ...plain, ...more };
}

function table(name: string, columns: readonly ModelColumn[], more: Partial<ModelTable> = {}): ModelTable {
  return {
    name,
    columns,
    indexes: [],
    foreignKeys: [],
    primaryKey: undefined,
    uniques: [],
    checks: [],
    ...more,
  };
}

const model = (...tables: readonly ModelTable[]): Model => ({ tables, views: [] });
const id = column("id", { type: "integer", primaryKey: true });
const index = { name: "ix", unique: true, parts: [{ text: "name", isExpression: false }], where: undefined };

const live = [
  "CREATE TABLE users (id INTEGER PRIMARY KEY, name text COLLATE nocase, age int CHECK (age > 0)) STRICT",
  "CREATE UNIQUE INDEX ix ON users (name)",
  "CREATE INDEX by_hand ON users (lower(name) DESC)",
  "CREATE VIEW v AS SELECT u.name FROM users u",
  "CREATE TRIGGER tr AFTER UPDATE OF name ON users BEGIN INSERT INTO log (bio, name) VALUES (old.name, new.name); END",
  "CREATE TABLE log (bio text, name text)",
];
const previous = model(table("users", [id, column("name"), column("bio")], { indexes: [index] }));

function wanted(next: Model, renames: Renames = noRenames, before = live, old = previous) {
  return buildWanted({ before: capture(...before), previous: old, next, renames });
}

describe("buildWanted", () => {
  it("carries over what no model says when a table changes", () => {
    const next = model(
      table(
        "users",
        [id, column("name", { notNull: true }), column("bio"), column("city", { defaultValue: "'x'" })],
        { indexes: [index] },
      ),
    );
    // The live table lacks the model's bio, which is nothing that this revision adds.
    const expected = [
      "CREATE TABLE users (id INTEGER PRIMARY KEY, name text NOT NULL COLLATE nocase, age int CHECK (age > 0), city text DEFAULT 'x') STRICT",
      ...live.slice(1),
    ];
    expect(diffCaptures(capture(...expected), wanted(next), { ignoreColumnOrder: true })).toEqual([]);
    expect(wanted(next).tables[0]).toMatchObject({ strict: true });
  });

  it("renames in keys, indexes, views and triggers, and nowhere else", () => {
    const next = model(
      table("people", [id, column("title"), column("bio")], {
        indexes: [{ ...index, parts: [{ text: "title", isExpression: false }] }],
      }),
    );
    const renames = {
      tables: [{ from: "users", to: "people" }],
      columns: [{ table: "people", from: "name", to: "title" }],
    };
    const expected = [
      "CREATE TABLE people (id INTEGER PRIMARY KEY, title text COLLATE nocase, bio text, age int CHECK (age > 0)) STRICT",
      "CREATE UNIQUE INDEX ix ON people (title)",
      "CREATE INDEX by_hand ON people (lower(title) DESC)",
      "CREATE VIEW v AS SELECT u.title FROM people u",
      "CREATE TRIGGER tr AFTER UPDATE OF title ON people BEGIN INSERT INTO log (bio, name) VALUES (old.title, new.title); END",
      "CREATE TABLE log (bio text, name text)",
    ];
    const { objects } = capture(...expected);
    expect(
      diffCaptures({ tables: [], objects }, { tables: [], objects: wanted(next, renames).objects }),
    ).toEqual([]);
  });

  it("creates and drops what the model does", () => {
    const posts = table(
      "posts",
      [id, column("slug", { generated: { expression: "lower(`posts`.`id`)", kind: "stored" } })],
      {
        foreignKeys: [
          {
            name: "f",
            columns: ["id"],
            parent: "users",
            parentColumns: ["id"],
            onDelete: "CASCADE",
            onUpdate: undefined,
          },
        ],
        checks: [{ name: "c", expression: "`posts`.`id` <> 'posts.id'" }],
      },
    );
    const result = wanted(model(posts), noRenames, live.slice(0, 3));
    const expected = capture(
      "CREATE TABLE posts (id integer PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE, slug text AS (lower(id)) STORED, CONSTRAINT c CHECK (id <> 'posts.id'))",
    );
    expect(diffCaptures(expected, result)).toEqual([]);
  });

  it("lets one table take the name of another that goes", () => {
    const old = model(table("a", [column("x")]), table("b", [column("y")]));
    const next = model(table("b", [column("x")]));
    const renames = { tables: [{ from: "a", to: "b" }], columns: [] };
    const before = [
      "CREATE TABLE a (x text)",
      "CREATE TABLE b (y text)",
      "CREATE INDEX on_b ON b (y)",
      "CREATE INDEX on_a ON a (x)",
    ];
    expect(
      diffCaptures(
        capture("CREATE TABLE b (x text)", "CREATE INDEX on_a ON b (x)"),
        wanted(next, renames, before, old),
      ),
    ).toEqual([]);
  });

  it("lets one column take the name of another that goes", () => {
    const old = model(table("a", [column("x"), column("y")]));
    const next = model(table("a", [column("y")]));
    const renames = { tables: [], columns: [{ table: "a", from: "x", to: "y" }] };
    const result = wanted(next, renames, ["CREATE TABLE a (x text COLLATE nocase, y text)"], old);
    expect(diffCaptures(capture("CREATE TABLE a (y text COLLATE nocase)"), result)).toEqual([]);
  });

  it("refuses to drop a column that a trigger or view reads, and only that", () => {
    const before = ["CREATE TABLE users (id INTEGER PRIMARY KEY, name text, bio text)", ...live.slice(1)];
    const without = (gone: string) =>
      model(
        table(
          "users",
          [id, column("name"), column("bio")].filter(({ name }) => name !== gone),
        ),
      );
    const old = model(table("users", [id, column("name"), column("bio")]));
    // The trigger writes a column of that name, but of another table.
    expect(wanted(without("bio"), noRenames, before, old).tables).toHaveLength(2);
    expect(() => wanted(without("name"), noRenames, before, old)).toThrow(
      expect.objectContaining({ code: "PROOF_FAILED" }),
    );
    const reading = [before[0] ?? "", "CREATE VIEW w AS SELECT bio FROM users"];
    expect(() => wanted(without("bio"), noRenames, reading, old)).toThrow(/view w reads users\.bio/);
  });
});
