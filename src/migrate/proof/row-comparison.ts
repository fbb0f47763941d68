// Compares what a database held before a script with what it holds after: which rows or values are gone.
import { affinityOf } from "../sql/affinity.ts";
import { type Capture, findTable } from "../schema/capture.ts";
import type { Removal, Renames } from "../schema/change.ts";
import { columnRenames, newTableName, oldTableName } from "../schema/renames.ts";
import { foldName, sameName } from "../sql/sql-tokens.ts";
import { canonicalLiteral, convertLiteral } from "../schema/row-conversion.ts";
import type { Contents, TableRows } from "./row-reading.ts";

/** What was there, what is there, and what the script changes by intent. */
export interface ContentsComparison {
  readonly before: Contents;
  readonly after: Contents;
  /** The schema after the script. */
  readonly capture: Capture;
  readonly renames: Renames;
  /** Named as before the script. */
  readonly removals: readonly Removal[];
  /** Whether rows that were not there before are a fault: after a downgrade. */
  readonly exact: boolean;
}

/** Everything that is gone or, with `exact`, new; one line a fault, without values. */
export function compareContents(comparison: ContentsComparison): string[] {
  const { before, after, renames } = comparison;
  const faults = [...before.tables.values()].flatMap((table) => compareTable(comparison, table));
  faults.push(...findNulls(comparison), ...findMisstored(comparison));
  // Values of another class and NULLs are named above.
  const isNamed = (line: string) => before.damage.includes(line) || / value in /.test(line);
  faults.push(...after.damage.filter((line) => !isNamed(line)).map((line) => `integrity_check: ${line}`));
  for (const [place, rows] of after.violations) {
    const had = before.violations.get(place) ?? 0;
    if (rows > had) faults.push(`${rows - had} rows of ${place} break their foreign key`);
  }
  for (const [name, sequence] of before.sequences) {
    const now = after.sequences.get(foldName(newTableName(renames, name)));
    if (isWholeTableRemoved(comparison, name) || !keepsSequence(comparison, name)) continue;
    if (now !== sequence)
      faults.push(`the AUTOINCREMENT counter of ${name} was ${sequence} and is ${now ?? "gone"}`);
  }
  return faults;
}

/** NULLs if the schema says that there are none: drizzle's ALTER COLUMN leaves them behind. */
function findNulls({ after, capture }: ContentsComparison): string[] {
  return capture.tables.flatMap((table) => {
    const rows = after.tables.get(foldName(table.name));
    return table.columns.flatMap((column) => {
      const at = rows?.columns.indexOf(column.name) ?? -1;
      const nulls = rows?.rows.filter((row) => row[at] === "NULL").length ?? 0;
      if (!column.notNull || nulls === 0) return [];
      return [`${table.name}.${column.name} is NOT NULL and has ${nulls} NULLs`];
    });
  });
}

/** Values in a form that their column would have converted: drizzle's ALTER COLUMN converts nothing. */
function findMisstored({ before, after, renames }: ContentsComparison): string[] {
  return [...after.tables.values()].flatMap((table) => {
    const old = before.tables.get(foldName(oldTableName(renames, table.name)));
    const renamed = columnRenames(renames, table.name);
    return table.columns.flatMap((column, at) => {
      const count = misstored(table, at);
      if (count === 0) return [];
      const was =
        old?.columns.findIndex((name) => sameName(renamed.get(foldName(name)) ?? name, column)) ?? -1;
      const affinity = table.affinities[at] ?? "blob";
      const had = old === undefined || old.affinities[was] !== affinity ? 0 : misstored(old, was);
      if (count <= had) return [];
      const words = `${count} of ${table.rows.length} values that are not stored as ${affinity}`;
      return [`${table.name}.${column} has ${words}`];
    });
  });
}

function misstored({ columns, computed, affinities, rows }: TableRows, at: number): number {
  const affinity = affinities[at] ?? "blob";
  if (affinity === "blob" || computed.includes(columns[at] ?? "")) return 0;
  return rows.filter((row) => {
    const value = row[at] ?? "NULL";
    return convertLiteral(value, affinity) !== canonicalLiteral(value, affinity);
  }).length;
}

function isWholeTableRemoved({ removals }: ContentsComparison, name: string): boolean {
  return removals.some(({ kind, table }) => kind === "table" && sameName(table, name));
}

function keepsSequence({ capture, renames }: ContentsComparison, name: string): boolean {
  const table = findTable(capture, newTableName(renames, name));
  return table !== undefined && /\bautoincrement\b/i.test(table.sql);
}

