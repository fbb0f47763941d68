// A drizzle project in a temporary folder, with the tools of this repository: its schema, and revisions made from it.
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GeneratedFiles } from "../../../../src/migrate/kit/drizzle-kit.ts";
import { runNode } from "../../../../src/migrate/kit/child-process.ts";
import type { ReplayRevision } from "../../../../src/migrate/proof/replay.ts";
import { parseChecksum, parseTag } from "../../../../src/migrate/history/revision.ts";
import { buildScript } from "../../../../src/migrate/history/script-text.ts";
import type { Model } from "../../../../src/migrate/schema/model.ts";
import { parseSnapshot } from "../../../../src/migrate/folder/snapshot.ts";

/** A project that a test removes. */
export interface TestProject {
  /** What the functions under test want to know of a project. */
  readonly options: { readonly node: string; readonly folder: string };
  /** Replaces the schema; `body` stands behind the imports of sqlite-core. */
  schema(body: string): Promise<void>;
  /** Puts a revision on disk as drizzle-kit would. */
  save(files: GeneratedFiles): Promise<void>;
  /** Runs plain drizzle-kit without a terminal. */
  drizzleKit(...args: readonly string[]): Promise<string>;
  files(): Promise<readonly string[]>;
  read(file: string): Promise<string>;
  remove(): Promise<void>;
}

const modules = join(import.meta.dirname, "../../../../node_modules");
const imports = `import { sql } from "drizzle-orm";
import { check, foreignKey, index, integer, primaryKey, real, sqliteTable, sqliteView, text, unique, uniqueIndex, blob } from "drizzle-orm/sqlite-core";
`;

/** Makes a project; `dialect` as in drizzle's configuration. */
export async function createProject(dialect: "sqlite" | "turso" = "turso"): Promise<TestProject> {
  const folder = await mkdtemp(join(tmpdir(), "eaves-project-"));
  await symlink(modules, join(folder, "node_modules"), "dir");
  await mkdir(join(folder, "drizzle", "meta"), { recursive: true });
  const journal = { version: "7", dialect: "sqlite", entries: [] };
  await writeFile(join(folder, "drizzle/meta/_journal.json"), JSON.stringify(journal));
  const config = { dialect, schema: "./schema.ts", out: "./drizzle" };
  await writeFile(join(folder, "drizzle.config.ts"), `export default ${JSON.stringify(config)};\n`);
  return {
    options: { node: process.execPath, folder },
    schema: (body) => writeFile(join(folder, "schema.ts"), imports + body),
    save: (files) => save(folder, files),
    drizzleKit: async (...args) => {
      const { output } = await runNode({ node: process.execPath, folder }, [
        join(modules, "drizzle-kit/bin.cjs"),
        ...args,
      ]);
      return output;
    },
    files: async () => (await readdir(join(folder, "drizzle"), { recursive: true })).toSorted(),
    read: (file) => readFile(join(folder, "drizzle", file), "utf8"),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function save(folder: string, files: GeneratedFiles): Promise<void> {
  const meta = join(folder, "drizzle", "meta");
  const file = join(meta, "_journal.json");
  const journal: { entries: unknown[] } = JSON.parse(await readFile(file, "utf8"));
  journal.entries.push(files.entry);
  await writeFile(file, JSON.stringify(journal, undefined, 2));
  await writeFile(join(meta, files.snapshotName), files.snapshot);
  await writeFile(join(folder, "drizzle", `${files.entry.tag}.sql`), files.sql);
}

/** A revision for a replay, from its text. */
export function revisionOf(tag: string, text: string): ReplayRevision {
  return { tag: parseTag(tag), up: buildScript(`drizzle/${tag}.sql`, text, parseChecksum("0".repeat(64))) };
}

/** The model of a snapshot's text. */
export function modelOf(snapshot: string): Model {
  return parseSnapshot(snapshot, "snapshot.json").model;
}
