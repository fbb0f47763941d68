import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkProject, downgrade, readCurrent, stamp, upgrade } from "../../../../src/migrate/index.ts";
import { createProject, type TestProject, threeRevisions, writeHistory } from "./project.ts";

const [users, bio, posts] = threeRevisions;

describe("what stands in the way of an upgrade", () => {
  let project: TestProject;
  beforeEach(async () => {
    project = await createProject();
    await writeHistory(project, threeRevisions);
    await upgrade(project.context, { target: "1" });
  });
  afterEach(() => project[Symbol.asyncDispose]());

  it("is an applied revision whose file was edited", async () => {
    await project.write("drizzle/0000_users.sql", "CREATE TABLE users (id INTEGER PRIMARY KEY, x);");
    await expect(upgrade(project.context)).rejects.toMatchObject({
      code: "REVISION_EDITED",
      place: { revision: "0000_users", file: "drizzle/0000_users.sql" },
    });
    expect(await readCurrent(project.context)).toMatchObject({ status: "unknown" });
  });

  it("is not another way to end lines", async () => {
    await project.write("drizzle/0001_bio.sql", "ALTER TABLE users\nADD bio TEXT;");
    await stamp(project.context, { target: "1" });
    await project.write("drizzle/0001_bio.sql", "ALTER TABLE users\r\nADD bio TEXT;");
    expect((await upgrade(project.context)).executed).toEqual(["0002_posts"]);
  });

  it("is an applied revision that is not on disk", async () => {
    await writeHistory(project, users === undefined ? [] : [users]);
    await expect(upgrade(project.context)).rejects.toMatchObject({ code: "REVISION_MISSING" });
    expect(await readCurrent(project.context)).toMatchObject({ current: "0000_users", status: "ahead" });
  });

  it("is a pending revision that is older than an applied one", async () => {
    const late = { tag: "0001_late", up: "CREATE TABLE late (id);" };
    const times = [1000, 1005, 1010, 1020];
    const merged = [users, late, bio, posts].flatMap((revision, at) => ({
      tag: "",
      up: "",
      ...revision,
      when: times[at] ?? 0,
    }));
    await writeHistory(project, merged);
    await expect(upgrade(project.context)).rejects.toMatchObject({
      code: "REVISION_SKIPPED",
      place: { revision: "0001_late" },
    });
  });

  it("is a journal with the same revision twice", async () => {
    await writeHistory(
      project,
      [users, bio, bio].flatMap((revision) => revision ?? []),
    );
    await expect(upgrade(project.context)).rejects.toMatchObject({ code: "REVISION_DUPLICATE" });
  });

  it("is a journal whose times go backwards", async () => {
    await writeHistory(
      project,
      [users, bio, posts].map((one, at) => ({ tag: `000${at}`, up: "", ...one, when: 9 - at })),
    );
    await expect(upgrade(project.context)).rejects.toMatchObject({ code: "REVISION_OUT_OF_ORDER" });
  });

  it("is a file that is gone", async () => {
    await project.remove("drizzle/0002_posts.sql");
    await expect(upgrade(project.context)).rejects.toMatchObject({ code: "REVISION_FILE_MISSING" });
  });

  it("is a schema that was changed by hand", async () => {
    await project.sql("ALTER TABLE users ADD by_hand TEXT");
    await expect(upgrade(project.context)).rejects.toMatchObject({
      code: "SCHEMA_DRIFTED",
      details: { differences: [{ object: "table users" }] },
    });
    await expect(downgrade(project.context, { target: "-1" })).rejects.toMatchObject({
      code: "SCHEMA_DRIFTED",
    });
    expect((await checkProject(project.context)).findings.map(({ code }) => code)).toContain(
      "SCHEMA_DRIFTED",
    );
  });

  it("is a schema changed by hand also where no record of it is left", async () => {
    await project.sql("DROP TABLE __eaves_schema");
    await project.sql("CREATE INDEX by_hand ON users (bio)");
    await expect(upgrade(project.context)).rejects.toMatchObject({
      code: "SCHEMA_DRIFTED",
      details: { differences: [{ object: "index by_hand" }] },
    });
  });

  it("is over when the drift is accepted by a stamp", async () => {
    await project.sql("CREATE INDEX by_hand ON users (bio)");
    await stamp(project.context, { target: "1" });
    expect((await upgrade(project.context)).executed).toEqual(["0002_posts"]);
  });
});

describe("a database with tables and without a version table", () => {
  let project: TestProject;
  beforeEach(async () => {
    project = await createProject();
    await writeHistory(project, threeRevisions);
  });
  afterEach(() => project[Symbol.asyncDispose]());

  it("is told which revision its tables are those of", async () => {
    await project.sql("CREATE TABLE users (id INTEGER PRIMARY KEY, bio TEXT)");
    await expect(upgrade(project.context)).rejects.toMatchObject({
      code: "VERSION_TABLE_MISSING",
      details: { match: "0001_bio" },
    });
    await stamp(project.context, { target: "bio" });
    expect((await upgrade(project.context)).executed).toEqual(["0002_posts"]);
  });

  it("is told of the nearest revision where none fits", async () => {
    await project.sql("CREATE TABLE users (id INTEGER PRIMARY KEY, other TEXT)");
    await expect(upgrade(project.context)).rejects.toMatchObject({
      code: "VERSION_TABLE_MISSING",
      details: { match: null, differences: [{ object: "table users" }] },
    });
  });

  it("is upgraded from base beside tables that a stamp declares to be foreign", async () => {
    await project.sql("CREATE TABLE somebody_elses (id INTEGER PRIMARY KEY)");
    await expect(upgrade(project.context)).rejects.toMatchObject({ code: "VERSION_TABLE_MISSING" });
    await stamp(project.context, { target: "base" });
    expect((await upgrade(project.context)).executed).toHaveLength(3);
  });
});
