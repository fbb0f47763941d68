// The fixes that `check` names, over the folders of drizzle-kit 1.0: each is taken, and drizzle-kit goes on from it.
import { mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runNode } from "../../../src/migrate/kit/child-process.ts";
import {
  checkProject,
  createRevision,
  downgrade,
  readCurrent,
  rebaseRevisions,
  upgrade,
} from "../../../src/migrate/index.ts";
import { createProject, schemaText, type TestProject } from "../../node/migrate/commands/project.ts";
import { isLong } from "../../support/tier.ts";

const kit = join(import.meta.dirname, "./node_modules/drizzle-kit/bin.cjs");
const clean = { ok: true, findings: [], notes: [], database: true };

let project: TestProject;
beforeEach(async () => {
  project = await createProject(undefined, "test/labs/drizzle-1");
  await mkdir(join(project.folder, "aside"));
});
afterEach(() => project[Symbol.asyncDispose]());

const move = (from: string, to: string): Promise<void> =>
  rename(join(project.folder, from), join(project.folder, to));
const folder = (second: number, name: string): string => `2026010100000${second}_${name}`;
const folders = async (): Promise<readonly string[]> =>
  (await readdir(join(project.folder, "drizzle"))).toSorted();

/** A revision whose folder has a second of the test's choice. */
async function make(tag: string, columns: readonly string[] | undefined, more = ""): Promise<void> {
  const head = `import { integer, sqliteTable } from "drizzle-orm/sqlite-core";\n`;
  await project.write("schema.ts", (columns === undefined ? head : schemaText(columns)) + more);
  const { revision } = await createRevision(project.context, { message: tag.slice(15) });
  await move(`drizzle/${revision}`, `drizzle/${tag}`);
}

/** The same on a branch that has not got some of the folders. */
async function makeWithout(others: readonly string[], ...own: Parameters<typeof make>): Promise<void> {
  for (const other of others) await move(`drizzle/${other}`, `aside/${other}`);
  await make(...own);
  for (const other of others) await move(`aside/${other}`, `drizzle/${other}`);
}

async function runKit(...args: readonly string[]): Promise<string> {
  const credentials = { url: project.databaseUrl };
  const config = { dialect: "turso", schema: "./schema.ts", out: "./drizzle", dbCredentials: credentials };
  await project.write("drizzle.config.ts", `export default ${JSON.stringify(config)};\n`);
  const node = { node: process.execPath, folder: project.folder };
  return (await runNode(node, [kit, ...args])).output;
}

/** `check` finds nothing; drizzle-kit finds the history sound, and nothing to do. */
async function expectSound(): Promise<void> {
  expect(await checkProject(project.context)).toEqual(clean);
  if (!isLong()) return;
  expect(await runKit("check")).toContain("Everything's fine");
  expect(await runKit("generate")).toContain("No schema changes");
  const before = await project.sql("SELECT name FROM __drizzle_migrations ORDER BY name");
  await runKit("migrate");
  expect(await project.sql("SELECT name FROM __drizzle_migrations ORDER BY name")).toEqual(before);
}

const users = folder(2, "users");
const bio = folder(4, "bio");
const columnsOf = async (tag: string): Promise<readonly unknown[]> => {
  const { ddl } = JSON.parse(await project.read(`drizzle/${tag}/snapshot.json`));
  const columns: { readonly entityType: string; readonly name: string }[] = ddl;
  return columns.flatMap(({ entityType, name }) => (entityType === "columns" ? [name] : [])).toSorted();
};

