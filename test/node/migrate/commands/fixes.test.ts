// Drift and edits, each with the fix that the finding or the message names, taken on the command line.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  acceptEdit,
  checkProject,
  createRevision,
  createRevisionFromDatabase,
  downgrade,
  readCurrent,
  upgrade,
} from "../../../../src/migrate/index.ts";
import { createProject, schemaText, type TestProject } from "./project.ts";
import { isLong } from "../../../support/tier.ts";

let project: TestProject;
beforeEach(async () => {
  project = await createProject();
  await project.write("schema.ts", schemaText(["bio: text()"]));
  await createRevision(project.context, { message: "users" });
  await upgrade(project.context);
});
afterEach(() => project[Symbol.asyncDispose]());

const clean = { ok: true, findings: [], notes: [], database: true };
const fromDatabase = (options = {}) =>
  createRevisionFromDatabase(project.context, { message: "by hand", ...options });

describe("createRevisionFromDatabase", () => {
  it("is the fix of a changed schema: a proven revision, recorded where it was found, applied elsewhere", async () => {
    await project.sql("CREATE INDEX ix_bio ON users (bio) WHERE bio IS NOT NULL");
    await project.sql("CREATE TRIGGER t AFTER DELETE ON users BEGIN SELECT 1; END");
    const { findings } = await checkProject(project.context);
    expect(findings).toMatchObject([
      { code: "SCHEMA_DRIFTED", object: "index ix_bio", expected: null },
      {
        code: "SCHEMA_DRIFTED",
        object: "trigger t",
        fix: expect.stringMatching(/^revision --from-database -m TEXT;/),
      },
    ]);
    const run = await project.run(["revision", "--from-database", "-m", "by hand", "--json"]);
    expect(run).toMatchObject({ code: 0 });
    expect(JSON.parse(run.stdout)).toMatchObject({
      revision: "0001_by_hand",
      upgrade: "ok",
      downgrade: "proven",
      reason: expect.stringContaining("index ix_bio, trigger t"),
    });
    expect(await checkProject(project.context)).toEqual(clean);
    expect(await readCurrent(project.context)).toMatchObject({ current: "0001_by_hand", status: "current" });
    const elsewhere = ["--database-url", `file:${project.folder}/other.db`];
    const upgraded = await project.run(["upgrade", ...elsewhere, "--json"]);
    expect(JSON.parse(upgraded.stdout)).toMatchObject({ executed: ["0000_users", "0001_by_hand"] });
    expect(await project.run(["check", ...elsewhere])).toMatchObject({ code: 0 });
    await downgrade(project.context, { target: "-1" });
    const left = "SELECT name FROM sqlite_schema WHERE sql IS NOT NULL AND type IN ('index', 'trigger')";
    expect(await project.sql(left)).toEqual([]);
  });

  it.runIf(isLong())(
    "wants the code to say the same first, names what it lacks, and then writes",
    async () => {
      await project.sql("ALTER TABLE users ADD age INTEGER NOT NULL DEFAULT 7");
      await project.sql("CREATE TABLE extra (id INTEGER PRIMARY KEY)");
      const before = await project.list();
      await expect(fromDatabase()).rejects.toMatchObject({
        code: "DECISION_NEEDED",
        message: expect.stringContaining(
          "table users: the code has nothing, the database column age INTEGER",
        ),
      });
      expect(await project.list()).toEqual(before);
      await project.write("schema.ts", schemaText(["bio: text()", "age: integer().notNull().default(7)"]));
      expect(await fromDatabase()).toMatchObject({
        revision: "0001_by_hand",
        reason: expect.stringContaining("table extra"),
      });
      expect(await checkProject(project.context)).toEqual(clean);
    },
  );

  it("does not let the code contradict the database", async () => {
    await project.sql("ALTER TABLE users ADD age INTEGER");
    await project.write("schema.ts", schemaText(["bio: text()", "age: text()"]));
    await expect(fromDatabase()).rejects.toMatchObject({ code: "DECISION_NEEDED" });
  });

  it.runIf(isLong())("is asked about what goes, and about names", async () => {
    await project.sql("ALTER TABLE users RENAME bio TO about");
    await project.write("schema.ts", schemaText(["about: text()"]));
    await expect(fromDatabase()).rejects.toMatchObject({ code: "RENAME_UNDECIDED" });
    await expect(fromDatabase({ renames: [] })).rejects.toMatchObject({ code: "ARCHIVE_UNDECIDED" });
    await fromDatabase({ renames: ["users.bio=users.about"] });
    expect(await project.read("drizzle/0001_by_hand.sql")).toContain("RENAME COLUMN");
    expect(await checkProject(project.context)).toEqual(clean);
  });

  it.runIf(isLong())(
    "has nothing to do where nothing was changed, and shows with --dry-run what it would write",
    async () => {
      expect(await fromDatabase()).toMatchObject({ revision: null });
      await project.sql("CREATE VIEW v AS SELECT id FROM users");
      const { texts } = await fromDatabase({ dryRun: true });
      expect(texts?.["drizzle/0001_by_hand.sql"]).toContain("CREATE VIEW v AS SELECT id FROM users");
      expect(await readCurrent(project.context)).toMatchObject({ current: "0000_users", pending: [] });
    },
  );

  it.runIf(isLong())("waits for what is pending, and names the way there", async () => {
    await project.write("schema.ts", schemaText(["bio: text()", "age: integer()"]));
    await createRevision(project.context, { message: "age" });
    await project.sql("CREATE INDEX ix_bio ON users (bio)");
    await expect(fromDatabase()).rejects.toMatchObject({
      code: "DECISION_NEEDED",
      message: expect.stringContaining(
        "`stamp 0000_users` to go on with the schema as it is, then `upgrade`",
      ),
    });
    await project.run(["stamp", "0000_users"]);
    await project.run(["upgrade"]);
    expect(await fromDatabase()).toMatchObject({ revision: "0002_by_hand" });
    expect(await checkProject(project.context)).toEqual(clean);
  });
});

