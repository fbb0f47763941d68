// Reads the values of rows whose columns the tool knows. A BLOB has no text and is shown as what it is.
import type { Row } from "./connection.ts";

/** A text value; anything else as SQLite would show it, NULL as the empty text. */
export function textOf(row: Row, column: string): string {
  return textOrNull(row, column) ?? "";
}

/** A text value, or null for NULL. */
export function textOrNull(row: Row, column: string): string | null {
  const value = row[column];
  if (value === null || value === undefined) return null;
  return value instanceof ArrayBuffer ? "(blob)" : `${value}`;
}

/** A number that fits into a JavaScript number; 0 for NULL. */
export function numberOf(row: Row, column: string): number {
  return Number(row[column] ?? 0);
}
