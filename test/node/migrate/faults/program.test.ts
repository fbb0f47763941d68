// The faults of the drizzle-kit program: each shown first as its users meet it, then with the tool.
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { acceptPush, createRevision, upgrade } from "../../../../src/migrate/index.ts";
import { openPlace, type Place } from "../matrix/place.ts";
import { openProject, type Project, writeSchema } from "./project.ts";

/** Inside the project, so that a schema module finds drizzle-orm. */
const cache = fileURLToPath(new URL("../../../../node_modules/.cache", import.meta.url));
const timeout = 60_000;

let server: Place;
let project: Project;

beforeAll(async () => {
  server = await openPlace("server");
});
afterAll(() => server.close());
beforeEach(async () => {
  project = await openProject(server, cache);
});
afterEach(() => project.remove());

function schemaOf(column: string, extra = ""): string {
  return [
    `import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";`,
    `export const users = sqliteTable("users", { id: integer().primaryKey(), ${column}: text()${extra} });`,
  ].join("\n");
}

describe("the drizzle-kit program", () => {
  it("migrate fails without saying why; the tool names statement, file and line", { timeout }, async () => {
    const broken = {
      tag: "0000_broken",
      when: 1,
      text: "-- first\nCREATE TABLE `a` (`id` integer);\n--> statement-breakpoint\nINSERT INTO `nowhere` VALUES (1);",
    };
    await project.write([broken]);
    await writeSchema(project, schemaOf("name"), server.url);
    const { code, output } = await project.drizzleKit("migrate");
    expect(code).toBe(1);
    expect(output).not.toMatch(/nowhere/);
    await expect(upgrade(project.context)).rejects.toMatchObject({
      code: "STATEMENT_FAILED",
      message: expect.stringContaining("nowhere"),
      place: { revision: "0000_broken", file: "drizzle/0000_broken.sql", line: 4 },
    });
  });

  it(
    "generate writes nothing and exits 0 where it wants to ask; the tool refuses and says what to answer",
    { timeout },
    async () => {
      await writeSchema(project, schemaOf("name"), server.url);
      expect((await project.drizzleKit("generate", "--name=first")).code).toBe(0);
      const before = await readdir(project.context.folder);
      await writeSchema(project, schemaOf("nick"), server.url);
      expect((await project.drizzleKit("generate", "--name=second")).code).toBe(0);
      expect(await readdir(project.context.folder)).toEqual(before);
      await expect(createRevision(project.context, { message: "second" })).rejects.toMatchObject({
        code: "RENAME_UNDECIDED",
      });
      expect(await readdir(project.context.folder)).toEqual(before);
      const written = await createRevision(project.context, {
        message: "second",
        renames: ["users.name=users.nick"],
      });
      expect(written.files.every((name) => existsSync(`${project.context.projectFolder}/${name}`))).toBe(
        true,
      );
      expect(await readdir(project.context.folder)).toEqual(
        expect.arrayContaining(["0001_second.sql", "0001_second.down.sql"]),
      );
    },
  );

  it("push exits 0 having failed; the tool stamps nothing", { timeout }, async () => {
    await writeSchema(project, schemaOf("name", ".unique()"), server.url);
    await project.drizzleKit("generate", "--name=first");
    await server.database.migrate([
      "CREATE TABLE users (id integer PRIMARY KEY NOT NULL, name text)",
      "INSERT INTO users (name) VALUES ('same'), ('same')",
    ]);
    const { code } = await project.drizzleKit("push", "--force");
    expect(code).toBe(0);
    expect(await project.query("SELECT name FROM sqlite_schema WHERE type = 'index'")).toEqual([]);
    await expect(acceptPush(project.context)).rejects.toMatchObject({ code: "SCHEMA_DRIFTED" });
    expect(await project.query("SELECT name FROM sqlite_schema WHERE name = '__drizzle_migrations'")).toEqual(
      [],
    );
  });
});
