// Every code that `check` knows: a project that has the finding, and the fix that is named, taken.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FindingCode } from "../../../../src/migrate/commands/check/findings.ts";
import { checkProject, createRevision, type Finding, upgrade } from "../../../../src/migrate/index.ts";
import { createProject, schemaText, type TestProject } from "./project.ts";
import { isLong } from "../../../support/tier.ts";

const first = "drizzle/0000_users";
const journalFile = "drizzle/meta/_journal.json";
const snapshotFile = "drizzle/meta/0001_snapshot.json";

let project: TestProject;
beforeEach(async () => {
  project = await createProject();
  await project.write("schema.ts", schemaText(["bio: text()"]));
  await createRevision(project.context, { message: "users" });
  await upgrade(project.context);
});
afterEach(() => project[Symbol.asyncDispose]());

/** A second revision, which is not applied. */
async function addAge(): Promise<void> {
  await project.write("schema.ts", schemaText(["bio: text()", "age: integer()"]));
  await createRevision(project.context, { message: "age" });
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  await project.write(file, change(await project.read(file)));
}

/** Runs the command that a fix begins with. */
async function take({ fix = "" }: Finding, text = "fixed"): Promise<void> {
  const command = fix.split(/[;,]/)[0] ?? "";
  const run = await project.run(command.split(" ").map((word) => (word === "TEXT" ? text : word)));
  expect(run).toMatchObject({ code: 0 });
}

/** How to come to a finding, and how its fix is taken where it is not the command that it begins with. */
interface Case {
  readonly prepare: () => Promise<unknown>;
  readonly fix?: (finding: Finding) => Promise<unknown>;
}

/** What a person keeps in version control. */
const kept = new Map<string, string>();
async function damage(file: string, text: string | undefined): Promise<void> {
  kept.set(file, await project.read(file));
  await (text === undefined ? project.remove(file) : project.write(file, text));
}
const takeBack = ({ file = "" }: Finding) => project.write(file, kept.get(file) ?? "");

/** A revision that drops a column and archives it. */
async function archiveBio(): Promise<void> {
  await project.write("schema.ts", schemaText(["age: integer()"]));
  await createRevision(project.context, { message: "drop bio", archive: true, renames: [] });
  await upgrade(project.context);
}

