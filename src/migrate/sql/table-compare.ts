// When two table definitions are the same: by what they say, not by how it is written.
import {
  foldName,
  isWord,
  nameOf,
  neighbour,
  normalizeSql,
  quoteName,
  quoteText,
  replaceNames,
  sameName,
  significant,
  tokenize,
} from "./sql-tokens.ts";
import type {
  ColumnDefinition,
  ForeignKeyDefinition,
  TableDefinition,
  UniqueDefinition,
} from "./table-definition.ts";

/** What to look away from. */
export interface CompareOptions {
  /** Column order is reported, never a failure (migration rules). */
  readonly ignoreColumnOrder?: boolean;
}

/** One line for each part of a table, in an order of their own: equal lists mean equal tables. */
export function describeTable(table: TableDefinition, options: CompareOptions = {}): string[] {
  const columns = table.columns.map((column) => `column ${describeColumn(table, column)}`);
  const key = table.primaryKey;
  return [
    ...(options.ignoreColumnOrder === true ? columns.toSorted() : columns),
    ...(key === undefined
      ? []
      : [
          `primary key ${describeKey(key)}${key.autoincrement ? " autoincrement" : ""}${key.descending ? " desc" : ""}`,
        ]),
    ...table.uniques.map((unique) => `unique ${describeKey(unique)}`).toSorted(),
    ...table.checks
      .map((check) => `check ${foldName(check.name ?? "")} (${describeExpression(table, check.expression)})`)
      .toSorted(),
    ...table.foreignKeys.map((foreignKey) => describeForeignKey(foreignKey)).toSorted(),
    ...(table.strict ? ["strict"] : []),
    ...(table.withoutRowid ? ["without rowid"] : []),
  ];
}

/** Whether two tables are the same apart from their names. */
export function sameTable(a: TableDefinition, b: TableDefinition, options: CompareOptions = {}): boolean {
  return describeTable(a, options).join("\n") === describeTable(b, options).join("\n");
}

/** Whether two columns are the same, their names included. */
export function sameColumn(
  a: TableDefinition,
  columnA: ColumnDefinition,
  b: TableDefinition,
  columnB: ColumnDefinition,
): boolean {
  return describeColumn(a, columnA) === describeColumn(b, columnB);
}

/** A column in one line. */
export function describeColumn(table: TableDefinition, column: ColumnDefinition): string {
  const { generated } = column;
  return [
    foldName(column.name),
    column.type.toLowerCase().replaceAll(/\s+/g, ""),
    column.notNull ? `not null${conflict(column.notNullConflict)}` : "",
    column.defaultValue === undefined ? "" : `default ${describeDefault(column.defaultValue)}`,
    column.collate === undefined || sameName(column.collate, "binary")
      ? ""
      : `collate ${foldName(column.collate)}`,
    generated === undefined
      ? ""
      : `${generated.kind} (${describeExpression(table, bareExpression(generated.expression))})`,
  ]
    .filter((part) => part !== "")
    .join(" ");
}

/** `(0)` and `0` are the same default, and so are `true` and `TRUE`. */
function describeDefault(text: string): string {
  return normalizeSql(defaultExpression(bareExpression(text)));
}

/** Without the parentheses around all of it. */
function bareExpression(text: string): string {
  let inner = text.trim();
  while (inner.startsWith("(") && inner.endsWith(")") && isOneGroup(inner)) inner = inner.slice(1, -1).trim();
  return inner;
}

/** A default as an expression: without parentheses SQLite takes a name for the text that it spells. */
export function defaultExpression(text: string): string {
  const tokens = significant(tokenize(text));
  const name = tokens.length === 1 ? nameOf(tokens[0]) : undefined;
  if (name === undefined || isWord(tokens[0], ...defaultWords)) return text;
  return quoteText(name);
}

const defaultWords = ["NULL", "TRUE", "FALSE", "CURRENT_TIME", "CURRENT_DATE", "CURRENT_TIMESTAMP"];

function isOneGroup(text: string): boolean {
  let depth = 0;
  const tokens = tokenize(text);
  for (const [index, token] of tokens.entries()) {
    if (token.text === "(") depth += 1;
    if (token.text === ")") depth -= 1;
    if (depth === 0 && index < tokens.length - 1) return false;
  }
  return true;
}

/** An expression in the one spelling that is compared: a table's columns without the table's name in front. */
export function describeExpression(table: TableDefinition, expression: string): string {
  return normalizeSql(dropQualifiers(expression, [table.name, `__new_${table.name}`]));
}

/** Takes the names of tables in front of columns away: `users.age` becomes `age`. */
export function dropQualifiers(expression: string, tables: readonly string[]): string {
  const tokens = tokenize(expression);
  const dropped = new Set<number>();
  for (const [index, token] of tokens.entries()) {
    const name = nameOf(token);
    const dot = tokens[index + 1];
    if (name === undefined || dot?.text !== "." || !tables.some((table) => sameName(table, name))) continue;
    dropped.add(index).add(index + 1);
  }
  return tokens.map((token, index) => (dropped.has(index) ? "" : token.text)).join("");
}

/** A foreign key in one line. */
export function describeForeignKey(foreignKey: ForeignKeyDefinition): string {
  const { columns, parent, parentColumns, onDelete, onUpdate, rest } = foreignKey;
  return [
    `foreign key (${columns.map(foldName).join(", ")}) references ${foldName(parent)}`,
    `(${parentColumns.map(foldName).join(", ")})`,
    onDelete === undefined ? "" : `on delete ${onDelete}`,
    onUpdate === undefined ? "" : `on update ${onUpdate}`,
    rest.toLowerCase(),
  ]
    .filter((part) => part !== "")
    .join(" ");
}

/** Columns of a key with their collations and orders, and what happens on a conflict. */
export function describeKey({ columns, suffixes, onConflict }: UniqueDefinition): string {
  const parts = columns.map((column, at) => normalizeSql(`${quoteName(column)} ${suffixes[at] ?? ""}`));
  return `(${parts.join(", ")})${conflict(onConflict)}`;
}

function conflict(onConflict: string | undefined): string {
  return onConflict === undefined ? "" : ` on conflict ${onConflict}`;
}

/** Whether an expression names a column. Words before a parenthesis are functions. */
export function mentions(sql: string, column: string): boolean {
  const tokens = tokenize(sql);
  return tokens.some((token, index) => {
    const name = nameOf(token);
    return name !== undefined && sameName(name, column) && neighbour(tokens, index, 1)?.text !== "(";
  });
}

/** Renames columns in an expression of one table. Function names and keywords in front of `(` stay. */
export function renameColumnsIn(sql: string, renames: ReadonlyMap<string, string>): string {
  if (renames.size === 0) return sql;
  return replaceNames(sql, (name, index, tokens) => {
    if (neighbour(tokens, index, 1)?.text === "(" || isWord(neighbour(tokens, index, -1), "COLLATE"))
      return undefined;
    return renames.get(foldName(name));
  });
}
