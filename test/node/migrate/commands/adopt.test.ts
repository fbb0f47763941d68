import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { adopt, downgrade, proveHistory, upgrade } from "../../../../src/migrate/index.ts";
import { createProject, type TestProject, threeRevisions, writeHistory } from "./project.ts";

describe("adopt", () => {
  let project: TestProject;
  beforeEach(async () => {
    project = await createProject();
    await writeHistory(
      project,
      threeRevisions.map(({ tag, up }) => ({ tag, up })),
    );
  });
  afterEach(() => project[Symbol.asyncDispose]());

  it("writes a proven downgrade script for each revision that lacks one", async () => {
    await project.write("drizzle/0001_bio.down.sql", "-- mine\nALTER TABLE users DROP COLUMN bio;");
    const { revisions, written } = await adopt(project.context);
    expect(written).toEqual(["drizzle/0000_users.down.sql", "drizzle/0002_posts.down.sql"]);
    expect(revisions.map(({ revision, upgrade: up, downgrade: down }) => [revision, up, down])).toEqual([
      ["0000_users", "ok", "proven"],
      ["0001_bio", "ok", "proven"],
      ["0002_posts", "ok", "proven"],
    ]);
    expect(await project.read("drizzle/0001_bio.down.sql")).toContain("-- mine");
    await upgrade(project.context);
    expect((await downgrade(project.context, { target: "base" })).executed).toHaveLength(3);
  });

  it("reports a revision that cannot run with its statement, and handles the rest", async () => {
    await project.write("drizzle/0001_bio.sql", "ALTER TABLE nowhere ADD bio TEXT;");
    const { revisions, written } = await adopt(project.context);
    expect(revisions[1]).toMatchObject({ upgrade: "failed", downgrade: "none" });
    expect(revisions[1]?.reason).toContain("ALTER TABLE nowhere");
    expect(revisions[2]).toMatchObject({ upgrade: "ok", downgrade: "proven" });
    expect(written).toContain("drizzle/0002_posts.down.sql");
  });

  it("leaves alone what says that there is no downgrade", async () => {
    await project.write("drizzle/0001_bio.down.sql", "-- eaves:irreversible the values are gone\n");
    const { written } = await adopt(project.context);
    expect(written).not.toContain("drizzle/0001_bio.down.sql");
  });

  it("writes nothing in a dry run", async () => {
    const before = await project.list();
    const { revisions } = await adopt(project.context, { dryRun: true });
    expect(revisions).toHaveLength(3);
    expect(await project.list()).toEqual(before);
  });
});

describe("proveHistory", () => {
  it("tells a downgrade that does not lead back from one that does", async () => {
    await using project = await createProject();
    const [users, bio, posts] = threeRevisions;
    const wrong = { ...bio, tag: "0001_bio", up: bio?.up ?? "", down: "SELECT 1;" };
    await writeHistory(
      project,
      [users, wrong, posts].flatMap((revision) => revision ?? []),
    );
    const { revisions } = await proveHistory(project.context);
    expect(revisions.map(({ downgrade: down }) => down)).toEqual(["proven", "unproven", "proven"]);
    expect(revisions[1]?.reason).toContain("table users");
  });
});
