// The defaults of the schema in the code, as drizzle-orm would store them. drizzle-kit 0.31 writes dates, buffers and
// JSON defaults as JSON text, which is not what a program reads back.
import { affinityOf } from "../sql/affinity.ts";
import { type Capture, findTable } from "../schema/capture.ts";
import type { Model } from "../schema/model.ts";
import { sameName } from "../sql/sql-tokens.ts";
import { canonicalLiteral, convertLiteral } from "../schema/row-conversion.ts";

/** The default of one column that is a value, not SQL. */
export interface SchemaDefault {
  readonly table: string;
  readonly column: string;
  /** What drizzle-orm stores for it, as an SQL literal. */
  readonly literal: string;
}

/**
 * Lines of JavaScript that leave the defaults in `defaults`; they expect `config` and `fs`, and run if the schema's
 * TypeScript can be loaded. A schema that cannot be loaded here gives none: drizzle-kit says what it does not like.
 */
export function readDefaultsText(): string[] {
  return [`const defaults = [];`, `try {`, collectText, `} catch {}`];
}

/** Names are cased as drizzle-orm cases them. A default without a literal, such as an SQL expression, is left out. */
const collectText = `
  const { resolve } = require("node:path");
  const [nameKey, columnsKey] = [Symbol.for("drizzle:Name"), Symbol.for("drizzle:Columns")];
  const filesOf = (entry) => {
    if (!fs.existsSync(entry)) return fs.globSync?.(entry) ?? [];
    if (!fs.statSync(entry).isDirectory()) return [entry];
    return fs.readdirSync(entry).map((name) => entry + "/" + name);
  };
  const nameOf = (column) => {
    if (column.keyAsName !== true || config.casing === undefined) return column.name;
    const { toSnakeCase, toCamelCase } = require("drizzle-orm/casing");
    return config.casing === "snake_case" ? toSnakeCase(column.name) : toCamelCase(column.name);
  };
  const literalOf = (value) => {
    const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : value;
    if (ArrayBuffer.isView(bytes)) return "X'" + Buffer.from(bytes).toString("hex") + "'";
    if (typeof value === "string") return "'" + value.replaceAll("'", "''") + "'";
    if (typeof value === "boolean") return value ? "1" : "0";
    return typeof value === "bigint" || Number.isFinite(value) ? String(value) : undefined;
  };
  for (const file of [config.schema ?? []].flat().flatMap(filesOf)) {
    for (const table of Object.values(require(resolve(file)))) {
      for (const column of Object.values(table?.[columnsKey] ?? {})) {
        const value = column.default;
        if (value === undefined || value === null || value.queryChunks !== undefined) continue;
        const literal = literalOf(column.mapToDriverValue(value));
        if (literal !== undefined) defaults.push({ table: table[nameKey], column: nameOf(column), literal });
      }
    }
  }`;

/** A model whose defaults are what drizzle-orm stores, if the snapshot says something else. */
export function correctDefaults(model: Model, defaults: readonly SchemaDefault[]): Model {
  const tables = model.tables.map((table) => ({
    ...table,
    columns: table.columns.map((column) => {
      const { defaultValue, name, type } = column;
      const stored = defaults.find((one) => sameName(one.table, table.name) && sameName(one.column, name));
      if (defaultValue === undefined || stored === undefined) return column;
      const form = (text: string) => storedForm(text, type);
      const isSame = form(defaultValue) === undefined || form(defaultValue) === form(stored.literal);
      return isSame ? column : { ...column, defaultValue: stored.literal };
    }),
  }));
  return { ...model, tables };
}

/** A model that takes a default which is stored already as drizzle-orm stores it, whatever the snapshot says. */
export function acceptStored(model: Model, defaults: readonly SchemaDefault[], schema: Capture): Model {
  const corrected = correctDefaults(model, defaults);
  const tables = model.tables.map((table, at) => ({
    ...table,
    columns: table.columns.map((column, index) => {
      const stored = corrected.tables[at]?.columns[index]?.defaultValue;
      const live = findTable(schema, table.name)?.columns.find(({ name }) => sameName(name, column.name));
      const text = live?.defaultValue ?? undefined;
      const isStored = stored !== undefined && text !== undefined && stored !== column.defaultValue;
      const isSame = isStored && storedForm(text, column.type) === storedForm(stored, column.type);
      return isSame ? { ...column, defaultValue: text } : column;
    }),
  }));
  return { ...model, tables };
}

/**
 * The defaults of an older model, if its snapshot has the same text as the new one: a column whose default has not
 * changed is nothing that a revision changes.
 */
export function correctUnchanged(older: Model, snapshot: Model, corrected: Model): Model {
  const find = (model: Model, table: string, column: string) =>
    model.tables.find(({ name }) => sameName(name, table))?.columns.find(({ name }) => sameName(name, column))
      ?.defaultValue;
  const tables = older.tables.map((table) => ({
    ...table,
    columns: table.columns.map((column) => {
      const isSame = find(snapshot, table.name, column.name) === column.defaultValue;
      return isSame ? { ...column, defaultValue: find(corrected, table.name, column.name) } : column;
    }),
  }));
  return { ...older, tables };
}

/** What a column of a type stores for a literal; undefined for what is no literal. */
function storedForm(text: string, type: string): string | undefined {
  const affinity = affinityOf(type, false);
  const store = (literal: string) => {
    const converted = convertLiteral(literal, affinity);
    return converted === literal ? canonicalLiteral(literal, affinity) : converted;
  };
  if (/^'(?:[^']|'')*'$/.test(text)) {
    const value = text.slice(1, -1).replaceAll("''", "'");
    return store(`CAST(x'${Buffer.from(value).toString("hex").toUpperCase()}' AS TEXT)`);
  }
  if (/^(?:true|false)$/i.test(text)) return store(/^t/i.test(text) ? "1" : "0");
  if (/^x'[0-9a-f]*'$/i.test(text)) return text.toUpperCase();
  return /^[+-]?[\d.]+(?:e[+-]?\d+)?$/i.test(text) ? store(text) : undefined;
}