describe("acceptEdit", () => {
  const users = "drizzle/0000_users.sql";
  const edit = async (change: (text: string) => string) =>
    project.write(users, change(await project.read(users)));

  it.runIf(isLong())("is the fix of an edit that leads to the same schema", async () => {
    await edit((text) => `-- a word to the reader\n${text}`);
    const { findings } = await checkProject(project.context);
    expect(findings).toMatchObject([
      {
        code: "REVISION_EDITED",
        fix: `stamp --accept-edit 0000_users; or take ${users} back from version control`,
      },
    ]);
    await expect(upgrade(project.context)).rejects.toThrow("`stamp --accept-edit 0000_users`");
    const applied = await project.sql("SELECT applied_at FROM __eaves_revisions");
    expect(await project.run(["stamp", "--accept-edit", "0000_users", "--dry-run"])).toMatchObject({
      code: 0,
    });
    expect(await readCurrent(project.context)).toMatchObject({ status: "unknown" });
    const run = await project.run(["stamp", "--accept-edit", "0000_users"]);
    expect(run).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Accepted the edit of 0000_users"),
    });
    expect(await checkProject(project.context)).toEqual(clean);
    expect(await project.sql("SELECT applied_at FROM __eaves_revisions")).toEqual(applied);
    expect(await acceptEdit(project.context, { target: "0000" })).toEqual({ accepted: null });
  });

  it("refuses an edit that leads to another schema, until the schema is that", async () => {
    const before = await project.sql("SELECT hash FROM __drizzle_migrations");
    await edit((text) => text.replace("`bio` text", "`bio` text,\n\t`age` integer"));
    await expect(acceptEdit(project.context, { target: "users" })).rejects.toMatchObject({
      code: "SCHEMA_DRIFTED",
      details: { differences: [{ object: "table users" }] },
    });
    expect(await project.sql("SELECT hash FROM __drizzle_migrations")).toEqual(before);
    await project.sql("ALTER TABLE users ADD age integer");
    expect(await acceptEdit(project.context, { target: "users" })).toEqual({ accepted: "0000_users" });
  });

  it("accepts another time, and refuses a revision that is not applied", async () => {
    const journal = JSON.parse(await project.read("drizzle/meta/_journal.json"));
    journal.entries[0].when += 5;
    await project.write("drizzle/meta/_journal.json", JSON.stringify(journal));
    await expect(upgrade(project.context)).rejects.toThrow("`stamp --accept-edit 0000_users`");
    await acceptEdit(project.context, { target: "head" });
    await project.write("schema.ts", schemaText(["bio: text()", "age: integer()"]));
    await createRevision(project.context, { message: "age" });
    await expect(acceptEdit(project.context, { target: "head" })).rejects.toMatchObject({
      code: "TARGET_NOT_REACHABLE",
      message: expect.stringContaining("`upgrade`"),
    });
    expect((await upgrade(project.context)).executed).toEqual(["0001_age"]);
  });
});
