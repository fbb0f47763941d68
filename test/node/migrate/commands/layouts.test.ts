// Every verb that needs no drizzle-kit, on a folder of drizzle-kit 0.31 and on one of 1.0; `revision` and `check`, which
// need it, are in test/labs/drizzle-1/drizzle-1.test.ts.
import { rename } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { drizzle } from "drizzle-orm/libsql";
import { migrate as migrateOld } from "drizzle-orm/libsql/migrator";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  adopt,
  downgrade,
  listArchives,
  proveHistory,
  pruneArchives,
  readCurrent,
  readHistory,
  readHistoryDetail,
  stamp,
  upgrade,
} from "../../../../src/migrate/index.ts";
import { explainChain } from "../../../../src/migrate/commands/check/snapshot-chain.ts";
import { readScriptDirectory } from "../../../../src/migrate/folder/script-directory.ts";
import { createProject, type HandWritten, type TestProject, writeFolders, writeHistory } from "./project.ts";

const drizzle1 = createRequire(join(import.meta.dirname, "../../../labs/drizzle-1/package.json"));

let project: TestProject;
beforeEach(async () => {
  project = await createProject();
});
afterEach(() => project[Symbol.asyncDispose]());

const archive = "__eaves_archive_drop_bio_1";
const steps = [
  { name: "users", up: "CREATE TABLE users (id INTEGER PRIMARY KEY, bio TEXT);", down: "DROP TABLE users;" },
  {
    name: "drop_bio",
    up: `-- eaves:allow DROPS_COLUMN kept in an archive\nCREATE TABLE ${archive} AS SELECT id, bio FROM users;--> statement-breakpoint\nALTER TABLE users DROP COLUMN bio;`,
    down: `ALTER TABLE users ADD bio TEXT;--> statement-breakpoint\nUPDATE users SET bio = (SELECT bio FROM ${archive} AS a WHERE a.id = users.id);--> statement-breakpoint\nDROP TABLE ${archive};`,
  },
  { name: "posts", up: "CREATE TABLE posts (id INTEGER PRIMARY KEY);", down: "DROP TABLE posts;" },
] as const;

interface LayoutCase {
  readonly layout: "journal" | "folders";
  readonly tags: readonly [string, string, string];
  readonly write: (project: TestProject, revisions: readonly HandWritten[]) => Promise<void>;
  readonly up: (tag: string) => string;
  readonly down: (tag: string) => string;
  /** Drizzle's own migrator. */
  readonly migrate: () => Promise<void>;
}

const cases: readonly LayoutCase[] = [
  {
    layout: "journal",
    tags: ["0000_users", "0001_drop_bio", "0002_posts"],
    write: writeHistory,
    up: (tag) => `drizzle/${tag}.sql`,
    down: (tag) => `drizzle/${tag}.down.sql`,
    migrate: () => migrateOld(drizzle(project.client), { migrationsFolder: join(project.folder, "drizzle") }),
  },
  {
    layout: "folders",
    tags: ["20260101000000_users", "20260101000001_drop_bio", "20260101000001_posts"],
    write: writeFolders,
    up: (tag) => `drizzle/${tag}/migration.sql`,
    down: (tag) => `drizzle/${tag}/down.sql`,
    migrate: migrateNew,
  },
];

async function migrateNew(): Promise<void> {
  const { migrate } = drizzle1("drizzle-orm/libsql/migrator");
  const { drizzle: connect } = drizzle1("drizzle-orm/libsql");
  await migrate(connect({ client: project.client }), { migrationsFolder: join(project.folder, "drizzle") });
}

/** What tells a version table's rows from another's: all but when they were written. */
const rows = () =>
  project.sql(
    `SELECT json_array(hash, created_at, typeof(created_at)${newTable ? ", name" : ""}) FROM __drizzle_migrations ORDER BY rowid`,
  );
const tableText = () => project.sql("SELECT sql FROM sqlite_schema WHERE name = '__drizzle_migrations'");
const tables = () =>
  project.sql(
    "SELECT name FROM sqlite_schema WHERE name NOT LIKE '\\_\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%' ORDER BY name",
  );
let newTable = false;

