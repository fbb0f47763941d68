import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listArchives, pruneArchives, upgrade } from "../../../../src/migrate/index.ts";
import { createProject, type TestProject, writeHistory } from "./project.ts";

const day = 86_400_000;
const first = "__eaves_archive_0001_drop_bio_1";
const second = "__eaves_archive_0002_drop_age_1";

describe("the archives of a database", () => {
  let project: TestProject;
  let now: number;
  beforeEach(async () => {
    now = 1_700_000_000_000;
    const made = await createProject();
    project = { ...made, context: { ...made.context, clock: () => now } };
    await writeHistory(project, [
      {
        tag: "0000_users",
        up: "CREATE TABLE users (id INTEGER PRIMARY KEY, bio TEXT, age INTEGER);--> statement-breakpoint\nINSERT INTO users (bio) VALUES ('a'), ('b');",
      },
      { tag: "0001_drop_bio", up: archiving(first, "bio") },
      { tag: "0002_drop_age", up: archiving(second, "age") },
    ]);
    await upgrade(project.context, { target: "1" });
    now += 20 * day;
    await upgrade(project.context);
    now += 20 * day;
  });
  afterEach(() => project[Symbol.asyncDispose]());

  it("are listed with their revision, rows and age", async () => {
    const entries = await listArchives(project.context);
    expect(entries).toMatchObject([
      { revision: "0001_drop_bio", object: first, rows: 2, age: 40 * day },
      { revision: "0002_drop_age", object: second, rows: 2, age: 20 * day },
    ]);
    expect(entries.every(({ bytes }) => bytes > 0)).toBe(true);
  });

  it("are dropped by age", async () => {
    const options = { olderThanMs: 30 * day };
    expect((await pruneArchives(project.context, { ...options, mode: "dry-run" })).pruned).toEqual([first]);
    expect(await listArchives(project.context)).toHaveLength(2);
    expect((await pruneArchives(project.context, options)).pruned).toEqual([first]);
    expect((await listArchives(project.context)).map(({ object }) => object)).toEqual([second]);
  });

  it("are dropped by revision, also where its file is gone", async () => {
    expect((await pruneArchives(project.context, { target: "age" })).pruned).toEqual([second]);
    await writeHistory(project, []);
    expect((await pruneArchives(project.context, { target: "0001_drop_bio" })).pruned).toEqual([first]);
  });

  it("are never dropped for a revision that nobody knows", async () => {
    await expect(pruneArchives(project.context, { target: "nowhere" })).rejects.toMatchObject({
      code: "TARGET_UNKNOWN",
    });
    await expect(pruneArchives(project.context, { target: "base" })).rejects.toMatchObject({
      code: "TARGET_UNKNOWN",
    });
    expect(await listArchives(project.context)).toHaveLength(2);
  });

  it("are not dropped where nothing says which: they are named, with the commands", async () => {
    for (const mode of ["execute", "dry-run", "sql"] as const) {
      await expect(pruneArchives(project.context, { mode })).rejects.toMatchObject({
        code: "DECISION_NEEDED",
        message: expect.stringMatching(
          new RegExp(`${first}.*${second}.*archive prune REV.*archive prune --older-than 30d`, "s"),
        ),
        details: { archives: [first, second] },
      });
    }
    expect(await listArchives(project.context)).toHaveLength(2);
    const run = await project.run(["archive", "prune"]);
    expect(run).toMatchObject({ code: 4, stdout: "" });
    expect(run.stderr).toContain(first);
    expect(await project.run(["archive", "prune", "--older-than", "0d"])).toMatchObject({ code: 0 });
    expect(await listArchives(project.context)).toEqual([]);
    expect(await pruneArchives(project.context, {})).toEqual({ pruned: [], script: undefined });
  });

  it("can be dropped by a script", async () => {
    const { script } = await pruneArchives(project.context, { mode: "sql", olderThanMs: 0 });
    await project.client.executeMultiple(script ?? "");
    expect(await listArchives(project.context)).toEqual([]);
  });
});

function archiving(name: string, column: string): string {
  return [
    `-- eaves:allow DROPS_COLUMN kept in an archive\nCREATE TABLE \`${name}\` AS SELECT id, ${column} FROM users;`,
    `ALTER TABLE users DROP COLUMN ${column};`,
  ].join("\n--> statement-breakpoint\n");
}
