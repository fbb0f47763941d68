// The tables that keep what revisions removed: says which there are, and drops them.
import { archivePrefix } from "../plan/archive.ts";
import { MigrationError } from "../plan/errors.ts";
import type { Tag } from "../plan/revision.ts";
import { quoteName } from "../plan/sql-tokens.ts";
import type { Database, Row } from "./connection.ts";
import { numberOf, textOf } from "./row-values.ts";
import { readRecords } from "./version-table.ts";

/** One archive as it is in the database. */
export interface ArchiveTable {
  readonly name: string;
  /** The revision that filled it, as its name says; it need not be on disk any more. */
  readonly revision: string;
  readonly columns: readonly string[];
  readonly rows: number;
  /** Pages that it takes, or the sum of its values where the server does not tell (`bytesEstimated`). */
  readonly bytes: number;
  readonly bytesEstimated: boolean;
  /** When the revision was applied, in milliseconds since 1970; undefined where another tool applied it. */
  readonly appliedAt: number | undefined;
}

/** A revision on disk, to find out when it was applied. */
export interface DatedRevision {
  readonly tag: Tag;
  readonly when: number;
}

/**
 * Lists the archives by name, with their sizes.
 *
 * @throws {MigrationError} as `Database.read`.
 */
export async function listArchives(
  database: Database,
  revisions: readonly DatedRevision[],
): Promise<readonly ArchiveTable[]> {
  const [rows = []] = await database.read([
    `SELECT s.name AS name, group_concat(x.name, char(10)) AS columns FROM sqlite_schema AS s, pragma_table_xinfo(s.name) AS x
WHERE s.type = 'table' AND substr(s.name, 1, ${archivePrefix.length}) = '${archivePrefix}' GROUP BY s.name ORDER BY s.name`,
  ]);
  if (rows.length === 0) return [];
  const found = rows.map((row) => ({
    name: textOf(row, "name"),
    columns: textOf(row, "columns").split("\n"),
  }));
  const [sizes, records] = [await readSizes(database, found), await readRecords(database)];
  const appliedAt = new Map(records.map((record) => [record.when, record.appliedAt]));
  return found.map((archive, at) => {
    const revision = archive.name.slice(archivePrefix.length).replace(/_\d+$/, "");
    const when = revisions.find(({ tag }) => tag === revision)?.when;
    const size = sizes[at] ?? { rows: 0, bytes: 0, bytesEstimated: true };
    return { ...archive, revision, ...size, appliedAt: when === undefined ? undefined : appliedAt.get(when) };
  });
}

/**
 * Drops archives, all or none. What they held cannot be brought back, and the downgrades that need them fail.
 *
 * @throws {MigrationError} `USAGE_INVALID` for a name that is no archive's, and as `Database.write`.
 */
export async function pruneArchives(database: Database, names: readonly string[]): Promise<void> {
  const other = names.find((name) => !name.startsWith(archivePrefix));
  if (other !== undefined) {
    throw new MigrationError(
      "USAGE_INVALID",
      `"${other}" is no archive: their names begin with ${archivePrefix}`,
    );
  }
  if (names.length > 0) await database.write(names.map((name) => `DROP TABLE ${quoteName(name)}`));
}

type Size = Pick<ArchiveTable, "rows" | "bytes" | "bytesEstimated">;

interface Archive {
  readonly name: string;
  readonly columns: readonly string[];
}

async function readSizes(database: Database, archives: readonly Archive[]): Promise<Size[]> {
  try {
    const pages = archives.map(({ name }) =>
      sizeQuery(name, "(SELECT sum(pgsize) FROM dbstat WHERE name = ?)", [name]),
    );
    return toSizes(await database.read(pages), false);
  } catch (error) {
    if (!(error instanceof MigrationError) || error.code !== "STATEMENT_FAILED") throw error;
    const sums = archives.map(({ name, columns }) => sizeQuery(name, lengthOf(columns), []));
    return toSizes(await database.read(sums), true);
  }
}

function sizeQuery(name: string, bytes: string, args: string[]): { sql: string; args: string[] } {
  return { sql: `SELECT count(*) AS rows, ${bytes} AS bytes FROM ${quoteName(name)}`, args };
}

function lengthOf(columns: readonly string[]): string {
  return `sum(${columns.map((name) => `coalesce(octet_length(${quoteName(name)}), 0)`).join(" + ")})`;
}

function toSizes(results: readonly (readonly Row[])[], bytesEstimated: boolean): Size[] {
  return results.map(([row]) => ({
    rows: row === undefined ? 0 : numberOf(row, "rows"),
    bytes: row === undefined ? 0 : numberOf(row, "bytes"),
    bytesEstimated,
  }));
}
