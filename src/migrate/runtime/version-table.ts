// The bookkeeping in the database: drizzle's own version table, never altered, and ours beside it.
import { MigrationError } from "../errors.ts";
import { type Applied, inOrder } from "../history/record.ts";
import type { Layout } from "../history/revision.ts";
import type { Database, Row } from "./connection.ts";
import { numberOf, textOf, textOrNull } from "./row-values.ts";

/** What we know about a revision that this tool applied; those that drizzle-kit applied have no record. */
export interface RevisionRecord {
  readonly when: number;
  /** Milliseconds since 1970, by the clock of whoever applied it. */
  readonly appliedAt: number;
  /** By the clock of the server. */
  readonly durationMs: number;
  readonly toolVersion: string;
  /** Checksum of the downgrade script at that time; undefined if there was none. */
  readonly downChecksum: string | undefined;
}

/** Drizzle's text, to the letter, so that a database looks the same whoever came first. Source: drizzle-orm/libsql/migrator. */
const versionTables: Readonly<Record<Layout, string>> = {
  journal:
    'CREATE TABLE IF NOT EXISTS "__drizzle_migrations" (\n\t\t\tid SERIAL PRIMARY KEY,\n\t\t\thash text NOT NULL,\n\t\t\tcreated_at numeric\n\t\t)',
  folders:
    'CREATE TABLE IF NOT EXISTS "__drizzle_migrations" (\n\t\t\tid INTEGER PRIMARY KEY,\n\t\t\thash text NOT NULL,\n\t\t\tcreated_at numeric,\n\t\t\tname text,\n\t\t\tapplied_at TEXT\n\t\t)',
};

const revisionTable = `CREATE TABLE IF NOT EXISTS __eaves_revisions (
  created_at INTEGER PRIMARY KEY,
  hash TEXT NOT NULL,
  applied_at INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  tool_version TEXT NOT NULL,
  down_checksum TEXT,
  runner TEXT NOT NULL
)`;

/** Each CHECK is named after the failure it stands for. Rows never outlive the transaction that writes them. */
const guardTable = `CREATE TABLE IF NOT EXISTS __eaves_guard (
  started REAL,
  moved INTEGER CONSTRAINT HEAD_MOVED CHECK (moved = 0),
  enforced INTEGER CONSTRAINT FOREIGN_KEYS_ENFORCED CHECK (enforced = 0),
  violated INTEGER CONSTRAINT FOREIGN_KEYS_VIOLATED CHECK (violated = 0),
  child TEXT,
  parent TEXT,
  violations INTEGER
)`;

/** Makes the three tables where they are missing. A version table that is there stays as it is, whoever made it. */
export function bookkeepingTables(layout: Layout): readonly string[] {
  return [versionTables[layout], revisionTable, guardTable];
}

/** 1 if the version table is drizzle 1.0's, with the names of revisions; else 0. */
export const namedQuery =
  "(SELECT count(*) FROM pragma_table_info('__drizzle_migrations') WHERE name = 'name')";

/** The version table, oldest first. */
export const appliedQuery =
  "SELECT *, coalesce(created_at, 0) AS moment FROM __drizzle_migrations ORDER BY created_at, rowid";

/** Reads {@link appliedQuery}. */
export function toApplied(rows: readonly Row[]): Applied[] {
  const applied = rows.map((row) => {
    const found = { hash: textOf(row, "hash"), when: numberOf(row, "moment") };
    return "name" in row ? { ...found, name: textOrNull(row, "name") } : found;
  });
  return inOrder(applied);
}

/**
 * What the database says was applied, oldest first, in one round trip; undefined if it has no version table.
 *
 * @throws {MigrationError} as {@link Database.read}.
 */
export async function readApplied(database: Database): Promise<readonly Applied[] | undefined> {
  return (await readVersions(database))?.applied;
}

/** The version table. */
export interface Versions {
  /** Oldest first. */
  readonly applied: readonly Applied[];
  /** Whether it is drizzle 1.0's, with the names of revisions; rows alone do not tell if there are none. */
  readonly named: boolean;
}

/** The same as {@link readApplied}, and of which drizzle the table is. */
export async function readVersions(database: Database): Promise<Versions | undefined> {
  const queries = [appliedQuery, `SELECT ${namedQuery} AS named`];
  const results = await readUnlessMissing(database, queries, "__drizzle_migrations");
  if (results === undefined) return undefined;
  const [rows = [], [names] = []] = results;
  return { applied: toApplied(rows), named: Number(names?.["named"]) === 1 };
}

/** Our records of the revisions that are applied, oldest first; empty if this tool applied none. */
export async function readRecords(database: Database): Promise<readonly RevisionRecord[]> {
  const query = "SELECT * FROM __eaves_revisions ORDER BY created_at";
  const [rows = []] = (await readUnlessMissing(database, [query], "__eaves_revisions")) ?? [];
  return rows.map((row) => ({
    when: numberOf(row, "created_at"),
    appliedAt: numberOf(row, "applied_at"),
    durationMs: numberOf(row, "duration_ms"),
    toolVersion: textOf(row, "tool_version"),
    downChecksum: textOrNull(row, "down_checksum") ?? undefined,
  }));
}

async function readUnlessMissing(
  database: Database,
  queries: readonly string[],
  table: string,
): Promise<readonly (readonly Row[])[] | undefined> {
  try {
    return await database.read(queries);
  } catch (error) {
    // With a prefix it stands behind the two underscores.
    const missing = new RegExp(`no such table: __\\w*${table.slice(2)}`);
    if (error instanceof MigrationError && missing.test(error.message)) return undefined;
    throw error;
  }
}
