// What a target is asked about a hazard: how many rows are touched, and the keys of those that break a new rule. All
// queries are over the schema before the script, and name rows by key, never by value.
import type { Affinity } from "../sql/affinity.ts";
import type { Stake } from "./hazard.ts";
import { quoteName } from "../sql/sql-tokens.ts";
import { rowidName, type TableDefinition } from "../sql/table-definition.ts";

/** All rows of a table. */
export function allRows({ name }: TableDefinition): Stake {
  return { table: name, rows: `SELECT count(*) FROM ${quoteName(name)}`, violating: undefined };
}

/** The rows that a condition is true for. */
export function rowsWhere({ name }: TableDefinition, condition: string): Stake {
  const rows = `SELECT count(*) FROM ${quoteName(name)} WHERE ${condition}`;
  return { table: name, rows, violating: undefined };
}

/** All rows, and those among them that break a rule; a condition that is undefined cannot be asked. */
export function rowsAgainst(table: TableDefinition, condition: string | undefined): Stake {
  const stake = allRows(table);
  if (condition === undefined) return stake;
  const from = `FROM ${quoteName(table.name)} WHERE ${condition}`;
  return { ...stake, violating: `SELECT ${keyOf(table)} ${from}` };
}

/** All rows, and those that share their values with another one; NULLs share nothing. */
export function rowsAlike(
  table: TableDefinition,
  parts: readonly string[],
  condition: string | undefined,
): Stake {
  const known = [
    ...parts.map((part) => `(${part}) IS NOT NULL`),
    ...(condition === undefined ? [] : [`(${condition})`]),
  ].join(" AND ");
  const counted = `SELECT *, ${rowKey(table)}count(*) OVER (PARTITION BY ${parts.join(", ")}) AS __count FROM ${quoteName(table.name)} WHERE ${known}`;
  const key = (table.primaryKey?.columns ?? []).map(quoteName).join(", ") || "__key";
  return { ...allRows(table), violating: `SELECT ${key} FROM (${counted}) WHERE __count > 1` };
}

function rowKey(table: TableDefinition): string {
  return table.primaryKey === undefined ? `${rowidName(table) ?? "NULL"} AS __key, ` : "";
}

/** How a row is named: by its primary key, else by its rowid. */
function keyOf(table: TableDefinition): string {
  const key = table.primaryKey?.columns.map(quoteName).join(", ");
  return key ?? rowidName(table) ?? "'a row'";
}

/** True for a value that a column of this affinity would hold as something else than it was meant to be. */
export function misfit(column: string, to: Affinity): string | undefined {
  const value = quoteName(column);
  if (to === "blob") return undefined;
  const isBlob = `typeof(${value}) = 'blob'`;
  if (to === "text") return isBlob;
  const number = `CAST(CAST(${value} AS NUMERIC) AS TEXT)`;
  const isWord = `(typeof(${value}) = 'text' AND ${number} <> ${value})`;
  const isFraction = `(typeof(${value}) = 'real' AND CAST(${value} AS INTEGER) <> ${value})`;
  return [isBlob, isWord, ...(to === "integer" ? [isFraction] : [])].join(" OR ");
}

/** True for a value that a column of this affinity would convert, or would refuse to: ALTER COLUMN leaves it as it is. */
export function unconverted(column: string, to: Affinity): string | undefined {
  const value = quoteName(column);
  if (to === "blob") return undefined;
  if (to === "text") return `typeof(${value}) NOT IN ('text', 'null')`;
  const isOther = `typeof(${value}) IN ('text', 'blob')`;
  return to === "integer" ? `${isOther} OR typeof(${value}) = 'real'` : isOther;
}

/** True for a row that refers to no row of the parent. */
export function orphan(columns: readonly string[], parent: string, parentColumns: readonly string[]): string {
  const own = columns.map(quoteName);
  const theirs = parentColumns.map(quoteName).join(", ");
  const known = own.map((name) => `${name} IS NOT NULL`).join(" AND ");
  const present = parentColumns.map((name) => `${quoteName(name)} IS NOT NULL`).join(" AND ");
  return `${known} AND (${own.join(", ")}) NOT IN (SELECT ${theirs} FROM ${quoteName(parent)} WHERE ${present})`;
}
