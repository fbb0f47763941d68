// A schema as a value whose tables and columns keep an identity through renames, and the SQL texts it is made of.
import type { Capture, CapturedObject } from "../../../../src/migrate/schema/capture.ts";
import type { Renames } from "../../../../src/migrate/schema/change.ts";
import { quoteName, quoteText } from "../../../../src/migrate/sql/sql-tokens.ts";
import { parseTable } from "../../../../src/migrate/sql/table-parser.ts";

export interface Column {
  readonly id: number;
  name: string;
  type: string;
  notNull: boolean;
  defaultValue: string | undefined;
  collate: string | undefined;
  generated: "virtual" | "stored" | undefined;
  check: string | undefined;
  unique: boolean;
}

export type Key = "none" | "integer" | "autoincrement" | "text" | "composite";

export interface ForeignKey {
  readonly column: number;
  readonly parent: number;
  readonly actions: string;
  readonly inline: boolean;
}

export interface Table {
  readonly id: number;
  name: string;
  key: Key;
  strict: boolean;
  withoutRowid: boolean;
  columns: Column[];
  foreignKeys: ForeignKey[];
}

export interface Index {
  readonly name: string;
  readonly table: number;
  readonly columns: readonly number[];
  readonly form: "plain" | "desc" | "expression" | "partial" | "unique";
}

export interface Schema {
  tables: Table[];
  indexes: Index[];
  /** Tables that a view reads; `above` is another view over it. */
  views: { readonly name: string; readonly table: number; readonly above: boolean }[];
  triggers: { readonly name: string; readonly table: number; readonly event: string }[];
}

/** The column that tells rows apart, in each table and through all changes. */
export const marker = "zid";
/** Where triggers write, so that one that fires in a migration is seen. */
export const auditTable = "CREATE TABLE audit (zid TEXT, what TEXT)";

const q = quoteName;

function columnSql(table: Table, column: Column, foreignKeys: readonly ForeignKey[], schema: Schema): string {
  const inlineKey = column.id === 0 && table.key !== "none" && table.key !== "composite";
  const reference = foreignKeys.find((key) => key.inline && key.column === column.id);
  return [
    q(column.name),
    column.type,
    inlineKey ? `PRIMARY KEY${table.key === "autoincrement" ? " AUTOINCREMENT" : ""}` : "",
    column.notNull ? "NOT NULL" : "",
    column.defaultValue === undefined ? "" : `DEFAULT ${column.defaultValue}`,
    column.collate === undefined ? "" : `COLLATE ${column.collate}`,
    column.check === undefined ? "" : `CHECK (${q(column.name)} ${column.check})`,
    column.unique ? "UNIQUE" : "",
    reference === undefined ? "" : referencesSql(reference, schema),
    column.generated === undefined ? "" : `AS (upper(${marker})) ${column.generated.toUpperCase()}`,
  ]
    .filter((part) => part !== "")
    .join(" ");
}

function referencesSql(key: ForeignKey, schema: Schema): string {
  const parent = schema.tables.find(({ id }) => id === key.parent);
  const column = parent?.columns[0]?.name ?? "";
  // Without columns the parent's key is meant.
  return `REFERENCES ${q(parent?.name ?? "")}${key.inline ? "" : ` (${q(column)})`} ${key.actions}`.trimEnd();
}

function tableSql(table: Table, schema: Schema): string {
  const keys = table.foreignKeys;
  const parts = [
    ...table.columns.map((column) => columnSql(table, column, keys, schema)),
    `${marker} TEXT`,
    ...(table.key === "composite"
      ? [
          `PRIMARY KEY (${table.columns
            .slice(0, 2)
            .map(({ name }) => q(name))
            .join(", ")})`,
        ]
      : []),
    ...keys
      .filter((key) => !key.inline)
      .map((key) => {
        const column = table.columns.find(({ id }) => id === key.column);
        return `FOREIGN KEY (${q(column?.name ?? "")}) ${referencesSql(key, schema)}`;
      }),
    `CONSTRAINT marked CHECK (${q(table.name)}.${marker} <> ${quoteText(`${table.name}.x`)})`,
  ];
  const options = [...(table.strict ? ["STRICT"] : []), ...(table.withoutRowid ? ["WITHOUT ROWID"] : [])];
  return `CREATE TABLE ${q(table.name)} ( -- a comment, with (a comma)\n  ${parts.join(",\n  ")}\n)${options.join(", ")}`;
}

