// A table as its CREATE TABLE says it, in parts that can be compared, changed and written again.
import { foldName, quoteName, sameName } from "./sql-tokens.ts";

/** One column. Expressions are SQL texts as written, without the parentheses that the grammar asks for. */
export interface ColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  /** What NOT NULL does with a row that breaks it, such as `REPLACE`. */
  readonly notNullConflict: string | undefined;
  /** SQL text: a literal, or an expression in its parentheses. */
  readonly defaultValue: string | undefined;
  readonly collate: string | undefined;
  readonly generated: { readonly expression: string; readonly kind: "virtual" | "stored" } | undefined;
}

/** Columns that no two rows have the same values in. `suffixes` stand beside them: `COLLATE nocase DESC`, or nothing. */
export interface UniqueDefinition {
  readonly columns: readonly string[];
  readonly suffixes: readonly string[];
  readonly onConflict: string | undefined;
}

/** A primary key. `descending` is the column constraint `PRIMARY KEY DESC`, which stops an INTEGER from being the rowid. */
export interface PrimaryKeyDefinition extends UniqueDefinition {
  readonly autoincrement: boolean;
  readonly descending: boolean;
}

/** A CHECK constraint. */
export interface CheckDefinition {
  readonly name: string | undefined;
  readonly expression: string;
}

/** A foreign key. Actions are in upper case; `NO ACTION` and none are the same. */
export interface ForeignKeyDefinition {
  readonly columns: readonly string[];
  readonly parent: string;
  readonly parentColumns: readonly string[];
  readonly onDelete: string | undefined;
  readonly onUpdate: string | undefined;
  /** The rest, such as `DEFERRABLE INITIALLY DEFERRED`. */
  readonly rest: string;
}

/** An ordinary table. */
export interface TableDefinition {
  readonly name: string;
  readonly columns: readonly ColumnDefinition[];
  readonly primaryKey: PrimaryKeyDefinition | undefined;
  readonly uniques: readonly UniqueDefinition[];
  readonly checks: readonly CheckDefinition[];
  readonly foreignKeys: readonly ForeignKeyDefinition[];
  readonly strict: boolean;
  readonly withoutRowid: boolean;
}

/** Finds a column by its name. */
export function findColumn(table: TableDefinition, name: string): ColumnDefinition | undefined {
  const wanted = foldName(name);
  return table.columns.find((column) => foldName(column.name) === wanted);
}

/** The column that is the table's rowid under another name. */
export function rowidAlias(table: TableDefinition): string | undefined {
  const key = table.primaryKey;
  if (table.withoutRowid || key === undefined || key.columns.length !== 1 || key.descending) return undefined;
  const [column = ""] = key.columns;
  return findColumn(table, column)?.type.toUpperCase() === "INTEGER" ? column : undefined;
}

/** Whether a column is the table's rowid under another name. */
export function isRowidAlias(table: TableDefinition, name: string): boolean {
  return sameName(rowidAlias(table) ?? "", name);
}

/** The word that a table's rowid answers to; undefined if there is none, or columns have taken all three. */
export function rowidName(table: TableDefinition): string | undefined {
  if (table.withoutRowid) return undefined;
  return rowidNames.find((name) => findColumn(table, name) === undefined);
}

/** What SQLite calls the rowid, if no column has taken the name. */
export const rowidNames = ["rowid", "_rowid_", "oid"];

/** Whether a table's rows have a rowid that no column shows, and that `rowid` reads. */
export function hasOwnRowid(table: TableDefinition): boolean {
  return rowidName(table) === "rowid" && rowidAlias(table) === undefined;
}

/** How a column is read from its table: the rowid is no column, so it is never quoted. */
export function readColumn(name: string): string {
  return rowidNames.includes(foldName(name)) ? name : quoteName(name);
}

/** Whether a column takes no NULL: those of a primary key count if SQLite holds them to it, and rowids. */
export function isRequired(table: TableDefinition, column: ColumnDefinition): boolean {
  if (column.notNull) return true;
  const isKey = table.primaryKey?.columns.some((name) => sameName(name, column.name)) === true;
  return isKey && (table.withoutRowid || table.strict || isRowidAlias(table, column.name));
}