describe.each(cases)("the layout $layout", ({ layout, tags, write, up, down, migrate }) => {
  const history = steps.map((step, at) => ({ ...step, tag: tags[at] ?? "" }));
  const files = tags.flatMap((tag) => [up(tag), down(tag)]);
  beforeEach(async () => {
    newTable = layout === "folders";
    await write(project, history);
  });

  it("is upgraded, told of, and taken back with what was removed", async () => {
    const { context } = project;
    expect((await upgrade(context, { mode: "dry-run" })).plan?.map(({ file }) => file)).toEqual(tags.map(up));
    expect((await upgrade(context, { target: "users" })).executed).toEqual([tags[0]]);
    await project.sql("INSERT INTO users VALUES (1, 'kept')");
    expect(await readCurrent(context)).toMatchObject({ current: tags[0], pending: tags.slice(1) });
    expect((await upgrade(context, { target: "+2" })).executed).toEqual(tags.slice(1));
    expect(await readCurrent(context)).toMatchObject({ current: tags[2], head: tags[2], status: "current" });
    expect(await readHistory(context)).toMatchObject(
      tags.map((revision) => ({ revision, status: "applied", reversible: true })),
    );
    expect((await readHistoryDetail(context, "drop_bio")).files).toEqual([up(tags[1]), down(tags[1])]);
    expect((await downgrade(context, { target: "-2", acceptNewerData: true })).executed).toEqual([
      tags[2],
      tags[1],
    ]);
    expect(await project.sql("SELECT bio FROM users")).toEqual(["kept"]);
  });

  it("has the version table that drizzle's own migrator makes, and each sees what the other did", async () => {
    await migrate();
    const theirs = [await tableText(), await rows()];
    expect((await upgrade(project.context)).executed).toEqual([]);
    await downgrade(project.context, { target: "base", acceptNewerData: true });
    expect([await tables(), await rows()]).toEqual([[], []]);
    await project.sql("DROP TABLE __drizzle_migrations");
    await upgrade(project.context);
    expect([await tableText(), await rows()]).toEqual(theirs);
    if (newTable) {
      const [appliedAt] = await project.sql("SELECT applied_at FROM __drizzle_migrations");
      expect(new Date(String(appliedAt)).toISOString()).toBe(appliedAt);
    }
    await downgrade(project.context, { target: "-1", acceptNewerData: true });
    await migrate();
    expect(await rows()).toEqual(theirs[1]);
  });

  it("is stamped", async () => {
    await upgrade(project.context);
    const before = await rows();
    await project.sql("DELETE FROM __drizzle_migrations");
    await stamp(project.context, { target: "head" });
    expect(await rows()).toEqual(before);
    await stamp(project.context, { target: tags[1] });
    expect(await rows()).toEqual(before.slice(0, 2));
    expect((await stamp(project.context, { target: "base", mode: "sql" })).script).toContain("DELETE");
  });

  it("is run from the scripts of --sql", async () => {
    const run = async ({ script = "" }: { script?: string | undefined }) =>
      project.client.executeMultiple(script);
    await run(await upgrade(project.context, { mode: "sql" }));
    expect(await readCurrent(project.context)).toMatchObject({ current: tags[2], status: "current" });
    const written = await rows();
    await run(await downgrade(project.context, { target: "-1", mode: "sql" }));
    expect(await rows()).toEqual(written.slice(0, 2));
    const next = await upgrade(project.context, { mode: "sql" });
    await run(next);
    expect(await rows()).toEqual(written);
    // One row more, though of folders of one second the newest time is the same.
    await expect(run(next)).rejects.toThrow("malformed JSON");
    await run(await stamp(project.context, { target: tags[0], mode: "sql" }));
    expect(await rows()).toEqual(written.slice(0, 1));
  });

  it("shows the archives of a revision, and drops them", async () => {
    const [, tag] = tags;
    const own = `__eaves_archive_${tag}_1`;
    const texts = Object.entries({ [up(tag)]: steps[1].up, [down(tag)]: steps[1].down });
    for (const [file, text] of texts) await project.write(file, text.replaceAll(archive, own));
    await upgrade(project.context);
    const [listed] = await listArchives(project.context);
    expect(listed).toMatchObject({ revision: tag, object: own, rows: 0 });
    expect(listed?.age).toBeLessThan(60_000);
    expect((await pruneArchives(project.context, { target: "drop_bio" })).pruned).toEqual([own]);
  });

  it("is adopted and proven", async () => {
    const [first, second, third] = tags;
    for (const tag of [first, third]) await project.remove(down(tag));
    const { written } = await adopt(project.context);
    expect(written).toEqual([down(first), down(third)]);
    const { revisions } = await proveHistory(project.context);
    expect(revisions.map((one) => [one.revision, one.downgrade])).toEqual([
      [first, "proven"],
      [second, "proven"],
      [third, "proven"],
    ]);
    expect((await project.list()).filter((file) => file.endsWith(".sql"))).toEqual(
      files.map((file) => file.replace("drizzle/", "")).toSorted(),
    );
  });
});

