// drizzle-kit as the tool runs it: real runs in projects of their own.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readDrizzleConfig } from "../../../../src/migrate/kit/drizzle-config.ts";
import { generateRevision } from "../../../../src/migrate/kit/drizzle-kit.ts";
import { generate, hasSchemaChanged } from "../../../../src/migrate/kit/generation.ts";
import { composeRevision, readModelSnapshot } from "../../../../src/migrate/kit/model-snapshot.ts";
import { createProject, type TestProject } from "../proof/project.ts";
import { isLong } from "../../../support/tier.ts";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

const users = (columns: string): string =>
  `export const users = sqliteTable("users", { id: integer("id").primaryKey(), ${columns} });\n`;

let project: TestProject;
beforeEach(async () => {
  project = await createProject();
});
afterEach(() => project.remove());

async function first(schema: string): Promise<string> {
  await project.schema(schema);
  const generated = await generateRevision({ ...project.options, name: "first" });
  if (generated.kind !== "files") throw new Error(`expected files, got ${generated.kind}`);
  await project.save(generated.files);
  return generated.files.snapshot;
}

describe("generateRevision", () => {
  it("hands back what drizzle-kit writes, and leaves the project as it was", async () => {
    await first(users(`name: text("name")`));
    const before = await project.files();
    await project.schema(users(`name: text("name"), bio: text("bio")`));
    const generated = await generateRevision({ ...project.options, name: "add_bio" });
    expect(generated).toMatchObject({
      kind: "files",
      files: { sql: "ALTER TABLE `users` ADD `bio` text;", entry: { idx: 1, tag: "0001_add_bio" } },
    });
    expect(await project.files()).toEqual(before);
  });

  it("makes an empty revision whatever the schema says", async () => {
    await first(users(`name: text("name")`));
    const generated = await generateRevision({ ...project.options, name: "seed", custom: true });
    expect(generated).toMatchObject({ kind: "files", files: { entry: { tag: "0001_seed" } } });
  });
});

describe("generate", () => {
  it("says that nothing has changed", async () => {
    await first(users(`name: text("name")`));
    expect(await generate({ ...project.options, name: "x" })).toMatchObject({ kind: "nothing" });
    expect(await hasSchemaChanged(project.options)).toBe(false);
  });

  it("hands back the model where drizzle-kit would have to ask about renames", async () => {
    await first(users(`name: text("name")`));
    await project.schema(users(`full: text("full")`));
    const generated = await generate({ ...project.options, name: "x" });
    expect(generated).toMatchObject({ kind: "planned", model: expect.stringContaining(`"full"`) });
  });

  it.runIf(isLong())("sees a stored generated column, for which drizzle-kit writes nothing", async () => {
    await first(users(`n: integer("n")`));
    await project.schema(
      users(`n: integer("n"), z: integer("z").generatedAlwaysAs(sql\`n + 1\`, { mode: "stored" })`),
    );
    expect(await generateRevision({ ...project.options, name: "x" })).toMatchObject({ kind: "nothing" });
    expect(await generate({ ...project.options, name: "x" })).toMatchObject({ kind: "planned" });
    expect(await hasSchemaChanged(project.options)).toBe(true);
  });

  it("says what is wrong with a schema that cannot be loaded, and leaves nothing behind", async () => {
    const before = await project.files();
    await project.schema(`export const users = nonsense(`);
    await expect(generate({ ...project.options, name: "x" })).rejects.toMatchObject({
      code: "GENERATE_FAILED",
      message: expect.stringContaining("Unexpected end of file"),
    });
    expect(await project.files()).toEqual(before);
  });

  it.runIf(isLong())("reads a schema without a table", async () => {
    await first(users(`name: text("name")`));
    await project.schema("");
    expect(await generate({ ...project.options, name: "x" })).toMatchObject({ kind: "files" });
    expect(JSON.parse((await readModelSnapshot(project.options)).snapshot)).toMatchObject({ tables: {} });
  });
});

describe("composeRevision", () => {
  it("writes files that drizzle-kit's generate, check and migrate accept", async () => {
    const previous = await first(
      `${users(`name: text("name")`)} export const old = sqliteTable("old_t", { id: integer("id"), a: text("a") });`,
    );
    await project.schema(
      `${users(`full: text("full")`)} export const now = sqliteTable("new_t", { id: integer("id"), a2: text("a2") });`,
    );
    const { snapshot: model, config } = await readModelSnapshot(project.options);
    const files = composeRevision({
      config,
      model,
      previous,
      name: "renames",
      index: 1,
      now: Date.now(),
      renames: {
        tables: [{ from: "old_t", to: "new_t" }],
        columns: [
          { table: "new_t", from: "a", to: "a2" },
          { table: "users", from: "name", to: "full" },
        ],
      },
      sql: [
        "ALTER TABLE old_t RENAME TO new_t;",
        "ALTER TABLE new_t RENAME COLUMN a TO a2;",
        "ALTER TABLE users RENAME COLUMN name TO `full`;",
      ].join("\n--> statement-breakpoint\n"),
    });
    await project.save(files);
    // As drizzle-kit itself wrote them when it was asked at a terminal.
    expect(JSON.parse(await project.read("meta/0001_snapshot.json"))).toMatchObject({
      prevId: JSON.parse(previous).id,
      _meta: {
        tables: { '"old_t"': '"new_t"' },
        columns: { '"new_t"."a"': '"new_t"."a2"', '"users"."name"': '"users"."full"' },
      },
    });
    expect(await project.drizzleKit("check")).toContain("Everything's fine");
    expect(await project.drizzleKit("generate")).toContain("No schema changes");
    const database = `url: "file:${join(project.options.folder, "a.db").replaceAll("\\", "/")}"`;
    await writeFile(
      join(project.options.folder, "migrate.config.ts"),
      `export default { dialect: "turso", schema: "./schema.ts", out: "./drizzle", dbCredentials: { ${database} } };`,
    );
    expect(await project.drizzleKit("migrate", "--config=migrate.config.ts")).toContain(
      "applied successfully",
    );
  });
});

describe("readDrizzleConfig", () => {
  it("loads the configuration although it prints and looks at the verb", async () => {
    const text = `console.log("hello"); if (process.argv[2] !== "generate") process.exit(1);
      export default { dialect: "sqlite", out: "./here", schema: ["./a.ts", "./b.ts"], casing: "snake_case" };`;
    await writeFile(join(project.options.folder, "drizzle.config.ts"), text);
    expect(await readDrizzleConfig(project.options)).toEqual({
      dialect: "sqlite",
      out: "./here",
      schema: ["./a.ts", "./b.ts"],
      casing: "snake_case",
      breakpoints: true,
      prefix: "index",
      tablesFilter: [],
    });
  });

  it("refuses another dialect", async () => {
    await writeFile(
      join(project.options.folder, "drizzle.config.ts"),
      `export default { dialect: "postgresql" };`,
    );
    await expect(readDrizzleConfig(project.options)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });
});
