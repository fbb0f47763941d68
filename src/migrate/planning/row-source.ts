// What the rows of a table become: one SQL expression per column over the old table (`old`) and its archive (`kept`).
// A rebuild copies by it, and the preflight looks at the future rows through it.
import { affinityOf, emptyValue } from "../sql/affinity.ts";
import { afterColumn, type ColumnArchive, keyColumn, matchColumn, witnessColumn } from "./archive.ts";
import { quoteName, sameName } from "../sql/sql-tokens.ts";
import { defaultExpression } from "../sql/table-compare.ts";
import { needsOwnValues, type TablePair } from "../schema/table-changes.ts";
import {
  type ColumnDefinition,
  findColumn,
  isRequired,
  isRowidAlias,
  rowidName,
} from "../sql/table-definition.ts";

/** Where values come from. */
export interface RowSource {
  readonly pair: TablePair;
  readonly archive: ColumnArchive | undefined;
  /** How `old` says its rowid; undefined if it has none. */
  readonly rowid: string | undefined;
}

type ArchiveSource = RowSource & { readonly archive: ColumnArchive };

/** The source of a table's rows if `old` is the table itself, its renames done. */
export function sourceOf(pair: TablePair, archive: ColumnArchive | undefined): RowSource {
  return { pair, archive, rowid: rowidName(pair.from) };
}

/** ` LEFT JOIN` of the archive, or nothing. */
export function joinArchive({ pair, archive, rowid }: RowSource): string {
  if (archive === undefined) return "";
  return ` LEFT JOIN ${quoteName(archive.name)} AS kept ON ${matchArchive({ pair, archive, rowid }, "old")}`;
}

/** The condition that a row of an archive belongs to a row of the table, which has its old names again. */
export function matchArchive({ pair, archive, rowid }: ArchiveSource, table: string): string {
  const parts = archive.key.map(({ before, collate }) => {
    const isRowid = findColumn(pair.to, before) === undefined;
    const own = isRowid ? (rowid ?? before) : quoteName(before);
    const collation = collate === undefined ? "" : ` COLLATE ${collate}`;
    return `${table}.${own} = kept.${quoteName(matchColumn(archive, before))}${collation}`;
  });
  // What is left of a pruned archive has no such column, and the script fails.
  if (archive.witness === witnessColumn) parts.push(`kept.${quoteName(witnessColumn)}`);
  return parts.join(" AND ");
}

/** What a column gets. */
export function valueOf(source: RowSource, column: ColumnDefinition): string {
  const { pair, archive } = source;
  const quoted = quoteName(column.name);
  const old = findColumn(pair.from, column.name);
  const current = old === undefined ? newValue(source, column) : filled(column, old);
  if (archive === undefined) return current;
  const wasKept = `kept.${quoteName(keyColumn(archive.key[0]?.before ?? ""))} IS NOT NULL`;
  if (archive.dropped.some((name) => sameName(name, column.name))) {
    return `CASE WHEN ${wasKept} THEN kept.${quoted} ELSE ${current} END`;
  }
  const converted = archive.converted.find(({ before }) => sameName(before, column.name));
  if (converted === undefined) return current;
  // A row edited since keeps its newer value.
  const after = `kept.${quoteName(afterColumn(converted.before))}`;
  const isUnedited = `old.${quoted} IS ${after} AND typeof(old.${quoted}) = typeof(${after})`;
  return `CASE WHEN ${wasKept} AND ${isUnedited} THEN kept.${quoted} ELSE ${current} END`;
}

function filled(column: ColumnDefinition, old: ColumnDefinition): string {
  const value = `old.${quoteName(column.name)}`;
  const isFilled = column.notNull && !old.notNull && column.defaultValue !== undefined;
  return isFilled ? `ifnull(${value}, ${defaultExpression(column.defaultValue)})` : value;
}

/** What a row gets that has no value for a column: its default, NULL, or the empty value of its type. */
function newValue(source: RowSource, column: ColumnDefinition): string {
  const { pair, archive, rowid } = source;
  if (isRowidAlias(pair.to, column.name) && rowid !== undefined) return `old.${rowid}`;
  const isKey = pair.to.primaryKey?.columns.some((name) => sameName(name, column.name)) === true;
  const required = isKey || isRequired(pair.to, column);
  if (needsOwnValues(pair, column)) return required ? ownValue(column, archive) : "NULL";
  // A default of NULL is no value for a column that needs one.
  const isNull = column.defaultValue?.toUpperCase() === "NULL";
  if (column.defaultValue !== undefined && !(required && isNull))
    return defaultExpression(column.defaultValue);
  return required ? emptyValue(column) : "NULL";
}

/** A value that no other row has, and none that comes back. */
function ownValue(column: ColumnDefinition, archive: ColumnArchive | undefined): string {
  const affinity = affinityOf(column.type);
  if (affinity === "text") return "lower(hex(randomblob(16)))";
  if (affinity === "blob" && column.type !== "" && !/any/i.test(column.type)) return "randomblob(16)";
  const number = "row_number() OVER ()";
  if (archive?.dropped.some((name) => sameName(name, column.name)) !== true) return number;
  const highest = `max(CAST(${quoteName(column.name)} AS INTEGER))`;
  return `(SELECT ifnull(${highest}, 0) FROM ${quoteName(archive.name)}) + ${number}`;
}