describe("folders that git has put together", () => {
  const [users, bio, posts] = ["20260101000000_users", "20260101000001_bio", "20260101000001_posts"];
  const own = {
    users: { tag: users, up: "CREATE TABLE users (id INTEGER PRIMARY KEY);", down: "DROP TABLE users;" },
    bio: { tag: bio, up: "ALTER TABLE users ADD bio TEXT;", down: "ALTER TABLE users DROP COLUMN bio;" },
    posts: { tag: posts, up: "CREATE TABLE posts (id INTEGER PRIMARY KEY);", down: "DROP TABLE posts;" },
  };
  const move = (from: string, to: string) =>
    rename(join(project.folder, "drizzle", from), join(project.folder, "drizzle", to));
  beforeEach(() => {
    newTable = true;
  });

  it("are named where one was skipped, and go on under a later time", async () => {
    await writeFolders(project, [own.users, own.posts]);
    await upgrade(project.context);
    await writeFolders(project, [own.bio]);
    const skipped = { code: "REVISION_SKIPPED", message: expect.stringContaining("`revision --rebase`") };
    await expect(upgrade(project.context)).rejects.toMatchObject(skipped);
    await expect(downgrade(project.context, { target: "-1" })).rejects.toMatchObject(skipped);
    await move(bio, "20260101000002_bio");
    expect((await upgrade(project.context)).executed).toEqual(["20260101000002_bio"]);
  });

  it("are taken back from the last by name, though drizzle has applied another of its second after it", async () => {
    await writeFolders(project, [own.users, own.posts]);
    await upgrade(project.context);
    await writeFolders(project, [own.bio]);
    await migrateNew();
    expect((await project.sql("SELECT name FROM __drizzle_migrations ORDER BY rowid")).at(-1)).toBe(bio);
    expect(await readCurrent(project.context)).toMatchObject({ current: posts, status: "current" });
    const back = await downgrade(project.context, { target: "-1", acceptNewerData: true });
    expect(back.executed).toEqual([posts]);
    expect(await project.sql("SELECT name FROM __drizzle_migrations ORDER BY rowid")).toEqual([users, bio]);
    expect(await tables()).toEqual(["users"]);
    expect((await upgrade(project.context)).executed).toEqual([posts]);
  });

  it("are named by check where one comes before what it was made after, and are in order under a later time", async () => {
    await writeFolders(project, [own.users, own.bio]);
    const first = "20260101000000_a_bio";
    await move(bio, first);
    const snapshot = (tag: string, id: string, previous: string): Promise<void> => {
      const text = { version: "7", dialect: "sqlite", id, prevIds: [previous], ddl: [], renames: [] };
      return project.write(`drizzle/${tag}/snapshot.json`, JSON.stringify(text));
    };
    await snapshot(users, "1", "00000000-0000-0000-0000-000000000000");
    await snapshot(first, "2", "1");
    const explain = async (): Promise<readonly unknown[]> => {
      const directory = await readScriptDirectory(join(project.folder, "drizzle"));
      return directory.history.revisions.map((revision) => explainChain(directory, revision));
    };
    expect(await explain()).toEqual([expect.stringContaining(`${first} was made after ${users}`), undefined]);
    await move(first, bio);
    expect(await explain()).toEqual([undefined, undefined]);
    await snapshot(bio, "2", "lost");
    expect(await explain()).toEqual([undefined, expect.stringContaining("`revision --rebase`")]);
  });
});

describe("a database that drizzle 0.31 has filled, over folders", () => {
  const tags = ["20260101000000_users", "20260101000000_zeal", "20260101000001_bio"] as const;
  const [users, zeal, bio] = tags;
  const second = Date.UTC(2026, 0, 1);
  beforeEach(async () => {
    newTable = false;
    const texts = ["CREATE TABLE users (id INTEGER);", "CREATE TABLE zeal (id INTEGER);"];
    await writeHistory(project, [
      { tag: "0000_users", up: texts[0] ?? "", when: second + 170 },
      { tag: "0001_zeal", up: texts[1] ?? "", when: second + 870 },
    ]);
    await upgrade(project.context, { target: "+1" });
    await project.remove("drizzle");
    // What `drizzle-kit up` makes of it, and a newer one.
    await writeFolders(project, [
      { tag: users, up: texts[0] ?? "", down: "DROP TABLE users;" },
      { tag: zeal, up: texts[1] ?? "", down: "DROP TABLE zeal;" },
      { tag: bio, up: "ALTER TABLE users ADD bio TEXT;", down: "ALTER TABLE users DROP COLUMN bio;" },
    ]);
  });

  it("goes on with the folders in its old table, which drizzle 1.0 then takes over", async () => {
    expect(await readCurrent(project.context)).toMatchObject({ current: users, pending: [zeal, bio] });
    expect((await upgrade(project.context)).executed).toEqual([zeal, bio]);
    const found = await rows();
    expect(found).toHaveLength(3);
    await migrateNew();
    expect(await rows()).toEqual(found);
    expect(await project.sql("SELECT name FROM __drizzle_migrations ORDER BY created_at, rowid")).toEqual(
      tags,
    );
    newTable = true;
    expect(await readCurrent(project.context)).toMatchObject({ current: bio, status: "current" });
    const taken = await downgrade(project.context, { target: "base", acceptNewerData: true });
    expect(taken.executed).toEqual(tags.toReversed());
    expect([await tables(), await rows()]).toEqual([[], []]);
    await upgrade(project.context);
    await migrateNew();
    expect(await rows()).toHaveLength(3);
  });
});
