// Brings back what an upgrade put aside, in a downgrade.
import { type ColumnArchive, rowidColumn, type TableArchive, witnessColumn } from "./archive.ts";
import type { CapturedTable } from "../schema/capture.ts";
import { matchArchive } from "./row-source.ts";
import { quoteName, quoteText } from "../sql/sql-tokens.ts";
import type { TablePair } from "../schema/table-changes.ts";
import { rowidName } from "../sql/table-definition.ts";
import { parseTable } from "../sql/table-parser.ts";

/** Fills a table that was created again with its archived rows. */
export function restoreTable(table: CapturedTable, archive: TableArchive): string[] {
  const columns = archive.columns.map(quoteName);
  const rowid = table.kind === "virtual" ? "rowid" : rowidName(parseTable(table.sql));
  const keeps = archive.keepsRowid && rowid !== undefined;
  const targets = keeps ? [rowid, ...columns] : columns;
  const values = keeps ? [quoteName(rowidColumn), ...columns] : columns;
  const rows = `INSERT INTO ${quoteName(table.name)} (${targets.join(", ")}) SELECT ${values.join(", ")} FROM ${quoteName(archive.name)}${
    archive.witness === witnessColumn ? ` WHERE ${quoteName(witnessColumn)}` : ""
  }`;
  if (archive.sequence === undefined) return [rows];
  return [
    rows,
    `DELETE FROM sqlite_sequence WHERE name = ${quoteText(table.name)}`,
    `INSERT INTO sqlite_sequence (name, seq) SELECT ${quoteText(table.name)}, seq FROM ${quoteName(archive.sequence)}`,
  ];
}

/** Fills columns that were added again; rows that came later keep the column's default. */
export function restoreColumns(pair: TablePair, archive: ColumnArchive): string[] {
  const table = quoteName(pair.name);
  const values = archive.dropped.map((column) => `${quoteName(column)} = kept.${quoteName(column)}`);
  const rows = matchArchive({ pair, archive, rowid: rowidName(pair.from) }, table);
  return [`UPDATE ${table} SET ${values.join(", ")} FROM ${quoteName(archive.name)} AS kept WHERE ${rows}`];
}
