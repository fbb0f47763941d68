import { describe, expect, it } from "vitest";

import { parseSnapshot } from "../../../../src/migrate/folder/snapshot.ts";

/** As drizzle-kit 1.0.0-rc.5 writes them. */
const column = {
  notNull: false,
  autoincrement: false,
  default: null,
  generated: null,
  entityType: "columns",
};
const entities = [
  { name: "posts", entityType: "tables" },
  { name: "users", entityType: "tables" },
  { ...column, table: "posts", name: "a", type: "integer", notNull: true },
  { ...column, table: "posts", name: "b", type: "text", notNull: true },
  { ...column, table: "posts", name: "user_id", type: "integer" },
  { ...column, table: "users", name: "id", type: "integer", autoincrement: true },
  { ...column, table: "users", name: "name", type: "text", default: "'x''y'" },
  { ...column, table: "users", name: "g", type: "text", generated: { as: "(name || 1)", type: "stored" } },
  {
    table: "users",
    name: "ix",
    columns: [
      { value: 'lower("name")', isExpression: true },
      { value: "name", isExpression: false },
    ],
    isUnique: true,
    where: "id > 0",
    origin: "manual",
    entityType: "indexes",
  },
  {
    table: "posts",
    name: "fk",
    columns: ["user_id"],
    tableTo: "users",
    columnsTo: ["id"],
    onUpdate: "NO ACTION",
    onDelete: "CASCADE",
    nameExplicit: false,
    entityType: "fks",
  },
  { table: "posts", name: "posts_pk", columns: ["a", "b"], nameExplicit: false, entityType: "pks" },
  { table: "users", name: "users_pk", columns: ["id"], nameExplicit: false, entityType: "pks" },
  { table: "posts", name: "uq", columns: ["b", "user_id"], nameExplicit: true, entityType: "uniques" },
  { table: "users", name: "c1", value: '"id" >= 0', entityType: "checks" },
  { name: "v1", definition: "select 1", isExisting: false, error: null, entityType: "views" },
  { name: "told", definition: null, isExisting: true, error: null, entityType: "views" },
];

function text(members: Readonly<Record<string, unknown>> = {}): string {
  const head = { version: "7", dialect: "sqlite", id: "b", prevIds: ["a", "c"] };
  return JSON.stringify({ ...head, ddl: entities, renames: [], ...members });
}

describe("parseSnapshot of version 7", () => {
  it("reads the chain, which may have branches", () => {
    expect(parseSnapshot(text(), "s")).toMatchObject({ id: "b", prevIds: ["a", "c"] });
  });

  it("gathers the entities of each table", () => {
    const [posts, users] = parseSnapshot(text(), "s").model.tables;
    expect(posts).toMatchObject({
      name: "posts",
      primaryKey: ["a", "b"],
      uniques: [{ name: "uq", columns: ["b", "user_id"] }],
      foreignKeys: [{ columns: ["user_id"], parent: "users", onDelete: "CASCADE", onUpdate: undefined }],
      indexes: [],
    });
    expect(posts?.columns.map(({ name, primaryKey }) => [name, primaryKey])).toEqual([
      ["a", false],
      ["b", false],
      ["user_id", false],
    ]);
    expect(users).toMatchObject({
      primaryKey: undefined,
      columns: [
        { name: "id", primaryKey: true, autoincrement: true, defaultValue: undefined, generated: undefined },
        { name: "name", primaryKey: false, defaultValue: "'x''y'" },
        { name: "g", generated: { expression: "(name || 1)", kind: "stored" } },
      ],
      checks: [{ name: "c1", expression: '"id" >= 0' }],
    });
  });

  it("tells an index's columns from its expressions", () => {
    expect(parseSnapshot(text(), "s").model.tables[1]?.indexes).toEqual([
      {
        name: "ix",
        unique: true,
        parts: [
          { text: 'lower("name")', isExpression: true },
          { text: "name", isExpression: false },
        ],
        where: "id > 0",
      },
    ]);
  });

  it("has no definition for a view that drizzle is only told of", () => {
    expect(parseSnapshot(text(), "s").model.views).toEqual([
      { name: "v1", definition: "select 1" },
      { name: "told", definition: undefined },
    ]);
  });

  it("reads the renames of tables and columns", () => {
    const renames = ["people->users", "users.full name->users.name"];
    expect(parseSnapshot(text({ renames }), "s").renames).toEqual({
      tables: [{ from: "people", to: "users" }],
      columns: [{ table: "users", from: "full name", to: "name" }],
    });
  });
});
