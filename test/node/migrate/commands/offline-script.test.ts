import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { downgrade, readCurrent, readHistory, stamp, upgrade } from "../../../../src/migrate/index.ts";
import { createProject, type TestProject, threeRevisions, writeFolders, writeHistory } from "./project.ts";

describe("the script of --sql", () => {
  let project: TestProject;
  beforeEach(async () => {
    project = await createProject();
    await writeHistory(project, threeRevisions);
  });
  afterEach(() => project[Symbol.asyncDispose]());

  /** Runs a script as a shell does: statement by statement, stopping at the first that fails. */
  const runScript = (script: string | undefined): Promise<void> =>
    project.client.executeMultiple(script ?? "");

  it("does what the upgrade would do, bookkeeping included", async () => {
    const { script, executed } = await upgrade(project.context, { mode: "sql" });
    expect(executed).toEqual([]);
    expect(await readCurrent(project.context)).toMatchObject({ current: null });
    await runScript(script);
    expect(await readCurrent(project.context)).toMatchObject({ current: "0002_posts", status: "current" });
    expect((await readHistory(project.context)).map(({ status }) => status)).toEqual([
      "applied",
      "applied",
      "applied",
    ]);
    expect((await downgrade(project.context, { target: "-1" })).executed).toEqual(["0002_posts"]);
  });

  it("does what the downgrade would do", async () => {
    await upgrade(project.context);
    const { script } = await downgrade(project.context, { target: "0", mode: "sql" });
    await runScript(script);
    expect(await readCurrent(project.context)).toMatchObject({ current: "0000_users" });
    expect(await project.sql("SELECT name FROM sqlite_schema WHERE name = 'posts'")).toEqual([]);
    expect((await upgrade(project.context)).executed).toEqual(["0001_bio", "0002_posts"]);
  });

  it("stops on a database that is not where it begins", async () => {
    const { script } = await upgrade(project.context, { mode: "sql" });
    await upgrade(project.context, { target: "+1" });
    await expect(runScript(script)).rejects.toThrow("malformed JSON");
    expect(await readCurrent(project.context)).toMatchObject({ current: "0000_users" });
  });

  it("of a stamp writes the version table alone", async () => {
    const { script } = await stamp(project.context, { target: "1", mode: "sql" });
    await runScript(script);
    expect(await readCurrent(project.context)).toMatchObject({ current: "0001_bio" });
    expect(await project.sql("SELECT name FROM sqlite_schema WHERE name = 'users'")).toEqual([]);
  });

  it("writes rows as the version table has them, though there are none in it", async () => {
    const users = "20260101000000_users";
    await upgrade(project.context);
    await downgrade(project.context, { target: "base" });
    // What `drizzle-kit up` makes of it; the version table is still that of 0.31.
    await project.remove("drizzle");
    await writeFolders(project, [
      { tag: users, up: "CREATE TABLE users (id INTEGER PRIMARY KEY);", down: "DROP TABLE users;" },
    ]);
    const up = await upgrade(project.context, { mode: "sql" });
    await runScript(up.script);
    expect(await readCurrent(project.context)).toMatchObject({ current: users, status: "current" });
    await runScript((await downgrade(project.context, { target: "base", mode: "sql" })).script);
    await runScript((await stamp(project.context, { target: "head", mode: "sql" })).script);
    expect(await readCurrent(project.context)).toMatchObject({ current: users });
    await project.sql("DROP TABLE __drizzle_migrations");
    await project.sql("DROP TABLE __eaves_schema");
    await runScript((await stamp(project.context, { target: "head", mode: "sql" })).script);
    expect(await project.sql("SELECT name FROM __drizzle_migrations")).toEqual([users]);
  });
});