function compareTable(comparison: ContentsComparison, before: TableRows): string[] {
  const { renames, capture, removals } = comparison;
  if (isWholeTableRemoved(comparison, before.name)) return [];
  const name = newTableName(renames, before.name);
  const after = comparison.after.tables.get(foldName(name));
  const captured = findTable(capture, name);
  if (after === undefined || captured === undefined) return [`table ${before.name} is gone`];
  const renamed = columnRenames(renames, name);
  const own = removals.filter(({ table }) => sameName(table, before.name));
  const removed = (kind: Removal["kind"], column: string): boolean =>
    own.some((removal) => removal.kind === kind && sameName(removal.column ?? "", column));
  const columns = before.columns.flatMap((column, index) => {
    const now = renamed.get(foldName(column)) ?? column;
    const at = after.columns.findIndex((other) => sameName(other, now));
    if (removed("column", column) || isComputed(captured.columns, now)) return [];
    // What was computed may go with its column; if the column stays as a plain one, so do its values.
    if (at < 0 && before.computed.some((other) => sameName(other, column))) return [];
    if (removed("conversion", column) && comparison.exact) return [];
    const target = captured.columns.find((other) => sameName(other.name, now));
    const convert = removed("conversion", column) ? (target?.type ?? "") : undefined;
    return [{ column, index, at, convert, fills: convert !== undefined && target?.notNull === true }];
  });
  const gone = columns.filter(({ at }) => at < 0);
  if (gone.length > 0) return gone.map(({ column }) => `column ${before.name}.${column} is gone`);
  const wanted = before.rows.map((row) =>
    columns.map(({ index, convert }) => convertIf(row[index] ?? "NULL", convert)),
  );
  const found = after.rows.map((row) =>
    columns.map(({ at, convert }) => canonicalIf(row[at] ?? "NULL", convert)),
  );
  // What is filled in for a NULL is the script's own business; the other values of its column are not.
  const filled = columns.flatMap(({ fills, column }, at) => (fills ? [{ column, at }] : []));
  const changed = filled.filter(({ at }) => {
    const values = valuesOf(wanted, at).filter(([value]) => value !== "NULL");
    return subtract(values, valuesOf(found, at)) > 0;
  });
  if (changed.length > 0) return changed.map(({ column }) => `${before.name}: values changed (${column})`);
  const isCompared = (_: unknown, at: number): boolean => columns[at]?.fills === false;
  return describeLoss(
    before.name,
    columns.map(({ column }) => column).filter(isCompared),
    wanted.map((row) => row.filter(isCompared)),
    found.map((row) => row.filter(isCompared)),
    comparison.exact,
  );
}

function convertIf(literal: string, type: string | undefined): string {
  return type === undefined ? literal : convertLiteral(literal, affinityOf(type));
}

function canonicalIf(literal: string, type: string | undefined): string {
  return type === undefined ? literal : canonicalLiteral(literal, affinityOf(type));
}

function isComputed(
  columns: readonly { readonly name: string; readonly generated: string }[],
  name: string,
): boolean {
  return columns.some((column) => sameName(column.name, name) && column.generated !== "no");
}

type Rows = readonly (readonly string[])[];

function describeLoss(
  table: string,
  columns: readonly string[],
  wanted: Rows,
  found: Rows,
  exact: boolean,
): string[] {
  const missing = subtract(wanted, found);
  const surplus = exact ? subtract(found, wanted) : 0;
  if (missing === 0 && surplus === 0) return [];
  if (found.length < wanted.length)
    return [`${table} lost ${wanted.length - found.length} of ${wanted.length} rows`];
  if (exact && found.length > wanted.length) {
    return [`${table} has ${found.length - wanted.length} rows more than before`];
  }
  const changed = columns.filter((_, index) => subtract(valuesOf(wanted, index), valuesOf(found, index)) > 0);
  return [
    `${table}: ${missing} of ${wanted.length} rows changed (${changed.join(", ") || "values swapped between rows"})`,
  ];
}

function valuesOf(rows: Rows, index: number): Rows {
  return rows.map((row) => [row[index] ?? "NULL"]);
}

/** How many of the wanted rows have no match among the found ones, each of which matches once. */
function subtract(wanted: Rows, found: Rows): number {
  const counts = new Map<string, number>();
  for (const row of found) {
    const key = row.join(",");
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  let missing = 0;
  for (const row of wanted) {
    const key = row.join(",");
    const left = counts.get(key) ?? 0;
    if (left === 0) missing += 1;
    else counts.set(key, left - 1);
  }
  return missing;
}
