// The tables that keep what revisions removed: says which there are, and what belongs to each.
import { archivePrefix } from "../planning/archive.ts";
import { type ArchiveObjects, prunedConstraint, triggersOf } from "../planning/archive-pruning.ts";
import { revisionOfArchive } from "../planning/archive-upkeep.ts";
import type { CapturedObject } from "../schema/capture.ts";
import { MigrationError } from "../errors.ts";
import type { Tag } from "../history/revision.ts";
import { quoteName, sameName } from "../sql/sql-tokens.ts";
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
  /** Pages that it takes, or the sum of its values if the server does not tell (`bytesEstimated`). */
  readonly bytes: number;
  readonly bytesEstimated: boolean;
  /** When the revision was applied, in milliseconds since 1970; undefined if another tool applied it. */
  readonly appliedAt: number | undefined;
}

/** A revision on disk, to find out when it was applied. */
export interface DatedRevision {
  readonly tag: Tag;
  readonly when: number;
}

/**
 * Lists the archives by name, with their sizes; without what is left of pruned ones.
 *
 * @throws {MigrationError} as `Database.read`.
 */
export async function listArchives(
  database: Database,
  revisions: readonly DatedRevision[],
): Promise<readonly ArchiveTable[]> {
  const [rows = []] = await database.read([
    `SELECT ${nameIn("s.name")} AS name, group_concat(x.name, char(10)) AS columns FROM sqlite_schema AS s, pragma_table_xinfo(s.name) AS x
WHERE s.type = 'table' AND ${isArchive} AND instr(s.sql, '${prunedConstraint}') = 0 GROUP BY s.name ORDER BY s.name`,
  ]);
  if (rows.length === 0) return [];
  const found = rows
    .map((row) => ({ name: textOf(row, "name"), columns: textOf(row, "columns").split("\n") }))
    .filter(({ name }) => !isHelper(name));
  const [sizes, records] = [await readSizes(database, found), await readRecords(database)];
  const appliedAt = new Map(records.map((record) => [record.when, record.appliedAt]));
  return found.map((archive, at) => {
    const revision = revisionOfArchive(archive.name);
    const when = revisions.find(({ tag }) => tag === revision)?.when;
    const size = sizes[at] ?? { rows: 0, bytes: 0, bytesEstimated: true };
    return { ...archive, revision, ...size, appliedAt: when === undefined ? undefined : appliedAt.get(when) };
  });
}

/** The first literal gets the prefix of `openDatabase`, as any name of the tool's own does in a statement. */
const isArchive = `instr(s.name, '${archivePrefix}') = 1`;

/** A name without that prefix, as the statements of revisions have it: the second literal is no such name. */
const nameIn = (column: string) =>
  `replace(${column}, '${archivePrefix}', '__' || '${archivePrefix.slice(2)}')`;

/** Tables that go with an archive: the counter of a dropped table, the mark of rows without a key. */
function isHelper(name: string): boolean {
  return /_\d+_(?:sequence|mark)$/.test(name);
}

/**
 * Reads what there is of archives. `expected` are the triggers that the revisions make, if that is known.
 *
 * @throws {MigrationError} as `Database.read`.
 */
export async function readArchiveObjects(
  database: Database,
  expected: readonly CapturedObject[] = [],
): Promise<(name: string) => ArchiveObjects> {
  const [rows = []] = await database.read([
    `SELECT s.type AS type, ${nameIn("s.name")} AS name, ${nameIn("s.tbl_name")} AS "table", s.sql AS sql FROM sqlite_schema AS s
WHERE s.type IN ('table', 'trigger') AND ${isArchive} ORDER BY s.rowid`,
  ]);
  const tables = rows.filter(({ type }) => type === "table").map((row) => textOf(row, "name"));
  const live = rows
    .filter((row) => row["type"] === "trigger" && !textOf(row, "table").startsWith(archivePrefix))
    .map((row): CapturedObject => {
      return {
        kind: "trigger",
        name: textOf(row, "name"),
        table: textOf(row, "table"),
        sql: textOf(row, "sql"),
      };
    });
  return (name) => ({
    name,
    exists: tables.some((table) => sameName(table, name)),
    helpers: tables.filter((table) => isHelper(table) && table.replace(/_[a-z]+$/, "") === name),
    triggers: triggersOf(name, live),
    missing: triggersOf(name, expected).filter(
      (trigger) => !live.some((other) => sameName(other.name, trigger.name)),
    ),
  });
}

/** The triggers of archives that are on live tables, by name. */
export async function listArchiveTriggers(database: Database): Promise<readonly string[]> {
  const query = `SELECT ${nameIn("s.name")} AS name FROM sqlite_schema AS s WHERE s.type = 'trigger' AND ${isArchive}
AND instr(s.tbl_name, '${archivePrefix}') <> 1`;
  const [rows = []] = await database.read([query]);
  return rows.map((row) => textOf(row, "name"));
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
