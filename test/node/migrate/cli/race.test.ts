import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase, type TestDatabase } from "../../../support/database.ts";
import { createProject, type TestProject, threeRevisions, writeHistory } from "../commands/project.ts";

describe("eight processes that upgrade at the same time", () => {
  let database: TestDatabase;
  let project: TestProject;
  beforeAll(async () => {
    database = await createDatabase();
    project = await createProject(database.url);
    await writeHistory(project, threeRevisions);
  });
  afterAll(async () => {
    await project[Symbol.asyncDispose]();
    await database.stop();
  });

  it("all succeed, and each revision is applied by exactly one", async () => {
    const runs = await Promise.all(Array.from({ length: 8 }, () => project.run(["upgrade", "--json"])));
    expect(runs.filter(({ code }) => code !== 0)).toEqual([]);
    const executed = runs.flatMap(({ stdout }): string[] => JSON.parse(stdout).executed);
    expect(executed.toSorted()).toEqual(["0000_users", "0001_bio", "0002_posts"]);
    expect(await project.sql("SELECT count(*) FROM __drizzle_migrations")).toEqual([3]);
  });

  it("leave a record that the next upgrade can rely on", async () => {
    const { code, stdout } = await project.run(["check", "--json", "--schema", "./schema.ts"]);
    const { findings } = JSON.parse(stdout);
    expect(code).toBe(3);
    expect(findings.filter((finding: { code: string }) => finding.code === "SCHEMA_DRIFTED")).toEqual([]);
  });
});
