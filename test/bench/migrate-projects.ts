// Projects and databases to measure in; every run finds a database of its own.
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { startScratchServer } from "../../src/sqld/scratch-server.ts";
import { countTables, schemaText, writeAlembicHistory, writeDrizzleHistory } from "./migrate-history.ts";
import { timeJob } from "./migrate-tools.ts";

const repository = join(import.meta.dirname, "../..");

/** Where a database is: in a file, or behind a server. Alembic knows files only. */
export type Place = "file" | "server";

/** A project with a history of a given length, for all three tools. */
export interface BenchProject extends AsyncDisposable {
  readonly folder: string;
  readonly length: number;
}

/** A database that nothing else uses. */
export interface BenchDatabase extends AsyncDisposable {
  readonly url: string;
  /** The same as SQLAlchemy names it; only for files. */
  readonly alembicUrl: string;
}

const configText = `import { defineConfig } from "drizzle-kit";
export default defineConfig({
  dialect: "turso", schema: "./schema.ts", out: "./drizzle", dbCredentials: { url: process.env.DATABASE_URL ?? "" },
});
`;

/** Makes a project. */
export async function createProject(length: number): Promise<BenchProject> {
  const folder = await mkdtemp(join(tmpdir(), "eaves-bench-"));
  await symlink(join(repository, "node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "package.json"), `{ "name": "bench", "type": "module" }\n`);
  await writeFile(join(folder, "drizzle.config.ts"), configText);
  await writeFile(join(folder, "schema.ts"), schemaText(length, { changed: false }));
  await writeDrizzleHistory(folder, length);
  await writeAlembicHistory(folder, length);
  return { folder, length, [Symbol.asyncDispose]: () => remove(folder) };
}

/** A copy of a project whose schema has one more column than its history, with the snapshot that a diff begins at. */
export async function copyWithChange({ folder, length }: BenchProject): Promise<BenchProject> {
  const copy = await mkdtemp(join(tmpdir(), "eaves-bench-"));
  await cp(folder, copy, { recursive: true, verbatimSymlinks: true });
  await writeFile(join(copy, "schema.ts"), schemaText(length, { changed: true }));
  return { folder: copy, length, [Symbol.asyncDispose]: () => remove(copy) };
}

/** Adds the newest snapshot, made by drizzle-kit out of the whole schema. */
export async function addSnapshot({ folder, length }: BenchProject): Promise<void> {
  const aside = join(folder, "aside");
  await mkdir(aside);
  for (const name of ["package.json", "drizzle.config.ts", "schema.ts", "node_modules"]) {
    await cp(join(folder, name), join(aside, name), { recursive: true, verbatimSymlinks: true });
  }
  await timeJob("drizzle-kit", "revision", aside, "");
  const name = `${String(length - 1).padStart(4, "0")}_snapshot.json`;
  const snapshot = await readFile(join(aside, "drizzle/meta/0000_snapshot.json"));
  await writeFile(join(folder, "drizzle/meta", name), snapshot);
  await remove(aside);
}

/** Opens an empty database. */
export async function openDatabase(place: Place): Promise<BenchDatabase> {
  if (place === "server") {
    const server = await startScratchServer();
    return { url: server.url, alembicUrl: "", [Symbol.asyncDispose]: () => server.stop() };
  }
  const folder = await mkdtemp(join(tmpdir(), "eaves-bench-"));
  const file = join(folder, "bench.db");
  return {
    url: `file:${file}`,
    alembicUrl: `sqlite:///${file}`,
    [Symbol.asyncDispose]: () => remove(folder),
  };
}

/** Looks whether an upgrade did its work: a tool that does nothing would be the fastest. @throws where it did not. */
export async function checkUpgraded({ url }: BenchDatabase, { length }: BenchProject): Promise<void> {
  const client = createClient({ url });
  try {
    const { rows } = await client.execute(
      "SELECT count(*) AS count FROM sqlite_schema WHERE type = 'table' AND name LIKE 'table\\_%' ESCAPE '\\'",
    );
    const found = Number(rows[0]?.["count"]);
    if (found !== countTables(length))
      throw new Error(`Found ${found} tables instead of ${countTables(length)}`);
  } finally {
    client.close();
  }
}

function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
