// A snapshot's table, index and view as SQL. The one place that writes what drizzle's model says.
import type { ModelColumn, ModelForeignKey, ModelIndex, ModelTable, ModelView } from "./model.ts";
import { quoteName } from "../sql/sql-tokens.ts";
import { dropQualifiers } from "../sql/table-compare.ts";
import type {
  ColumnDefinition,
  ForeignKeyDefinition,
  PrimaryKeyDefinition,
  TableDefinition,
} from "../sql/table-definition.ts";

/** A model's table as a definition. */
export function defineTable(table: ModelTable): TableDefinition {
  return {
    name: table.name,
    columns: table.columns.map((column) => defineColumn(column)),
    primaryKey: definePrimaryKey(table),
    uniques: table.uniques.map(({ columns }) => ({
      columns,
      suffixes: columns.map(() => ""),
      onConflict: undefined,
    })),
    checks: table.checks.map(({ name, expression }) => ({
      name,
      expression: dropQualifiers(expression, [table.name]),
    })),
    foreignKeys: table.foreignKeys.map(defineForeignKey),
    strict: false,
    withoutRowid: false,
  };
}

/** A model's column; `collate` is what the live column has, since a model knows none. */
export function defineColumn(column: ModelColumn, collate?: string): ColumnDefinition {
  const { name, type, notNull, defaultValue, generated } = column;
  return {
    name,
    type,
    notNull,
    notNullConflict: undefined,
    defaultValue: defineDefault(defaultValue),
    collate,
    generated,
  };
}

/** An expression needs parentheses if a literal needs none; drizzle keeps some without. */
function defineDefault(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const isLiteral =
    /^(?:[+-]?[\d.][\w.+-]*|'(?:[^']|'')*'|"[^"]*"|[xX]'[^']*'|null|true|false|current_(?:time|date|timestamp))$/i;
  return text.startsWith("(") || isLiteral.test(text) ? text : `(${text})`;
}

/** The primary key, on its column or composite. */
export function definePrimaryKey(table: ModelTable): PrimaryKeyDefinition | undefined {
  const inline = table.columns.find((column) => column.primaryKey);
  const columns = table.primaryKey ?? (inline === undefined ? undefined : [inline.name]);
  if (columns === undefined) return undefined;
  const suffixes = columns.map(() => "");
  return {
    columns,
    suffixes,
    autoincrement: inline?.autoincrement === true,
    descending: false,
    onConflict: undefined,
  };
}

/** A foreign key. */
export function defineForeignKey(foreignKey: ModelForeignKey): ForeignKeyDefinition {
  const { columns, parent, parentColumns, onDelete, onUpdate } = foreignKey;
  return { columns, parent, parentColumns, onDelete, onUpdate, rest: "" };
}

/** CREATE INDEX of a model's index. */
export function writeIndex(table: string, index: ModelIndex): string {
  const parts = index.parts.map((part) =>
    part.isExpression ? dropQualifiers(part.text, [table]) : quoteName(part.text),
  );
  const where = index.where === undefined ? "" : ` WHERE ${dropQualifiers(index.where, [table])}`;
  const unique = index.unique ? "UNIQUE " : "";
  return `CREATE ${unique}INDEX ${quoteName(index.name)} ON ${quoteName(table)} (${parts.join(",")})${where}`;
}

/** CREATE VIEW of a model's view; undefined for one that drizzle is told exists. */
export function writeView(view: ModelView): string | undefined {
  return view.definition === undefined
    ? undefined
    : `CREATE VIEW ${quoteName(view.name)} AS ${view.definition}`;
}