describe("a folder that was merged late", () => {
  beforeEach(async () => {
    await make(users, []);
    await make(bio, ["bio: text()"]);
    await upgrade(project.context);
  });

  const notes = 'export const notes = sqliteTable("notes", { id: integer().primaryKey() });\n';
  const age = "age: integer()";
  const shapes = [
    { what: "between two that are applied", without: [bio], tag: folder(3, "age"), columns: [age], more: "" },
    {
      what: "of the second of one that is applied",
      without: [bio],
      tag: folder(4, "age"),
      columns: [age],
      more: "",
    },
    {
      what: "before all that are applied",
      without: [users, bio],
      tag: folder(1, "notes"),
      columns: undefined,
      more: notes,
    },
  ] as const;

  it.each(shapes.slice(0, isLong() ? 3 : 1))(
    "is found $what, and applied under a later time",
    async (shape) => {
      const { what, without, tag, columns, more } = shape;
      await makeWithout(without, tag, columns, more);
      await project.write("schema.ts", schemaText(["bio: text()", ...(columns ?? [])]) + more);
      const { findings } = await checkProject(project.context);
      const found = findings.find(({ code }) => code === "REVISION_SKIPPED");
      expect(found, what).toMatchObject({ revision: tag, fix: "revision --rebase" });
      await expect(upgrade(project.context)).rejects.toThrow("`revision --rebase`");

      const run = await project.run(`${found?.fix} --json`.split(" "));
      const to = folder(5, tag.slice(15));
      expect(JSON.parse(run.stdout)).toMatchObject({ moved: [{ from: tag, to }] });
      expect(await folders()).toEqual([users, bio, to]);
      expect((await upgrade(project.context)).executed).toEqual([to]);
      await expectSound();
      await downgrade(project.context, { target: "-1" });
      expect(await readCurrent(project.context)).toMatchObject({ current: bio, pending: [to] });
    },
  );

  it.runIf(isLong())(
    "may be several, which keep their order, their scripts and what lies beside",
    async () => {
      // The first is to get the name that the second has, which was made behind it, and is pending.
      const late = [folder(3, "more"), folder(5, "more")] as const;
      await makeWithout([bio], late[0], [age]);
      await makeWithout([bio], late[1], [age, "nick: text()"]);
      await project.write(`drizzle/${late[0]}/notes.md`, "why\n");
      const archive = "CREATE TABLE __eaves_archive_TAG_1 AS SELECT id FROM users;";
      const up = await project.read(`drizzle/${late[0]}/migration.sql`);
      const down = await project.read(`drizzle/${late[0]}/down.sql`);
      const withArchive = `${archive}\n--> statement-breakpoint\n${up}`;
      await project.write(`drizzle/${late[0]}/migration.sql`, withArchive.replace("TAG", late[0]));
      const dropped = `${down}\n--> statement-breakpoint\nDROP TABLE __eaves_archive_${late[0]}_1;\n`;
      await project.write(`drizzle/${late[0]}/down.sql`, dropped);
      await project.write("schema.ts", schemaText(["bio: text()", age, "nick: text()"]));

      const before = await project.list();
      const planned = await rebaseRevisions(project.context, { dryRun: true });
      expect(await project.list()).toEqual(before);
      const to = [folder(5, "more"), folder(6, "more")] as const;
      const { moved, files } = await rebaseRevisions(project.context);
      expect(moved).toEqual(planned.moved);
      expect(moved.map((one) => one.to)).toEqual(to);
      expect(files).toContain(`drizzle/${late[0]}/notes.md`);
      expect(await project.read(`drizzle/${to[0]}/notes.md`)).toBe("why\n");
      expect(await project.read(`drizzle/${to[0]}/migration.sql`)).toBe(withArchive.replace("TAG", to[0]));
      expect(await project.read(`drizzle/${to[0]}/down.sql`)).toContain(`_${to[0]}_1`);
      expect(await columnsOf(to[0])).toEqual(["age", "bio", "id"]);
      expect(await columnsOf(to[1])).toEqual(["age", "bio", "id", "nick"]);
      expect((await upgrade(project.context)).executed).toEqual(to);
      await expectSound();
      expect(await rebaseRevisions(project.context)).toEqual({ moved: [], files: [] });
    },
  );

  it.runIf(isLong())("stays where it is until the code has what was merged", async () => {
    await makeWithout([bio], folder(3, "age"), [age]);
    const refused = { code: "PROOF_FAILED", message: expect.stringContaining("bio") };
    await expect(rebaseRevisions(project.context)).rejects.toMatchObject(refused);
    expect(await folders()).toEqual([users, folder(3, "age"), bio]);
    await project.write("schema.ts", schemaText(["bio: text()", age]));
    expect((await rebaseRevisions(project.context)).moved).toHaveLength(1);
  });

  it.runIf(isLong())("joins branches that nothing had joined", async () => {
    // Two tables on two branches, which drizzle-kit takes in either order, and both applied.
    const tags = 'export const tags = sqliteTable("tags", { id: integer().primaryKey() });\n';
    await make(folder(5, "notes"), ["bio: text()"], notes);
    await makeWithout([folder(5, "notes")], folder(6, "tags"), ["bio: text()"], tags);
    await upgrade(project.context);
    await makeWithout([bio, folder(5, "notes"), folder(6, "tags")], folder(3, "age"), [age]);
    await project.write("schema.ts", schemaText(["bio: text()", age]) + notes + tags);
    expect((await rebaseRevisions(project.context)).moved).toEqual([
      { from: folder(3, "age"), to: folder(7, "age") },
    ]);
    expect((await upgrade(project.context)).executed).toEqual([folder(7, "age")]);
    await expectSound();
  });
});

