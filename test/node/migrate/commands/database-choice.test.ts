// Which database a command works on, in projects whose configurations are somebody else's.
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chooseDatabase } from "../../../../src/migrate/index.ts";
import { createProject, type TestProject, threeRevisions, writeHistory } from "./project.ts";

let project: TestProject;
beforeEach(async () => {
  project = await createProject();
  await writeHistory(project, threeRevisions);
});
afterEach(() => project[Symbol.asyncDispose]());

const configure = (more: string): Promise<void> =>
  project.write("drizzle.config.ts", `export default { dialect: "sqlite", schema: "./schema.ts", ${more} };`);

describe("the database of a command", () => {
  it("is the one of drizzle.config.ts before DATABASE_URL, and of --database-url before both", async () => {
    await configure(`dbCredentials: { url: "file:configured.db" }`);
    expect(await project.run(["upgrade"])).toMatchObject({ code: 0 });
    expect(await project.sql("SELECT count(*) FROM sqlite_schema")).toEqual([0]);
    expect(await project.run(["current"])).toMatchObject({ stdout: "0002_posts (head)\n" });
    const named = await project.run(["current", "--database-url", project.databaseUrl]);
    expect(named.stdout).toMatch(/^base, 3 pending/);
  });

  it("is a file where drizzle-kit takes a plain path, whatever is in its name", async () => {
    await configure(`dbCredentials: { url: "./my data#1%.sqlite" }`);
    expect(await project.run(["upgrade"])).toMatchObject({ code: 0 });
    expect(existsSync(join(project.folder, "my data#1%.sqlite"))).toBe(true);
  });

  it.each([
    ["{ url: undefined }", "has no url"],
    [`{ accountId: "a", databaseId: "b", token: "c" }`, "has no url"],
    [`{ url: ":memory:" }`, `has the url ":memory:"`],
    [`{ url: "mysql://a.test" }`, `dbCredentials.url has the scheme "mysql:"`],
    [`{ url: "https://a.test", authToken: "a b" }`, "dbCredentials.authToken has white space"],
  ])("is never another one than dbCredentials: %s mean", async (credentials, said) => {
    await configure(`dbCredentials: ${credentials}`);
    const { code, stderr } = await project.run(["upgrade"]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(said) });
    expect(await project.sql("SELECT count(*) FROM sqlite_schema")).toEqual([0]);
    const named = await project.run(["upgrade", "--database-url", project.databaseUrl]);
    expect(named).toMatchObject({ code: 0 });
  });

  it("is not made up in a project without a local server", async () => {
    const wish = { projectFolder: project.folder, variables: {}, databaseUrl: undefined };
    await expect(chooseDatabase({ ...wish, hasLocalServer: false })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("No database is named"),
    });
    expect(existsSync(join(project.folder, ".eaves"))).toBe(false);
  });
});

describe("a configuration that Node cannot read", () => {
  it("is read as drizzle-kit reads it: without endings, with what Node strips no types from", async () => {
    await mkdir(join(project.folder, "env"));
    await project.write("env/index.ts", `export enum Place { File = "file:enum.db" }\n`);
    await project.write(
      "drizzle.config.ts",
      `import { Place } from "./env";
       export default { dialect: "sqlite", schema: "./schema.ts", dbCredentials: { url: Place.File } };`,
    );
    expect(await project.run(["upgrade"])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("upgrade"),
    });
    expect(existsSync(join(project.folder, "enum.db"))).toBe(true);
  });

  it("names both remedies, which work", async () => {
    await project.write("drizzle.config.ts", "}");
    const { code, stderr } = await project.run(["current"]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("--dir") });
    expect(stderr).toContain("--database-url");
    const without = ["current", "--dir", "drizzle", "--database-url", project.databaseUrl];
    expect(await project.run(without)).toMatchObject({ code: 0, stdout: expect.stringContaining("base") });
  });
});
