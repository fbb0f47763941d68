import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { downgrade, readCurrent, readHistory, stamp, upgrade } from "../../../../src/migrate/index.ts";
import { createProject, type TestProject, threeRevisions, writeHistory } from "./project.ts";

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
});
