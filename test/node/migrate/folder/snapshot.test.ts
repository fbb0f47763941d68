import { generateSQLiteDrizzleJson } from "drizzle-kit/api";
import { sql } from "drizzle-orm";
import {
  blob,
  check,
  foreignKey,
  index,
  integer,
  primaryKey,
  real,
  sqliteTable,
  sqliteView,
  text,
  unique,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import { describe, expect, it } from "vitest";

import type { Model } from "../../../../src/migrate/schema/model.ts";
import { originId, parseSnapshot } from "../../../../src/migrate/folder/snapshot.ts";

const users = sqliteTable(
  "users",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    name: text().notNull().default("it's"),
    active: integer({ mode: "boolean" }).notNull().default(false),
    score: real().default(0),
    tags: text({ mode: "json" }).default([]),
    seen: integer().default(sql`(unixepoch())`),
    upper: text().generatedAlwaysAs(sql`upper("name")`),
    length: integer().generatedAlwaysAs(sql`length("name")`, { mode: "stored" }),
    photo: blob(),
    email: text().unique("uq_email"),
  },
  (table) => [
    index("ix_expr").on(sql`lower("name")`, sql`coalesce("score", 0) desc`, table.seen),
    uniqueIndex("ix_part")
      .on(table.name)
      .where(sql`"active" = 1`),
    check("positive", sql`"score" >= 0`),
  ],
);

const members = sqliteTable(
  "members",
  { user: integer().notNull(), team: integer().notNull(), role: text() },
  (table) => [
    primaryKey({ columns: [table.user, table.team] }),
    unique("uq_role").on(table.team, table.role),
    foreignKey({ columns: [table.user], foreignColumns: [users.id], name: "fk_user" }).onDelete("cascade"),
  ],
);

const names = sqliteView("names").as((query) => query.select({ name: users.name }).from(users));
const told = sqliteView("told", { name: text() }).existing();

async function snapshotText(members_: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const content = await generateSQLiteDrizzleJson({ users, members, names, told });
  return JSON.stringify({ ...content, ...members_ }, undefined, 2);
}

function tableOf(model: Model, name: string) {
  const table = model.tables.find((each) => each.name === name);
  if (table === undefined) throw new TypeError(`no table ${name}`);
  return table;
}

function version5(members_: Readonly<Record<string, unknown>> = {}): string {
  const column = { name: "meta", type: "text", primaryKey: false, notNull: false, default: { a: "it's" } };
  const table = {
    name: "old",
    columns: { meta: column },
    indexes: { ix: { name: "ix", columns: ["meta"], isUnique: false } },
    foreignKeys: {},
    compositePrimaryKeys: {},
    uniqueConstraints: {},
  };
  return JSON.stringify({
    version: "5",
    dialect: "sqlite",
    id: "b",
    prevId: originId,
    tables: { old: table },
    enums: {},
    _meta: { tables: {}, columns: {} },
    ...members_,
  });
}