const cases: Readonly<Record<Exclude<FindingCode, "REVISION_SKIPPED" | "REVISION_DUPLICATE">, Case>> = {
  REVISION_OUT_OF_ORDER: {
    prepare: async () => [
      await addAge(),
      await edit(journalFile, (text) => text.replace('"idx": 1', '"idx": 5')),
    ],
  },
  SNAPSHOT_UNCHAINED: {
    prepare: async () => [
      await addAge(),
      await edit(snapshotFile, (text) => text.replace(/"prevId": "[^"]*"/, '"prevId": "someone-elses"')),
    ],
  },
  SNAPSHOT_MISSING: {
    prepare: async () => [await addAge(), await damage(snapshotFile, undefined)],
    fix: takeBack,
  },
  FILE_UNKNOWN: {
    prepare: () => project.write("drizzle/0007_left_over.sql", "SELECT 1;"),
    fix: ({ file = "" }) => project.remove(file),
  },
  REVISION_INVALID: {
    prepare: () => edit(`${first}.sql`, (text) => `BEGIN;\n--> statement-breakpoint\n${text}`),
    fix: async () => [
      await edit(`${first}.sql`, (text) =>
        text.replace("BEGIN;\n--> statement-breakpoint\n", "-- corrected\n"),
      ),
      await project.run(["stamp", "--accept-edit", "0000_users"]),
    ],
  },
  STATEMENT_FAILED: {
    prepare: () => edit(`${first}.sql`, (text) => text.replace("CREATE TABLE", "CREATE NOTHING")),
    fix: () => edit(`${first}.sql`, (text) => text.replace("CREATE NOTHING", "CREATE TABLE")),
  },
  DOWNGRADE_MISSING: { prepare: () => project.remove(`${first}.down.sql`) },
  MODEL_CHANGED: { prepare: () => project.write("schema.ts", schemaText(["bio: text()", "age: integer()"])) },
  SNAPSHOT_DIFFERS: {
    prepare: async () => [
      await addAge(),
      await project.write("drizzle/0001_age.sql", "SELECT 1;"),
      await project.write("drizzle/0001_age.down.sql", "SELECT 1;"),
    ],
    fix: async (finding) => [
      await take(finding),
      await project.write("drizzle/0002_mended.sql", "ALTER TABLE users ADD age integer;"),
      await project.write("drizzle/0002_mended.down.sql", "ALTER TABLE users DROP COLUMN age;"),
    ],
  },
  OBJECT_BROKEN: {
    prepare: async () => [
      await project.run(["revision", "--empty", "-m", "view"]),
      await project.write("drizzle/0001_view.sql", "CREATE VIEW v AS SELECT nope FROM users;"),
      await project.write("drizzle/0001_view.down.sql", "DROP VIEW v;"),
    ],
    fix: async (finding) => [
      await take(finding),
      await project.write("drizzle/0002_mended.sql", "DROP VIEW v;"),
      await project.write("drizzle/0002_mended.down.sql", "SELECT 1;"),
    ],
  },
  REVISION_MISSING: {
    prepare: () =>
      project.sql("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('gone', 9999999999999)"),
    fix: ({ fix = "" }) => project.run((/(stamp \S+)$/.exec(fix)?.[1] ?? "").split(" ")),
  },
  REVISION_EDITED: { prepare: () => edit(`${first}.sql`, (text) => `-- a word\n${text}`) },
  SCHEMA_DRIFTED: { prepare: () => project.sql("CREATE INDEX by_hand ON users (bio)") },
  ARCHIVE_OUT_OF_STEP: {
    prepare: async () => [
      await archiveBio(),
      await project.sql("DROP TRIGGER __eaves_archive_0001_drop_bio_1_deleted"),
    ],
  },
  ARCHIVE_MISSING: {
    prepare: async () => [
      await archiveBio(),
      await project.sql("DROP TABLE __eaves_archive_0001_drop_bio_1"),
    ],
  },
  VERSION_TABLE_MISSING: {
    prepare: async () => [
      await project.sql("DROP TABLE __drizzle_migrations"),
      await project.sql("DROP TABLE __eaves_schema"),
    ],
  },
  VERSION_TABLE_BEHIND: {
    prepare: async () => [await addAge(), await project.sql("ALTER TABLE users ADD age integer")],
  },
  REVISION_PENDING: { prepare: addAge },
};

/** The full counts take them all. */
const quick = ["SCHEMA_DRIFTED", "VERSION_TABLE_BEHIND", "OBJECT_BROKEN"];
const taken = Object.entries(cases).filter(([code]) => isLong() || quick.includes(code));

const found = async (code: string): Promise<Finding | undefined> =>
  (await checkProject(project.context)).findings.find((finding) => finding.code === code);

describe("findingKinds", () => {
  it.each(taken)("%s is fixed by what it names", async (code, { prepare, fix = take }) => {
    await prepare();
    const finding = await found(code);
    expect(finding).toMatchObject({ code, fix: expect.any(String) });
    expect(finding?.fix).not.toMatch(/\b(REV|FILE)\b/);
    if (finding !== undefined) await fix(finding);
    expect(await found(code)).toBeUndefined();
  });
});

describe("check without a database", () => {
  const nowhere = { DATABASE_URL: undefined };

  it.runIf(isLong())("compares the files, says that no database was looked at, and starts none", async () => {
    const run = await project.run(["check"], nowhere);
    expect(run).toMatchObject({
      code: 0,
      stdout:
        "ok\nThe database was not looked at: DATABASE_URL is not set, and no local server was ever started here\n",
    });
    const before = await project.run(["check", "--json"], nowhere);
    expect(JSON.parse(before.stdout)).toEqual({ ok: true, findings: [], notes: [], database: false });
    await project.write("schema.ts", schemaText([]));
    const changed = await project.run(["check", "--json"], nowhere);
    expect(JSON.parse(changed.stdout)).toMatchObject({ findings: [{ code: "MODEL_CHANGED" }] });
    await expect(project.read(".eaves")).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("looks at the database that it is given, and shows how that differs", async () => {
    await project.sql("ALTER TABLE users ADD by_hand TEXT");
    const { code, stdout } = await project.run(["check", "--database-url", project.databaseUrl], nowhere);
    expect(code).toBe(3);
    expect(stdout).toBe(
      "SCHEMA_DRIFTED  table users is not as 0000_users leaves it\n  + column by_hand text\n" +
        "  fix: npm run db -- revision --from-database -m TEXT; or undo it in the database\n",
    );
  });
});
