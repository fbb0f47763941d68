// drizzle-kit 1.0's release candidate and this tool on one project: the layout with folders, and its version table.
// Each run of drizzle-kit takes half a second: `npm test` has one way through, and one revision. The verbs that need no
// drizzle-kit are in test/node/migrate/commands/layouts.test.ts, all of them, on both layouts.
import { mkdir, readdir, rename, symlink } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runNode } from "../../../src/migrate/kit/child-process.ts";
import {
  adopt,
  checkProject,
  createRevision,
  downgrade,
  readCurrent,
  upgrade,
} from "../../../src/migrate/index.ts";
import { type ScratchServer, startScratchServer } from "../../../src/migrate/server/scratch-server.ts";
import { createProject, schemaText, type TestProject } from "../../node/migrate/commands/project.ts";
import { isLong } from "../../support/tier.ts";

const oldKit = join(import.meta.dirname, "../../../node_modules/drizzle-kit/bin.cjs");
const newKit = join(import.meta.dirname, "./node_modules/drizzle-kit/bin.cjs");

let project: TestProject;
afterEach(() => project[Symbol.asyncDispose]());

async function open(url?: string, packages = "test/labs/drizzle-1"): Promise<void> {
  project = await createProject(url, packages);
  const config = {
    dialect: "turso",
    schema: "./schema.ts",
    out: "./drizzle",
    dbCredentials: { url: project.databaseUrl },
  };
  await project.write("drizzle.config.ts", `export default ${JSON.stringify(config)};\n`);
}

async function run(script: string, ...args: readonly string[]): Promise<string> {
  const { folder } = project;
  const { output, code } = await runNode({ node: process.execPath, folder }, [script, ...args]);
  if (code !== 0) throw new Error(`drizzle-kit ${args.join(" ")} ended with ${String(code)}: ${output}`);
  return output;
}

async function generate(name: string, columns: readonly string[], script = newKit): Promise<void> {
  await project.write("schema.ts", schemaText(columns));
  await run(script, "generate", `--name=${name}`);
}

/** A history as drizzle-kit 1.0 makes it: a table, a column, and a rebuild for one that is stricter. */
async function generateThree(): Promise<void> {
  await generate("a_users", []);
  await generate("b_bio", ["bio: text().unique()"]);
  await generate("c_strict", ["bio: text().unique().notNull().default('none')"]);
}

async function folders(): Promise<readonly string[]> {
  const names = await readdir(join(project.folder, "drizzle"));
  return names.filter((name) => !name.endsWith(".sql")).toSorted();
}

async function versionRows(): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const query =
    "SELECT name, hash, created_at, typeof(created_at) AS type, applied_at FROM __drizzle_migrations";
  return (await project.client.execute(`${query} ORDER BY created_at, name`)).rows.map((row) => ({ ...row }));
}

const names = async (): Promise<unknown[]> => (await versionRows()).map(({ name }) => name);
const columns = () => project.sql("SELECT name FROM pragma_table_info('users') ORDER BY cid");

describe.each(isLong() ? (["file", "server"] as const) : (["server"] as const))(
  "a history of drizzle-kit 1.0 on a %s",
  (kind) => {
    let server: ScratchServer | undefined;
    beforeAll(async () => {
      server = kind === "server" ? await startScratchServer() : undefined;
    });
    beforeEach(() => open(server?.url));
    afterAll(() => server?.stop());

    it("is adopted, upgraded and taken back, and drizzle-kit's own migrate sees each", async () => {
      await generateThree();
      const { written, revisions } = await adopt(project.context);
      expect(revisions.map(({ downgrade: down }) => down)).toEqual(["proven", "proven", "proven"]);
      expect(written).toEqual((await folders()).map((tag) => `drizzle/${tag}/down.sql`));

      expect((await upgrade(project.context)).executed).toEqual(await folders());
      const before = await versionRows();
      expect(await run(newKit, "migrate")).toContain("migrations applied");
      expect(await versionRows()).toEqual(before);

      await project.sql("INSERT INTO users (id, bio) VALUES (1, 'x')");
      await downgrade(project.context, { target: "-1" });
      expect(await names()).toEqual((await folders()).slice(0, 2));
      await run(newKit, "migrate");
      expect(await names()).toEqual(await folders());
      expect(await project.sql("SELECT bio FROM users")).toEqual(["x"]);

      expect(await checkProject(project.context)).toEqual({
        ok: true,
        findings: [],
        notes: [],
        database: true,
      });
      await downgrade(project.context, { target: "base", acceptNewerData: true });
      expect([await versionRows(), await columns()]).toEqual([[], []]);
      await run(newKit, "migrate");
      expect((await readCurrent(project.context)).status).toBe("current");
    });
  },
);