function indexSql(index: Index, table: Table, columns: readonly Column[]): string {
  const names = columns.map(({ name }) => q(name));
  const [first = ""] = names;
  const forms = {
    plain: names.join(", "),
    unique: names.join(", "),
    partial: names.join(", "),
    desc: names.map((name) => `${name} DESC`).join(", "),
    expression: `ifnull(${first}, 'a,b'), ${names.join(", ")}`,
  };
  const where = index.form === "partial" ? ` WHERE ${first} IS NOT NULL` : "";
  return `CREATE ${index.form === "unique" ? "UNIQUE " : ""}INDEX ${q(index.name)} ON ${q(table.name)} (${forms[index.form]})${where}`;
}

/** The schema as it would be captured. */
export function captureOf(schema: Schema): Capture {
  const find = (id: number) => schema.tables.find((table) => table.id === id);
  const objects: CapturedObject[] = [];
  for (const index of schema.indexes) {
    const table = find(index.table);
    const columns = index.columns.flatMap((id) => table?.columns.filter((column) => column.id === id) ?? []);
    if (table === undefined || columns.length === 0) continue;
    objects.push({
      kind: "index",
      name: index.name,
      table: table.name,
      sql: indexSql(index, table, columns),
    });
  }
  for (const { name, table: id, above } of schema.views) {
    const table = find(id);
    if (table === undefined) continue;
    const columns = [marker, ...table.columns.map((column) => q(column.name))].join(", ");
    objects.push({
      kind: "view",
      name,
      table: name,
      sql: `CREATE VIEW ${q(name)} AS SELECT ${columns} FROM ${q(table.name)} AS x`,
    });
    if (!above) continue;
    const sql = `CREATE VIEW ${q(`${name} 2`)} AS SELECT count(*) AS n FROM ${q(name)}`;
    objects.push({ kind: "view", name: `${name} 2`, table: `${name} 2`, sql });
  }
  for (const { name, table: id, event } of schema.triggers) {
    const table = find(id);
    if (table === undefined) continue;
    const row = event === "DELETE" ? "old" : "new";
    const body = `INSERT INTO audit (zid, what) VALUES (${row}.${marker}, '${event}; END')`;
    const sql = `CREATE TRIGGER ${q(name)} AFTER ${event} ON ${q(table.name)} BEGIN ${body}; END`;
    objects.push({ kind: "trigger", name, table: table.name, sql });
  }
  const texts = [...schema.tables.map((table) => tableSql(table, schema)), auditTable];
  return { tables: texts.map(captureTable), objects };
}

function captureTable(sql: string): Capture["tables"][number] {
  const { name, strict, withoutRowid, columns, primaryKey } = parseTable(sql);
  return {
    name,
    sql,
    kind: "table",
    strict,
    withoutRowid,
    columns: columns.map((column) => ({
      name: column.name,
      type: column.type,
      notNull: column.notNull,
      defaultValue: column.defaultValue ?? null,
      primaryKey: 1 + (primaryKey?.columns.indexOf(column.name) ?? -1),
      generated: column.generated?.kind ?? "no",
    })),
  };
}

/** The renames between two schemas, by the identities of their tables and columns. */
export function renamesBetween(from: Schema, to: Schema): Renames {
  const pairs = from.tables.flatMap((table) => {
    const target = to.tables.find(({ id }) => id === table.id);
    return target === undefined ? [] : [{ table, target }];
  });
  return {
    tables: pairs
      .filter(({ table, target }) => table.name !== target.name)
      .map(({ table, target }) => ({ from: table.name, to: target.name })),
    columns: pairs.flatMap(({ table, target }) =>
      table.columns.flatMap((column) => {
        const other = target.columns.find(({ id }) => id === column.id);
        return other === undefined || other.name === column.name
          ? []
          : [{ table: target.name, from: column.name, to: other.name }];
      }),
    ),
  };
}
