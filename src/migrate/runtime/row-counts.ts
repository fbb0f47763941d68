// Counts what a plan asks about before it runs, and names a few rows by their keys, never by other values.
import type { Database, Row } from "./connection.ts";

/** How many rows a query finds, and the first of them. */
export interface RowCount {
  readonly rows: number;
  /** One text a row: its key, or the parts of its key separated by a comma. */
  readonly keys: readonly string[];
}

/** How many rows are named; more help nobody, and fill the screen. */
const namedRows = 5;

/**
 * Runs queries that each answer with the keys of rows, in one round trip.
 *
 * @throws {MigrationError} as `Database.read`.
 */
export async function countRows(
  database: Database,
  queries: readonly string[],
): Promise<readonly RowCount[]> {
  if (queries.length === 0) return [];
  const results = await database.read(
    queries.flatMap((query) => [
      `SELECT count(*) FROM (${query})`,
      `SELECT * FROM (${query}) LIMIT ${namedRows}`,
    ]),
  );
  return queries.map((_, at) => ({
    rows: Number(results[at * 2]?.[0]?.[0] ?? 0),
    keys: (results[at * 2 + 1] ?? []).map((row) => Object.values(row).map(showKey).join(", ")),
  }));
}

/**
 * Runs queries that each answer with one number, in one round trip.
 *
 * @throws {MigrationError} as `Database.read`.
 */
export async function readNumbers(
  database: Database,
  queries: readonly string[],
): Promise<readonly number[]> {
  if (queries.length === 0) return [];
  const results = await database.read(queries);
  return results.map((rows) => Number(rows[0]?.[0] ?? 0));
}

function showKey(value: Row[string] | undefined): string {
  if (value instanceof ArrayBuffer) return `x'${Buffer.from(value).toString("hex")}'`;
  return value === null || value === undefined ? "NULL" : `${value}`;
}
