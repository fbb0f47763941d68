// What a planned change would meet in the rows: constraints that come back, and data written since that would go.
// Queries only, over the schema before the change; who runs them counts, and names rows by key, never by value.
import { emptyValue } from "../sql/affinity.ts";
import { type Archive, droppedColumns } from "./archive.ts";
import type { Capture, CapturedObject } from "../schema/capture.ts";
import type { NewerData, Refusal, Renames } from "../schema/change.ts";
import { type FutureRows, listFutureRows } from "./future-rows.ts";
import { parseIndex } from "../sql/index-definition.ts";
import { foldName, normalizeSql, quoteName, sameName } from "../sql/sql-tokens.ts";
import type { TableChanges } from "../schema/table-changes.ts";
import {
  defaultExpression,
  describeExpression,
  describeKey,
  dropQualifiers,
  mentions,
} from "../sql/table-compare.ts";
import {
  type ColumnDefinition,
  findColumn,
  type ForeignKeyDefinition,
  isRequired,
  isRowidAlias,
} from "../sql/table-definition.ts";
import { renameObjectSql } from "../schema/object-text.ts";

/** The parts of a plan that the questions to the rows are made from. */
export interface PreflightRequest {
  readonly from: Capture;
  readonly to: Capture;
  readonly renames: Renames;
  readonly archives: readonly Archive[];
  readonly tables: TableChanges;
}

/** Constraints that come back and that rows may break, with the rows that do. */
export function findRefusals(request: PreflightRequest): Refusal[] {
  const all = listFutureRows(request.tables, request.archives);
  return all.flatMap((future) => [
    ...(future.pair === undefined
      ? []
      : [
          ...notNulls(future),
          ...types(future),
          ...uniques(future),
          ...uniqueIndexes(request, future),
          ...checks(future),
        ]),
    ...foreignKeys(future, all),
  ]);
}

function refusal(future: FutureRows, rule: string, condition: string, rows = future.rows): Refusal {
  const { name } = future.table;
  return {
    table: name,
    rule,
    query: `SELECT ${future.key} FROM (${rows}) WHERE ${condition}`,
  };
}

function isChanged(future: FutureRows, name: string): boolean {
  return future.changed.has(foldName(name));
}

function notNulls(future: FutureRows): Refusal[] {
  const { table, pair } = future;
  return table.columns.flatMap((column) => {
    const old = pair === undefined ? undefined : findColumn(pair.from, column.name);
    const guaranteed = old === undefined || pair === undefined || isRequired(pair.from, old);
    if (!isRequired(table, column) || (guaranteed && column.generated === undefined)) return [];
    if (guaranteed && old !== undefined && !isChanged(future, column.name)) return [];
    return [refusal(future, `NOT NULL of ${table.name}.${column.name}`, `${quoteName(column.name)} IS NULL`)];
  });
}

const strictTypes: Readonly<Record<string, string>> = {
  INT: "'integer'",
  INTEGER: "'integer'",
  REAL: "'real', 'integer'",
  TEXT: "'text'",
  BLOB: "'blob'",
};

/** Types that are enforced: of a STRICT table, and of a rowid under another name. */
function types(future: FutureRows): Refusal[] {
  const { table, pair } = future;
  const allowed = (column: ColumnDefinition) =>
    table.strict || isRowidAlias(table, column.name) ? strictTypes[column.type.toUpperCase()] : undefined;
  return table.columns.flatMap((column) => {
    const list = allowed(column);
    const old = pair === undefined ? undefined : findColumn(pair.from, column.name);
    const same = pair?.from.strict === true && strictTypes[old?.type.toUpperCase() ?? ""] === list;
    const wasRowid = pair !== undefined && isRowidAlias(pair.from, column.name);
    if (list === undefined || same || wasRowid || old === undefined) return [];
    const name = quoteName(column.name);
    return [
      refusal(
        future,
        `type ${column.type} of ${table.name}.${column.name}`,
        `typeof(${name}) NOT IN (${list}, 'null')`,
      ),
    ];
  });
}

/** One row for each that shares its values with another one. */
function duplicates(
  future: FutureRows,
  rule: string,
  parts: readonly string[],
  condition: readonly string[],
): Refusal {
  const known = [...parts.map((part) => `(${part}) IS NOT NULL`), ...condition].join(" AND ");
  const counted = `SELECT *, count(*) OVER (PARTITION BY ${parts.join(", ")}) AS __count FROM (${future.rows}) WHERE ${known}`;
  return refusal(future, rule, "__count > 1", counted);
}

function uniques(future: FutureRows): Refusal[] {
  const { table, pair } = future;
  const keysOf = (definition = table) => [
    ...(definition.primaryKey === undefined ? [] : [definition.primaryKey]),
    ...definition.uniques,
  ];
  const describe = (definition: typeof table, key: (typeof table.uniques)[number]) =>
    key.columns.map((name) => foldName(`${name} ${collation(definition, name)}`)).join() +
    describeKey({ ...key, onConflict: undefined });
  const had = new Set(pair === undefined ? [] : keysOf(pair.from).map((key) => describe(pair.from, key)));
  return keysOf().flatMap((key) => {
    const same = had.has(describe(table, key)) && !key.columns.some((name) => isChanged(future, name));
    if (same) return [];
    const parts = key.columns.map((name, at) => {
      const suffix = /collate\s+\S+/i.exec(key.suffixes[at] ?? "")?.[0] ?? collation(table, name);
      return `${quoteName(name)} ${suffix}`.trimEnd();
    });
    return [duplicates(future, `UNIQUE of ${table.name} (${key.columns.join(", ")})`, parts, [])];
  });
}