describe("parseSnapshot", () => {
  it("reads columns as drizzle-kit writes them into SQL", async () => {
    const { model } = parseSnapshot(await snapshotText(), "meta/0000_snapshot.json");
    const columns = Object.fromEntries(
      tableOf(model, "users").columns.map((column) => [column.name, column]),
    );
    expect(columns["id"]).toEqual({
      name: "id",
      type: "integer",
      notNull: true,
      primaryKey: true,
      autoincrement: true,
      defaultValue: undefined,
      generated: undefined,
    });
    const defaults = Object.values(columns).map(({ name, defaultValue }) => [name, defaultValue]);
    expect(Object.fromEntries(defaults)).toMatchObject({
      name: "'it''s'",
      active: "false",
      score: "0",
      tags: "'[]'",
      seen: "(unixepoch())",
      photo: undefined,
    });
    expect(columns["upper"]?.generated).toEqual({ expression: '(upper("name"))', kind: "virtual" });
    expect(columns["length"]?.generated).toEqual({ expression: '(length("name"))', kind: "stored" });
  });

  it("tells an index's columns from its expressions, commas and all", async () => {
    const { model } = parseSnapshot(await snapshotText(), "s");
    const indexes = Object.fromEntries(tableOf(model, "users").indexes.map((each) => [each.name, each]));
    expect(indexes["ix_expr"]).toEqual({
      name: "ix_expr",
      unique: false,
      parts: [
        { text: 'lower("name")', isExpression: true },
        { text: 'coalesce("score", 0) desc', isExpression: true },
        { text: "seen", isExpression: false },
      ],
      where: undefined,
    });
    expect(indexes["ix_part"]).toMatchObject({ unique: true, where: '"active" = 1' });
    expect(indexes["uq_email"]).toMatchObject({
      unique: true,
      parts: [{ text: "email", isExpression: false }],
    });
  });

  it("reads keys, constraints and checks", async () => {
    const { model } = parseSnapshot(await snapshotText(), "s");
    expect(tableOf(model, "members")).toMatchObject({
      primaryKey: ["user", "team"],
      foreignKeys: [
        {
          name: "fk_user",
          columns: ["user"],
          parent: "users",
          parentColumns: ["id"],
          onDelete: "CASCADE",
          onUpdate: undefined,
        },
      ],
    });
    expect(tableOf(model, "users")).toMatchObject({
      primaryKey: undefined,
      checks: [{ name: "positive", expression: '"score" >= 0' }],
    });
  });

  it("has no definition for a view that drizzle is only told of", async () => {
    const { model } = parseSnapshot(await snapshotText(), "s");
    expect(model.views).toEqual([
      { name: "names", definition: 'select "name" from "users"' },
      { name: "told", definition: undefined },
    ]);
  });

  it("reads the renames of tables and columns", async () => {
    const renames = {
      tables: { '"people"': '"users"' },
      columns: { '"users"."full name"': '"users"."name"', '"users"."a""b"': '"users"."c"' },
    };
    expect(parseSnapshot(await snapshotText({ _meta: renames }), "s").renames).toEqual({
      tables: [{ from: "people", to: "users" }],
      columns: [
        { table: "users", from: "full name", to: "name" },
        { table: "users", from: 'a""b', to: "c" },
      ],
    });
  });

  it("reads version 5, which had values for defaults, and neither views nor checks", () => {
    const { model, id, prevIds } = parseSnapshot(version5(), "s");
    expect({ id, prevIds }).toEqual({ id: "b", prevIds: [originId] });
    expect(model.views).toEqual([]);
    expect(tableOf(model, "old")).toMatchObject({
      columns: [{ name: "meta", defaultValue: `'{"a":"it''s"}'`, autoincrement: false }],
      indexes: [{ parts: [{ text: "meta", isExpression: false }] }],
      checks: [],
    });
  });

  it.each([
    { what: "no JSON", content: "{", message: /no JSON/ },
    { what: "a list", content: "[]", message: /object/ },
    { what: "an older version", content: version5({ version: "4" }), message: /drizzle-kit up/ },
    { what: "a newer version", content: version5({ version: "8" }), message: /expected 5, 6 or 7/ },
    {
      what: "a version 7 without entities",
      content: version5({ version: "7", prevIds: [] }),
      message: /"ddl"/,
    },
    { what: "another dialect", content: version5({ dialect: "pg" }), message: /dialect/ },
    { what: "no id", content: version5({ id: undefined }), message: /"id"/ },
    { what: "no tables", content: version5({ tables: undefined }), message: /tables/ },
    { what: "a table that is a text", content: version5({ tables: { t: "x" } }), message: /table t/ },
    {
      what: "an index without columns",
      content: version5({ tables: { t: { name: "t", indexes: { i: {} } } } }),
      message: /index i/,
    },
  ])("refuses $what, and says which file", ({ content, message }) => {
    expect(() => parseSnapshot(content, "meta/0000_snapshot.json")).toThrow(
      expect.objectContaining({
        code: "SNAPSHOT_INVALID",
        message: expect.stringMatching(message),
        place: { file: "meta/0000_snapshot.json" },
      }),
    );
  });
});
