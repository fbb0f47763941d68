// Defaults of the schema in the code: what a row gets is what drizzle-orm would store.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkProject, createRevision, upgrade } from "../../../../src/migrate/index.ts";
import { isLong } from "../../../support/tier.ts";
import { createProject, type TestProject } from "./project.ts";

let project: TestProject;
beforeEach(async () => {
  project = await createProject();
});
afterEach(() => project[Symbol.asyncDispose]());

const schema = (
  columns: string,
) => `import { blob, customType, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
const cents = customType<{ data: number; driverData: number }>({ dataType: () => "integer", toDriver: (value) => Math.round(value * 100) });
export const prefs = sqliteTable("prefs", { id: integer().primaryKey(), ${columns} });
`;

const columns = `since: integer({ mode: "timestamp" }).notNull().default(new Date(86400_000)),
  until: integer({ mode: "timestamp_ms" }).default(new Date(86400_000)),
  price: cents().notNull().default(1.25),
  bytes: blob({ mode: "buffer" }).default(Buffer.from([1, 255])),
  json: text({ mode: "json" }).default("plain"),
  list: text({ mode: "json" }).$type<number[]>().default([1, 2]),
  isOn: integer("is_on", { mode: "boolean" }).default(true),
  word: text().default("it's")`;

describe("createRevision over defaults that are values", () => {
  it.each(isLong() ? ["turso", "sqlite"] : ["turso"])(
    "gives rows what drizzle-orm stores, with dialect %s",
    async (dialect) => {
      const config = await project.read("drizzle.config.ts");
      await project.write("drizzle.config.ts", config.replace("turso", dialect));
      await project.write("schema.ts", schema(""));
      await createRevision(project.context, { message: "prefs" });
      await upgrade(project.context);
      await project.sql("INSERT INTO prefs VALUES (1)");
      await project.write("schema.ts", schema(columns));
      await createRevision(project.context, { message: "defaults" });
      await upgrade(project.context);
      await project.sql("INSERT INTO prefs (id) VALUES (2)");
      const names = ["since", "until", "price", "bytes", "json", "list", "is_on", "word"];
      const cells = names.map((name) => `typeof(${name}) || ' ' || quote(${name})`).join(" || ', ' || ");
      const stored = `integer 86400, integer 86400000, integer 125, blob X'01FF', text '"plain"', text '[1,2]', integer 1, text 'it''s'`;
      expect(await project.sql(`SELECT ${cells} FROM prefs`)).toEqual([stored, stored]);
      expect(await checkProject(project.context)).toMatchObject({ ok: true, findings: [] });
      // A revision of something else leaves the defaults alone.
      await project.write("schema.ts", schema(`${columns}, more: text()`));
      await createRevision(project.context, { message: "more" });
      expect(await project.read("drizzle/0002_more.sql")).toMatch(/^ALTER TABLE `prefs` ADD `more` text;$/m);
    },
  );
});

describe("createRevision over a foreign key that came by ADD COLUMN", () => {
  const board = `import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
export const board = sqliteTable("board", { id: integer("id").primaryKey() });
`;
  const user = (reference: string) =>
    `${board}export const user = sqliteTable("user", { id: integer("id").primaryKey(), boardId: integer("board_id")${reference} });\n`;

  it("drops it, so that the database takes what the schema allows", async () => {
    await project.write(
      "schema.ts",
      board + `export const user = sqliteTable("user", { id: integer("id").primaryKey() });\n`,
    );
    await createRevision(project.context, { message: "base" });
    await project.write("schema.ts", user(`.references(() => board.id, { onDelete: "cascade" })`));
    await createRevision(project.context, { message: "board" });
    // As older versions of drizzle-kit wrote it.
    await project.write(
      "drizzle/0001_board.sql",
      "ALTER TABLE `user` ADD `board_id` integer REFERENCES board(id);\n",
    );
    await upgrade(project.context);
    await project.write("schema.ts", user(""));
    const { downgrade } = await createRevision(project.context, { message: "no fk" });
    expect(downgrade).toBe("proven");
    const script = await project.read("drizzle/0002_no_fk.sql");
    await project.write("drizzle/0002_no_fk.sql", `-- eaves:allow DROPS_FOREIGN_KEY a test\n${script}`);
    await upgrade(project.context);
    await project.sql("PRAGMA foreign_keys = ON");
    await project.sql("INSERT INTO user VALUES (1, 77)");
    expect(await project.sql(`SELECT count(*) FROM pragma_foreign_key_list('user')`)).toEqual([0]);
    expect(await checkProject(project.context)).toMatchObject({ ok: true });
  });
});