describe.runIf(isLong())("a project that goes from 0.31 to 1.0", () => {
  it("keeps what is applied and its downgrades", async () => {
    await open(undefined, ".");
    // `drizzle-kit up` keeps seconds only: the names say in which order these two are.
    await generate("a_users", [], oldKit);
    await generate("b_bio", ["bio: text()"], oldKit);
    await adopt(project.context);
    await upgrade(project.context);
    await run(newKit, "up");
    await project.remove("node_modules");
    await symlink(join(import.meta.dirname, "./node_modules"), join(project.folder, "node_modules"));

    const { findings } = await checkProject(project.context);
    const left = findings.filter(({ code }) => code === "FILE_UNKNOWN");
    expect(left.map(({ file }) => file)).toEqual([
      "drizzle/0000_a_users.down.sql",
      "drizzle/0001_b_bio.down.sql",
    ]);
    for (const { file = "", message } of left) {
      const to = /move it to (\S+)$/.exec(message)?.[1] ?? "";
      await rename(join(project.folder, file), join(project.folder, to));
    }
    expect((await readCurrent(project.context)).status).toBe("current");
    await downgrade(project.context, { target: "-1", acceptNewerData: true });
    await upgrade(project.context);
    expect(await project.sql("SELECT count(*) FROM pragma_table_info('__drizzle_migrations')")).toEqual([3]);

    await run(newKit, "migrate");
    expect(await names()).toEqual(await folders());
    await downgrade(project.context, { target: "base", acceptNewerData: true });
    expect(await names()).toEqual([]);
    await upgrade(project.context);
    await run(newKit, "migrate");
    expect(await names()).toEqual(await folders());
  });

  it("is told that drizzle-kit and its folder do not fit, and how they do again", async () => {
    await open();
    await generate("users", [], oldKit);
    const revision = createRevision(project.context, { message: "bio" });
    await expect(revision).rejects.toMatchObject({
      code: "GENERATE_FAILED",
      message: expect.stringContaining("run `drizzle-kit up`"),
    });
    await run(newKit, "up");
    await project.write("schema.ts", schemaText(["bio: text()"]));
    expect(await createRevision(project.context, { message: "bio" })).toMatchObject({ downgrade: "proven" });
  });

  it("is told the same of an old drizzle-kit over folders", async () => {
    await open(undefined, ".");
    await generate("users", []);
    const revision = createRevision(project.context, { message: "bio" });
    await expect(revision).rejects.toMatchObject({
      code: "GENERATE_FAILED",
      message: expect.stringContaining("install drizzle-kit 1.0"),
    });
  });
});

