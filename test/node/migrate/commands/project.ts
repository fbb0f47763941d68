// A project of a test's own: a configuration, a schema and a folder of revisions, worked on as a user would.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient } from "@libsql/client";
import { parseDatabaseConfig } from "../../../../src/database/config.ts";
import type { GenerateContext } from "../../../../src/migrate/index.ts";

const repository = join(import.meta.dirname, "../../../..");

/** How a run of the command line ended. */
export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project and its database. */
export interface TestProject extends AsyncDisposable {
  readonly folder: string;
  readonly databaseUrl: string;
  readonly context: GenerateContext;
  readonly client: Client;
  /** Lines that the commands have reported. */
  readonly reports: readonly string[];
  write(name: string, text: string): Promise<void>;
  read(name: string): Promise<string>;
  remove(name: string): Promise<void>;
  /** The names of all files of the revisions, with their folder. */
  list(): Promise<readonly string[]>;
  /** Runs the command line without a terminal. */
  run(given: readonly string[], variables?: Readonly<Record<string, string | undefined>>): Promise<Run>;
  sql(text: string): Promise<readonly unknown[]>;
}

/**
 * Makes a project over a database; where none is given, over a file of its own. `packages` is the folder of this
 * repository whose drizzle is installed there.
 */
export async function createProject(url?: string, packages = "."): Promise<TestProject> {
  const folder = await mkdtemp(join(tmpdir(), "eaves-project-"));
  const databaseUrl = url ?? `file:${join(folder, "test.db")}`;
  await symlink(join(repository, packages, "node_modules"), join(folder, "node_modules"));
  const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
  await write("package.json", `{ "name": "project", "type": "module" }\n`);
  await write("drizzle.config.ts", configText);
  await write("schema.ts", schemaText([]));
  const reports: string[] = [];
  const client = createClient({ url: databaseUrl });
  return {
    folder,
    databaseUrl,
    client,
    reports,
    context: contextOf(folder, databaseUrl, reports),
    write,
    read: (name) => readFile(join(folder, name), "utf8"),
    remove: (name) => rm(join(folder, name), { recursive: true }),
    list: async () => (await readdir(join(folder, "drizzle"), { recursive: true })).toSorted(),
    run: (given, variables = {}) => runMain(folder, given, { DATABASE_URL: databaseUrl, ...variables }),
    sql: async (text) => (await client.execute(text)).rows.map((row) => Object.values(row)[0]),
    [Symbol.asyncDispose]: async () => {
      client.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

const configText = `import { defineConfig } from "drizzle-kit";
export default defineConfig({ dialect: "turso", schema: "./schema.ts", out: "./drizzle" });
`;

/** A schema with one table, `users`, that has an id and these columns. */
export function schemaText(columns: readonly string[]): string {
  return `import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
export const users = sqliteTable("users", { ${["id: integer().primaryKey()", ...columns].join(", ")} });
`;
}

function contextOf(folder: string, url: string, reports: string[]): GenerateContext {
  const scope = { runtime: "node", projectFolder: folder, serverFolder: join(folder, ".eaves") } as const;
  return {
    projectFolder: folder,
    folder: join(folder, "drizzle"),
    database: () => Promise.resolve(parseDatabaseConfig({ DATABASE_URL: url }, scope)),
    clock: () => Date.now(),
    random: () => Math.random(),
    report: (step) => reports.push(step),
    nodePath: process.execPath,
    variables: {},
    schema: undefined,
    questions: undefined,
  };
}

async function runMain(
  folder: string,
  given: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
): Promise<Run> {
  const main = join(repository, "src/migrate/main.ts");
  const child = spawn(process.execPath, [main, ...given], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], HOME: folder, ...variables },
  });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => (texts[name] += text));
  }
  const closed: unknown[] = await once(child, "close");
  return { code: typeof closed[0] === "number" ? closed[0] : null, ...texts };
}

/** A revision as drizzle-kit would have written it, for tests that need no drizzle-kit. */
export interface HandWritten {
  readonly tag: string;
  readonly up: string;
  readonly down?: string;
  readonly when?: number;
}

/** Writes a folder of revisions; `when` counts from 1000 in tens where it is not given. */
export async function writeHistory(project: TestProject, revisions: readonly HandWritten[]): Promise<void> {
  await mkdir(join(project.folder, "drizzle/meta"), { recursive: true });
  const entries = revisions.map(({ tag, when }, idx) => ({
    idx,
    version: "6",
    when: when ?? 1000 + 10 * idx,
    tag,
    breakpoints: true,
  }));
  const journal = { version: "7", dialect: "sqlite", entries };
  await project.write("drizzle/meta/_journal.json", JSON.stringify(journal));
  for (const { tag, up, down } of revisions) {
    await project.write(`drizzle/${tag}.sql`, up);
    if (down !== undefined) await project.write(`drizzle/${tag}.down.sql`, down);
  }
}

/** Writes the same as folders of drizzle-kit 1.0; their names are the tags as they are. */
export async function writeFolders(project: TestProject, revisions: readonly HandWritten[]): Promise<void> {
  for (const { tag, up, down } of revisions) {
    await mkdir(join(project.folder, "drizzle", tag), { recursive: true });
    await project.write(`drizzle/${tag}/migration.sql`, up);
    if (down !== undefined) await project.write(`drizzle/${tag}/down.sql`, down);
  }
}

/** Three revisions with their downgrades. */
export const threeRevisions: readonly HandWritten[] = [
  { tag: "0000_users", up: "CREATE TABLE users (id INTEGER PRIMARY KEY);", down: "DROP TABLE users;" },
  { tag: "0001_bio", up: "ALTER TABLE users ADD bio TEXT;", down: "ALTER TABLE users DROP COLUMN bio;" },
  { tag: "0002_posts", up: "CREATE TABLE posts (id INTEGER PRIMARY KEY);", down: "DROP TABLE posts;" },
];
