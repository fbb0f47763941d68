// Revisions for tests of the runtime, made of statements; and databases of both kinds to run them on.
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type DatabaseConfig, parseDatabaseConfig } from "../../../../src/database/config.ts";
import {
  parseChecksum,
  parseTag,
  type ReversibleRevision,
  type Script,
} from "../../../../src/migrate/history/revision.ts";
import { type Database, openDatabase } from "../../../../src/migrate/runtime/connection.ts";
import type { ExecuteOptions } from "../../../../src/migrate/runtime/executor.ts";
import { startScratchServer } from "../../../../src/migrate/server/scratch-server.ts";

const breakpoint = "\n--> statement-breakpoint\n";

/** A revision with one statement a line. */
export function revision(
  index: number,
  upwards: readonly string[],
  downwards: readonly string[],
): ReversibleRevision {
  const tag = parseTag(`${String(index).padStart(4, "0")}_r${index}`);
  const upScript = script(`drizzle/${tag}.sql`, upwards);
  return {
    tag,
    layout: "journal",
    index,
    when: 1_700_000_000_000 + index * 1_000,
    up: upScript,
    checksums: [upScript.checksum],
    down: { kind: "script", script: script(`drizzle/${tag}.down.sql`, downwards) },
  };
}

function script(file: string, statements: readonly string[]): Script {
  const text = statements.join(breakpoint);
  return {
    file,
    text,
    checksum: parseChecksum(createHash("sha256").update(text).digest("hex")),
    faults: [],
    statements: statements.map((sql, at) => ({ sql, line: at * 2 + 1 })),
  };
}

/** Creates a table `t<index>`, and drops it. */
export function tableRevision(index: number): ReversibleRevision {
  return revision(index, [`CREATE TABLE t${index} (id integer PRIMARY KEY)`], [`DROP TABLE t${index}`]);
}

/** The first `count` revisions of {@link tableRevision}. */
export function tableRevisions(count: number): ReversibleRevision[] {
  return Array.from({ length: count }, (_, index) => tableRevision(index));
}

/** Writes revisions as drizzle-kit would, for drizzle to read; returns the folder. */
export async function writeFolder(revisions: readonly ReversibleRevision[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "eaves-folder-"));
  await mkdir(join(folder, "meta"));
  for (const one of revisions) await writeFile(join(folder, `${one.tag}.sql`), one.up.text);
  const entries = revisions.map(({ tag, index: idx, when }) => ({
    idx,
    version: "6",
    when,
    tag,
    breakpoints: true,
  }));
  const journal = { version: "7", dialect: "turso", entries };
  await writeFile(join(folder, "meta", "_journal.json"), JSON.stringify(journal));
  return folder;
}

/** Steps up over these revisions. */
export function up(...revisions: readonly ReversibleRevision[]) {
  return revisions.map((one) => ({ kind: "upgrade", revision: one }) as const);
}

/** Steps down over these revisions, in the order given. */
export function down(...revisions: readonly ReversibleRevision[]) {
  return revisions.map((one) => ({ kind: "downgrade", revision: one }) as const);
}

/** Options of an execution that reads the real clock. */
export function options(more: Partial<ExecuteOptions> = {}): ExecuteOptions {
  return { seen: [], toolVersion: "test", now: Date.now, random: Math.random, ...more };
}

/** The settings for a URL, as the command line would read them. */
export function configFor(url: string, authToken?: string): DatabaseConfig {
  const token = authToken === undefined ? {} : { DATABASE_AUTH_TOKEN: authToken };
  return parseDatabaseConfig(
    { DATABASE_URL: url, ...token },
    { runtime: "node", projectFolder: tmpdir(), serverFolder: join(tmpdir(), "no-server") },
  );
}

/** A database of one's own, and how to be rid of it. */
export interface OwnDatabase {
  readonly url: string;
  readonly database: Database;
  remove(): Promise<void>;
}

/** A new database on a server of its own, or in a file. */
export const newDatabase: Readonly<Record<"server" | "file", () => Promise<OwnDatabase>>> = {
  server: async () => {
    const server = await startScratchServer();
    const database = openDatabase(configFor(server.url));
    return { url: server.url, database, remove: () => server.stop() };
  },
  file: async () => {
    const folder = await mkdtemp(join(tmpdir(), "eaves-file-"));
    const url = `file:${join(folder, "data.db")}`;
    const database = openDatabase(configFor(url));
    return {
      url,
      database,
      remove: async () => {
        database.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
};

/** The names of the tables that are no bookkeeping, in order. */
export async function tableNames(database: Database): Promise<string[]> {
  const [rows = []] = await database.read([
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, 2) <> '__' ORDER BY name",
  ]);
  return rows.map((row) => String(row["name"]));
}

/** Revisions that each create a table `t<index>` and fill it row by row. */
export function slowRevisions(count: number, rows: number): ReversibleRevision[] {
  return Array.from({ length: count }, (_, index) =>
    revision(
      index,
      [
        `CREATE TABLE t${index} (id integer PRIMARY KEY)`,
        `WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < ${rows}) INSERT INTO t${index} SELECT x FROM c`,
      ],
      [`DROP TABLE t${index}`],
    ),
  );
}