/** A value that is computed has lost the collation of its column. */
function collation(table: FutureRows["table"], name: string): string {
  const collate = findColumn(table, name)?.collate;
  return collate === undefined ? "" : `COLLATE ${collate}`;
}

/** The rule that a unique index is, as a refusal says it. */
export function uniqueIndexRule(index: CapturedObject): string {
  return `UNIQUE of ${index.table} by index ${index.name}`;
}

function uniqueIndexes(request: PreflightRequest, future: FutureRows): Refusal[] {
  const { table } = future;
  const had = new Set(
    request.from.objects
      .filter((object) => object.kind === "index")
      .map((object) => normalizeSql(renameObjectSql(object.sql, object.table, request.renames))),
  );
  return request.to.objects.flatMap((object) => {
    if (object.kind !== "index" || !sameName(object.table, table.name)) return [];
    const index = parseIndex(object.sql);
    const read = table.columns.filter((column) => mentions(object.sql, column.name));
    const same = had.has(normalizeSql(object.sql)) && !read.some((column) => isChanged(future, column.name));
    if (!index.unique || same) return [];
    const parts = index.parts.map(({ text, column }) => {
      const collate = column === undefined || /\bcollate\b/i.test(text) ? "" : ` ${collation(table, column)}`;
      return dropQualifiers(text, [table.name]) + collate.trimEnd();
    });
    const condition = index.where === undefined ? [] : [`(${dropQualifiers(index.where, [table.name])})`];
    return [duplicates(future, uniqueIndexRule(object), parts, condition)];
  });
}

function checks(future: FutureRows): Refusal[] {
  const { table, pair } = future;
  const had = new Set(pair?.from.checks.map((check) => describeExpression(pair.from, check.expression)));
  return table.checks.flatMap((check) => {
    const expression = dropQualifiers(check.expression, [table.name]);
    const read = table.columns.filter((column) => mentions(expression, column.name));
    const same =
      had.has(describeExpression(table, check.expression)) &&
      !read.some((column) => isChanged(future, column.name));
    if (same) return [];
    return [refusal(future, `CHECK of ${table.name} (${check.name ?? expression})`, `NOT (${expression})`)];
  });
}

function foreignKeys(future: FutureRows, all: readonly FutureRows[]): Refusal[] {
  const had = new Set(future.pair?.from.foreignKeys.map((key) => describeReference(key)));
  return future.table.foreignKeys.flatMap((key) => {
    const parent = all.find(({ table }) => sameName(table.name, key.parent));
    const theirs =
      key.parentColumns.length > 0 ? key.parentColumns : (parent?.table.primaryKey?.columns ?? []);
    const moved = [
      ...key.columns.filter((name) => isChanged(future, name)),
      ...theirs.filter((name) => parent !== undefined && isChanged(parent, name)),
    ];
    const same = had.has(describeReference(key)) && moved.length === 0;
    if (same || parent === undefined || theirs.length !== key.columns.length) return [];
    const own = key.columns.map(quoteName).join(", ");
    const known = key.columns.map((name) => `${quoteName(name)} IS NOT NULL`);
    const present = theirs.map((name) => `${quoteName(name)} IS NOT NULL`).join(" AND ");
    const parents = `SELECT ${theirs.map(quoteName).join(", ")} FROM (${parent.rows}) WHERE ${present}`;
    return [
      refusal(
        future,
        `FOREIGN KEY of ${future.table.name} (${key.columns.join(", ")})`,
        `${known.join(" AND ")} AND (${own}) NOT IN (${parents})`,
      ),
    ];
  });
}

function describeReference({ columns, parent, parentColumns }: ForeignKeyDefinition): string {
  return [columns, [parent], parentColumns].map((names) => names.map(foldName).join()).join(">");
}

/** What was written since into tables and columns that the change takes away. */
export function findNewerData({ tables }: PreflightRequest): NewerData[] {
  const gone = tables.dropped.map((table): NewerData => ({
    table: table.name,
    query: `SELECT count(*) FROM ${quoteName(table.name)}`,
  }));
  const columns = tables.changes.flatMap(({ pair }) =>
    droppedColumns(pair).map((name): NewerData => {
      const at = pair.from.columns.findIndex((column) => sameName(column.name, name));
      const definition = pair.from.columns[at];
      const initial = definition === undefined ? "NULL" : initialValue(definition);
      const column = pair.captured.from.columns[at]?.name ?? name;
      const table = pair.captured.from.name;
      return {
        table,
        column,
        query: `SELECT count(*) FROM ${quoteName(table)} WHERE ${quoteName(column)} IS NOT ${initial}`,
      };
    }),
  );
  return [...gone, ...columns];
}

/** What rows got that were there when the column was added. */
function initialValue(column: ColumnDefinition): string {
  if (column.defaultValue !== undefined) return `(${defaultExpression(column.defaultValue)})`;
  return column.notNull ? emptyValue(column) : "NULL";
}
