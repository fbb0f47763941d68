import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { acceptPush, createRevision, readCurrent } from "../../../../src/migrate/index.ts";
import { createProject, schemaText, type TestProject } from "./project.ts";

describe("acceptPush", () => {
  let project: TestProject;
  beforeEach(async () => {
    project = await createProject();
    await project.write("schema.ts", schemaText(["bio: text()"]));
    await createRevision(project.context, { message: "users" });
  });
  afterEach(() => project[Symbol.asyncDispose]());

  it("stamps head only where the database has become what head makes", async () => {
    await project.sql("CREATE TABLE users (id INTEGER PRIMARY KEY NOT NULL)");
    await expect(acceptPush(project.context)).rejects.toMatchObject({
      code: "SCHEMA_DRIFTED",
      details: { differences: [{ object: "table users" }] },
    });
    expect(await readCurrent(project.context)).toMatchObject({ current: null });
    await project.sql("ALTER TABLE users ADD bio TEXT");
    expect(await acceptPush(project.context)).toMatchObject({ to: "0000_users" });
    expect(await readCurrent(project.context)).toMatchObject({ current: "0000_users", status: "current" });
  });

  it("refuses a schema that no revision has", async () => {
    await project.write("schema.ts", schemaText(["bio: text()", "age: integer()"]));
    await project.sql("CREATE TABLE users (id INTEGER PRIMARY KEY NOT NULL, bio TEXT, age INTEGER)");
    await expect(acceptPush(project.context)).rejects.toMatchObject({ code: "SCHEMA_DRIFTED" });
    expect(await readCurrent(project.context)).toMatchObject({ current: null });
  });
});