describe("revision in the layout of drizzle-kit 1.0", () => {
  beforeEach(() => open());

  it.runIf(isLong())("begins a history in it, and goes on behind drizzle-kit's own revisions", async () => {
    await project.write("schema.ts", schemaText([]));
    const first = await createRevision(project.context, { message: "a users" });
    expect(first.files.map((file) => file.replace(/\d{14}/, "TIME"))).toEqual(
      ["migration.sql", "down.sql", "snapshot.json"].map((file) => `drizzle/TIME_a_users/${file}`),
    );
    // Named so that it comes after the first though it may be of the same second.
    await generate("bio", ["bio: text()"]);
    await project.write("schema.ts", schemaText(["bio: text()", "age: integer()"]));
    const dry = await createRevision(project.context, { message: "age", dryRun: true });
    expect(Object.keys(dry.texts ?? {}).map((file) => file.split("/").at(-1))).toEqual([
      "migration.sql",
      "down.sql",
    ]);
    const { downgrade: down, rewritten } = await createRevision(project.context, { message: "age" });
    expect([down, rewritten]).toEqual(["proven", null]);
    expect(await run(newKit, "check")).toContain("Everything's fine");
    expect(await run(newKit, "generate")).toContain("No schema changes");
    expect(await createRevision(project.context, { message: "again" })).toMatchObject({ revision: null });
    await run(newKit, "migrate");
    expect(await columns()).toEqual(["id", "bio", "age"]);
  });

  it.runIf(isLong())("writes a rename into a snapshot that drizzle-kit goes on from", async () => {
    await generate("users", ["bio: text()"]);
    await project.write("schema.ts", schemaText(["about: text()"]));
    const undecided = createRevision(project.context, { message: "about" });
    await expect(undecided).rejects.toMatchObject({ code: "RENAME_UNDECIDED" });
    const { revision, downgrade: down } = await createRevision(project.context, {
      message: "about",
      renames: ["users.bio=users.about"],
    });
    expect(down).toBe("proven");
    const snapshot: unknown = JSON.parse(await project.read(`drizzle/${revision}/snapshot.json`));
    expect(snapshot).toMatchObject({ renames: ["users.bio->users.about"] });
    expect(await run(newKit, "generate")).toContain("No schema changes");
    expect(await run(newKit, "check")).toContain("Everything's fine");
  });

  it.runIf(isLong())("makes an empty one", async () => {
    await generate("users", []);
    const { revision } = await createRevision(project.context, { message: "seed", empty: true });
    expect(await folders()).toEqual([expect.stringMatching(/_users$/), revision]);
  });

  it("comes after the newest folder where the clock is behind", async () => {
    await generate("users", []);
    const [tag = ""] = await folders();
    const drizzle = join(project.folder, "drizzle");
    await rename(join(drizzle, tag), join(drizzle, "29990101000000_users"));
    await project.write("schema.ts", schemaText(["bio: text()"]));
    const { revision } = await createRevision(project.context, { message: "bio" });
    expect(revision).toBe("29990101000001_bio");
    expect(await project.list()).toEqual(
      expect.arrayContaining(
        ["migration.sql", "down.sql", "snapshot.json"].map((file) => `${revision}/${file}`),
      ),
    );
  });

  it.runIf(isLong())("joins branches that git has put together", async () => {
    const drizzle = join(project.folder, "drizzle");
    const aside = join(project.folder, "aside");
    await mkdir(aside);
    const extra = (name: string): string =>
      `export const ${name} = sqliteTable("${name}", { id: integer().primaryKey() });\n`;
    const branch = async (name: string): Promise<string> => {
      await project.write("schema.ts", schemaText([]) + extra(name));
      await run(newKit, "generate", `--name=${name}`);
      return (await folders()).at(-1) ?? "";
    };
    await generate("users", []);
    await delay(1000);
    const posts = await branch("posts");
    await rename(join(drizzle, posts), join(aside, posts));
    await delay(1000);
    await branch("tags");
    await rename(join(aside, posts), join(drizzle, posts));

    await project.write("schema.ts", schemaText([]) + extra("posts") + extra("tags"));
    await adopt(project.context);
    expect((await upgrade(project.context)).executed).toEqual(await folders());
    expect(await checkProject(project.context)).toEqual({
      ok: true,
      findings: [],
      notes: [],
      database: true,
    });
    await project.write("schema.ts", schemaText(["bio: text()"]) + extra("posts") + extra("tags"));
    const { revision, rewritten } = await createRevision(project.context, { message: "bio" });
    expect(rewritten).toBeNull();
    expect(await project.read(`drizzle/${revision}/migration.sql`)).not.toContain("posts");
    expect(await run(newKit, "check")).toContain("Everything's fine");
  });
});
