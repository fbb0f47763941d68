import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createRevision,
  downgrade,
  readCurrent,
  readHistory,
  upgrade,
} from "../../../../src/migrate/index.ts";
import { createDatabase, type TestDatabase } from "../../../support/database.ts";
import { createProject, schemaText, type TestProject } from "./project.ts";

describe("the walk revision, upgrade, downgrade, upgrade", () => {
  let database: TestDatabase;
  let project: TestProject;
  beforeAll(async () => {
    database = await createDatabase();
    project = await createProject(database.url);
    await project.write("schema.ts", schemaText(["email: text().notNull()", "bio: text()"]));
  });
  afterAll(async () => {
    await project[Symbol.asyncDispose]();
    await database.stop();
  });

  it("writes a first revision that is proven on a server", async () => {
    const result = await createRevision(project.context, { message: "Create users" });
    expect(result).toMatchObject({ revision: "0000_create_users", downgrade: "proven", rewritten: null });
    expect(result.by).toMatch(/^sqld /);
    expect(result.files.toSorted()).toEqual([
      "drizzle/0000_create_users.down.sql",
      "drizzle/0000_create_users.sql",
      "drizzle/meta/0000_snapshot.json",
    ]);
  });

  it("writes nothing where nothing has changed", async () => {
    const before = await project.list();
    const result = await createRevision(project.context, { message: "again" });
    expect(result.revision).toBeNull();
    expect(await project.list()).toEqual(before);
  });

  it("applies it, and says where the database is", async () => {
    expect((await upgrade(project.context)).executed).toEqual(["0000_create_users"]);
    expect(await readCurrent(project.context)).toEqual({
      current: "0000_create_users",
      head: "0000_create_users",
      pending: [],
      status: "current",
    });
    await project.sql(
      "INSERT INTO users (id, email, bio) VALUES (1, 'ada@example.com', 'wrote the first program')",
    );
  });

  it("refuses to remove values before it is told whether to keep them, and leaves nothing behind", async () => {
    await project.write("schema.ts", schemaText(["email: text().notNull()"]));
    const before = await project.list();
    await expect(createRevision(project.context, { message: "drop bio" })).rejects.toMatchObject({
      code: "ARCHIVE_UNDECIDED",
      details: { removed: ["users.bio"] },
    });
    expect(await project.list()).toEqual(before);
  });

  it("shows what it would write without writing it", async () => {
    const before = await project.list();
    const result = await createRevision(project.context, {
      message: "drop bio",
      archive: true,
      dryRun: true,
    });
    expect(result.texts?.["drizzle/0001_drop_bio.sql"]).toContain("__eaves_archive_0001_drop_bio_1");
    expect(await project.list()).toEqual(before);
  });

  it("brings a dropped column back with its values", async () => {
    await createRevision(project.context, { message: "drop bio", archive: true });
    await upgrade(project.context);
    await expect(project.sql("SELECT bio FROM users")).rejects.toThrow("no such column");
    const result = await downgrade(project.context, { target: "-1" });
    expect(result).toMatchObject({ executed: ["0001_drop_bio"], current: "0000_create_users" });
    expect(await project.sql("SELECT bio FROM users")).toEqual(["wrote the first program"]);
  });

  it("names the class of each revision in the history", async () => {
    const entries = await readHistory(project.context);
    expect(
      entries.map(({ revision, status, class: name, reversible }) => [revision, status, name, reversible]),
    ).toEqual([
      ["0000_create_users", "applied", "newer-data-lost", true],
      ["0001_drop_bio", "pending", "archived", true],
    ]);
  });

  it("refuses to take back a table that has rows by now, unless that is accepted", async () => {
    await expect(downgrade(project.context, { target: "base" })).rejects.toMatchObject({
      code: "NEWER_DATA",
      details: { newer: [{ object: "users", values: 1 }] },
    });
    expect(await project.sql("SELECT count(*) FROM users")).toEqual([1]);
    await downgrade(project.context, { target: "base", acceptNewerData: true });
    expect(await readCurrent(project.context)).toMatchObject({ current: null, status: "behind" });
  });

  it("upgrades again from the beginning", async () => {
    expect((await upgrade(project.context)).executed).toEqual(["0000_create_users", "0001_drop_bio"]);
  });
});
