// What SQLite makes of a value that is stored in a column of a type.
import type { ColumnDefinition } from "./table-definition.ts";

/** A column's affinity. Source: "Datatypes In SQLite", section 3.1. */
export type Affinity = "integer" | "text" | "blob" | "real" | "numeric";

/** The affinity of a declared type; ANY takes values as they are in a STRICT table only. */
export function affinityOf(type: string, strict = true): Affinity {
  const upper = type.toUpperCase();
  if (upper.includes("INT")) return "integer";
  if (/CHAR|CLOB|TEXT/.test(upper)) return "text";
  if (upper.includes("BLOB") || upper === "" || (upper === "ANY" && strict)) return "blob";
  if (/REAL|FLOA|DOUB/.test(upper)) return "real";
  return "numeric";
}

/** Whether a value that is moved from the one affinity to the other may be stored differently. */
export function mayConvert(from: Affinity, to: Affinity): boolean {
  const storesAlike = (affinity: Affinity) => (affinity === "integer" ? "numeric" : affinity);
  return to !== "blob" && storesAlike(from) !== storesAlike(to);
}

/** SQL for what a column of an affinity makes of a value. A comparison converts only what converts without loss. */
export function storedAs(value: string, affinity: Affinity): string {
  if (affinity === "blob") return value;
  if (affinity === "text")
    return `CASE WHEN typeof(${value}) IN ('integer', 'real') THEN CAST(${value} AS TEXT) ELSE ${value} END`;
  const number = `CAST(${value} AS ${affinity === "real" ? "REAL" : "NUMERIC"})`;
  return `CASE WHEN typeof(${value}) <> 'blob' AND ${number} = ${value} THEN ${number} ELSE ${value} END`;
}

/** A value that a column takes which needs one and has no default: the empty value of its type, as SQL. */
export function emptyValue(column: ColumnDefinition): string {
  const affinity = affinityOf(column.type);
  if (affinity === "text") return "''";
  return affinity === "blob" && column.type !== "" && !/any/i.test(column.type) ? "x''" : "0";
}
