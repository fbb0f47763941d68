// Revisions as drizzle-kit and the tool write them together, on a table that has an archive.
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createRevision, downgrade, upgrade } from "../../../../src/migrate/index.ts";
import { createProject, schemaText, type TestProject } from "../commands/project.ts";
import { checkDatabaseAlone } from "./check-alone.ts";

const archive = "__eaves_archive_0001_drop_bio_1";
const config = (filter: string) =>
  `export default { dialect: "sqlite", schema: "./schema.ts", out: "./drizzle"${filter} };\n`;

let project: TestProject;
beforeEach(async () => {
  project = await createProject();
  await project.write("drizzle.config.ts", config(""));
  await project.write("schema.ts", schemaText(["name: text()", "bio: text()"]));
  await createRevision(project.context, { message: "users" });
  await upgrade(project.context);
  await project.sql("INSERT INTO users VALUES (1, 'ann', 'of ann'), (2, 'bob', 'of bob')");
  await project.write("schema.ts", schemaText(["name: text()"]));
  await createRevision(project.context, { message: "drop bio", archive: true });
  await upgrade(project.context);
});
afterEach(() => project[Symbol.asyncDispose]());

describe("a table with an archive", () => {
  it("is rebuilt by drizzle-kit's revision without losing the triggers, and check finds nothing", async () => {
    await project.write("schema.ts", schemaText(["name: text().notNull().default('x')"]));
    const { rewritten } = await createRevision(project.context, { message: "name", archive: false });
    expect(rewritten).not.toBeNull();
    const allowed = await project.read("drizzle/0002_name.sql");
    await project.write("drizzle/0002_name.sql", `-- eaves:allow ADDS_NOT_NULL a test\n${allowed}`);
    await upgrade(project.context);
    expect((await checkDatabaseAlone(project)).map(({ code }) => code)).toEqual([]);
    await project.sql("DELETE FROM users WHERE id = 2");
    await project.sql("INSERT INTO users (name) VALUES ('eve')");
    await downgrade(project.context, { target: "0" });
    expect(await project.sql("SELECT name || coalesce(bio, '') FROM users ORDER BY id")).toEqual([
      "annof ann",
      "eve",
    ]);
  });

  it("warns where drizzle-kit push would drop the archive, with the line to add", async () => {
    const warned = () => project.reports.filter((line) => line.includes('tablesFilter: ["!__eaves_*"]'));
    expect(warned()).toHaveLength(1);
    expect(warned()[0]).toContain(archive);
    await project.write("drizzle.config.ts", config(', tablesFilter: ["!__eaves_*"]'));
    await project.write("schema.ts", schemaText([]));
    await createRevision(project.context, { message: "drop name", archive: true });
    expect(warned()).toHaveLength(1);
  });
});