describe.runIf(isLong())("a folder that comes before what it was made after", () => {
  const early = folder(1, "bio");
  beforeEach(async () => {
    await make(users, []);
    await make(bio, ["bio: text()"]);
  });
  const unchained = async () =>
    (await checkProject(project.context)).findings.find(({ code }) => code === "SNAPSHOT_UNCHAINED");

  it("gets a later time where it is not applied", async () => {
    await move(`drizzle/${bio}`, `drizzle/${early}`);
    const found = await unchained();
    expect(found).toMatchObject({ revision: early, fix: "revision --rebase" });
    expect((await rebaseRevisions(project.context)).moved).toEqual([{ from: early, to: folder(3, "bio") }]);
    await upgrade(project.context);
    await expectSound();
  });

  it("is renamed by hand where it is applied, and its new name accepted", async () => {
    const extra = 'export const notes = sqliteTable("notes", { id: integer().primaryKey() });\n';
    await make(folder(5, "notes"), ["bio: text()"], extra);
    await upgrade(project.context);
    await move(`drizzle/${folder(5, "notes")}`, `drizzle/${folder(3, "notes")}`);
    await project.run(["stamp", "head"]);
    expect(await unchained()).toMatchObject({ revision: folder(3, "notes") });
    const later = folder(5, "notes");
    const refused = { code: "DECISION_NEEDED", details: { expected: later } };
    await expect(rebaseRevisions(project.context)).rejects.toMatchObject(refused);
    await expect(rebaseRevisions(project.context)).rejects.toThrow(`\`stamp --accept-edit ${later}\``);
    await move(`drizzle/${folder(3, "notes")}`, `drizzle/${later}`);
    expect(await project.run(["stamp", "--accept-edit", later])).toMatchObject({ code: 0 });
    await expectSound();
  });

  it("is chained anew where what it follows is gone", async () => {
    const file = `drizzle/${bio}/snapshot.json`;
    const text = await project.read(file);
    await project.write(file, text.replace(/"prevIds": \[[^\]]*\]/, '"prevIds": ["gone"]'));
    expect(await unchained()).toMatchObject({ fix: "revision --rebase" });
    expect(await rebaseRevisions(project.context)).toEqual({ moved: [], files: [file] });
    expect(JSON.parse(await project.read(file))).toMatchObject({ prevIds: [expect.stringMatching(/-/)] });
    await upgrade(project.context);
    await expectSound();
  });
});

describe("a database that was changed by hand, and a folder that was", () => {
  beforeEach(async () => {
    await make(users, []);
    await upgrade(project.context);
  });

  it.runIf(isLong())("becomes a folder of its own, recorded where it was found", async () => {
    await project.sql("ALTER TABLE users ADD bio TEXT");
    await project.sql("CREATE INDEX by_hand ON users (bio)");
    await project.write("schema.ts", schemaText(["bio: text()"]));
    const run = await project.run(["revision", "--from-database", "-m", "by hand", "--json"]);
    const { revision } = JSON.parse(run.stdout);
    expect(await folders()).toEqual([users, revision]);
    expect(await project.sql("SELECT name FROM __drizzle_migrations ORDER BY name")).toEqual([
      users,
      revision,
    ]);
    await expectSound();
    await downgrade(project.context, { target: "-1" });
    expect(await project.sql("SELECT name FROM pragma_table_info('users')")).toEqual(["id"]);
  });

  it.runIf(isLong())("is told which of its files are missing, and which is none of them", async () => {
    await make(bio, ["bio: text()"]);
    await upgrade(project.context);
    const [down, snapshot, stray] = [
      `drizzle/${users}/down.sql`,
      `drizzle/${bio}/snapshot.json`,
      "drizzle/0_x.sql",
    ];
    const kept = await project.read(snapshot);
    await project.remove(down);
    await project.remove(snapshot);
    await project.write(stray, "SELECT 1;");
    const { findings } = await checkProject(project.context);
    const found = Object.fromEntries(findings.map(({ code, file, fix }) => [code, [file, fix]]));
    expect(found).toMatchObject({
      DOWNGRADE_MISSING: [down, `adopt; or write it into ${down}`],
      SNAPSHOT_MISSING: [snapshot, expect.stringContaining(`take ${snapshot} back`)],
      FILE_UNKNOWN: [stray, expect.stringContaining(`remove ${stray}`)],
    });
    await project.write(snapshot, kept);
    await project.remove(stray);
    expect(await project.run(["adopt"])).toMatchObject({ code: 0 });
    await expectSound();
  });

  it("is accepted under another text, and under another name", async () => {
    const applied = "SELECT applied_at FROM __eaves_revisions";
    const before = await project.sql(applied);
    const file = `drizzle/${users}/migration.sql`;
    await project.write(file, `-- a word\n${await project.read(file)}`);
    await expect(upgrade(project.context)).rejects.toThrow(`\`stamp --accept-edit ${users}\``);
    expect(await project.run(["stamp", "--accept-edit", users])).toMatchObject({ code: 0 });
    expect(await readCurrent(project.context)).toMatchObject({ current: users, status: "current" });
    await move(`drizzle/${users}`, `drizzle/${bio}`);
    await expect(upgrade(project.context)).rejects.toThrow(`\`stamp --accept-edit ${bio}\``);
    expect(await project.run(["stamp", "--accept-edit", bio])).toMatchObject({ code: 0 });
    expect(await project.sql("SELECT name || created_at FROM __drizzle_migrations")).toEqual([
      `${bio}${Date.UTC(2026, 0, 1, 0, 0, 4)}`,
    ]);
    expect(await project.sql(applied)).toEqual(before);
    await expectSound();
    expect((await downgrade(project.context, { target: "base" })).executed).toEqual([bio]);
    expect(await project.sql("SELECT count(*) FROM __eaves_revisions")).toEqual([0]);
  });
});
