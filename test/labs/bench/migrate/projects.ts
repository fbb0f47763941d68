// Projects and databases to measure in. Whoever makes one removes it: Node 22 cannot read `using`.
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { startScratchServer } from "../../../../src/migrate/server/scratch-server.ts";
import { writeAlembicHistory, writeModels } from "./alembic.ts";
import { schemaText, tagOf, writeDrizzleHistory, writeSnapshots } from "./history.ts";
import { type Place, run } from "./tools.ts";

const repository = join(import.meta.dirname, "../../../..");

/** A project with a history of a given length, for all three tools. */
export interface BenchProject {
  readonly folder: string;
  readonly length: number;
  remove(): Promise<void>;
}

/** A database that nothing else uses. */
export interface BenchDatabase {
  readonly url: string;
  /** The same as SQLAlchemy names it; only for files. */
  readonly alembicUrl: string;
  remove(): Promise<void>;
}

const configText = `import { defineConfig } from "drizzle-kit";
export default defineConfig({
  dialect: "turso", schema: "./schema.ts", out: "./drizzle", dbCredentials: { url: process.env.DATABASE_URL ?? "" },
});
`;

/** Makes a project. Its snapshots begin with the one that drizzle-kit makes of the whole schema. */
export async function createProject(length: number): Promise<BenchProject> {
  const folder = await mkdtemp(join(tmpdir(), "eaves-bench-"));
  await symlink(join(repository, "node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "package.json"), `{ "name": "bench", "type": "module" }\n`);
  await writeFile(join(folder, "drizzle.config.ts"), configText);
  await writeFile(join(folder, "schema.ts"), schemaText(length, { changed: false }));
  const kit = join(repository, "node_modules/drizzle-kit/bin.cjs");
  await run([process.execPath, kit, "generate"], folder, "");
  const snapshot = await readFile(join(folder, "drizzle/meta/0000_snapshot.json"), "utf8");
  await remove(join(folder, "drizzle"));
  await writeDrizzleHistory(folder, length);
  await writeSnapshots(folder, length, snapshot);
  await writeAlembicHistory(folder, length);
  return { folder, length, remove: () => remove(folder) };
}

/** A copy of a project whose schema and models have one more column than its history. */
export async function copyWithChange(project: BenchProject): Promise<BenchProject> {
  const copy = await copyProject(project);
  await writeFile(join(copy.folder, "schema.ts"), schemaText(copy.length, { changed: true }));
  await writeModels(copy.folder, copy.length, { changed: true });
  return copy;
}

/** A copy of a project as drizzle-kit alone would have made it: without a downgrade. */
export async function copyWithoutDowngrades(project: BenchProject): Promise<BenchProject> {
  const copy = await copyProject(project);
  for (let index = 0; index < copy.length; index++) await remove(join(copy.folder, downgradeFile(index)));
  return copy;
}

/** Where a revision's downgrade is, in a project. */
export function downgradeFile(index: number): string {
  return `drizzle/${tagOf(index)}.down.sql`;
}

async function copyProject({ folder, length }: BenchProject): Promise<BenchProject> {
  const copy = await mkdtemp(join(tmpdir(), "eaves-bench-"));
  await cp(folder, copy, { recursive: true, verbatimSymlinks: true });
  return { folder: copy, length, remove: () => remove(copy) };
}

/** Opens an empty database. */
export async function openDatabase(place: Place): Promise<BenchDatabase> {
  if (place === "server") {
    const server = await startScratchServer();
    return { url: server.url, alembicUrl: "", remove: () => server.stop() };
  }
  const folder = await mkdtemp(join(tmpdir(), "eaves-bench-"));
  const file = join(folder, "bench.db");
  return {
    url: `file:${file}`,
    alembicUrl: `sqlite:///${file}`,
    remove: () => remove(folder),
  };
}

function remove(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
