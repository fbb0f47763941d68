// Rebuilds a table: a new one from the wanted text, the rows copied over, and the name taken.
// Foreign keys are off and triggers and views are gone while this runs.
import type { ColumnArchive } from "./archive.ts";
import { retitle } from "../sql/retitle.ts";
import { joinArchive, sourceOf, valueOf } from "./row-source.ts";
import { quoteName, quoteText } from "../sql/sql-tokens.ts";
import type { TablePair } from "../schema/table-changes.ts";
import { rowidAlias, rowidName, type TableDefinition } from "../sql/table-definition.ts";

/** The name of a table while it is built. */
export function temporaryName(table: string): string {
  return `__new_${table}`;
}

/** The statements that rebuild a table, with the values of an archive if there is one. */
export function rebuildTable(
  pair: TablePair,
  archive: ColumnArchive | undefined,
  direction: "up" | "down" = "up",
): string[] {
  const { name, from, to } = pair;
  // In a downgrade to a table that never counted, the counter goes with the old table.
  const counts =
    direction === "up" || to.primaryKey?.autoincrement === true || from.primaryKey?.autoincrement !== true;
  const temporary = temporaryName(name);
  return [
    retitle(pair.captured.to.sql, temporary, name),
    copyRows(pair, archive),
    ...(counts ? carrySequence(pair, temporary) : []),
    `DROP TABLE ${quoteName(name)}`,
    `ALTER TABLE ${quoteName(temporary)} RENAME TO ${quoteName(name)}`,
  ];
}

function copyRows(pair: TablePair, archive: ColumnArchive | undefined): string {
  const source = sourceOf(pair, archive);
  const columns = pair.to.columns.filter((column) => column.generated === undefined);
  const targets = columns.map((column) => quoteName(column.name));
  const values = columns.map((column) => valueOf(source, column));
  const rowid = rowidName(pair.to);
  if (rowid !== undefined && source.rowid !== undefined && rowidAlias(pair.to) === undefined) {
    targets.unshift(rowid);
    values.unshift(`old.${source.rowid}`);
  }
  const rows = `FROM ${quoteName(pair.name)} AS old${joinArchive(source)}`;
  const insert = hasConflictClause(pair.to) ? "INSERT OR ABORT INTO" : "INSERT INTO";
  return `${insert} ${quoteName(temporaryName(pair.name))} (${targets.join(", ")}) SELECT ${values.join(", ")} ${rows}`;
}

/** `UNIQUE ON CONFLICT REPLACE` and the like would drop rows without a word. */
function hasConflictClause(table: TableDefinition): boolean {
  return (
    table.primaryKey?.onConflict !== undefined ||
    table.uniques.some((unique) => unique.onConflict !== undefined) ||
    table.columns.some((column) => column.notNullConflict !== undefined)
  );
}

/**
 * The counter of AUTOINCREMENT goes along, so that no id is given twice. A table that loses AUTOINCREMENT keeps its
 * counter, which SQLite then leaves alone, so that it can be given back.
 */
function carrySequence({ name, from, to }: TablePair, temporary: string): string[] {
  const target = quoteText(temporary);
  if (from.primaryKey?.autoincrement === true) {
    return [
      `DELETE FROM sqlite_sequence WHERE name = ${target}`,
      `INSERT INTO sqlite_sequence (name, seq) SELECT ${target}, seq FROM sqlite_sequence WHERE name = ${quoteText(name)}`,
    ];
  }
  if (to.primaryKey?.autoincrement !== true) return [];
  const both = `(${quoteText(name)}, ${target})`;
  return [
    // The server's parser takes no HAVING without GROUP BY.
    `INSERT INTO sqlite_sequence (name, seq) SELECT ${target}, top FROM (SELECT max(seq) AS top FROM sqlite_sequence WHERE name IN ${both}) WHERE top IS NOT NULL`,
    `DELETE FROM sqlite_sequence WHERE name IN ${both} AND (seq = 0 OR rowid < (SELECT max(rowid) FROM sqlite_sequence WHERE name = ${target}))`,
  ];
}
