// The schema that a revision is to lead to: what was there before, changed by what the model changed.
// What a model cannot say (triggers, COLLATE, STRICT, WITHOUT ROWID, hand-made indexes) is carried over.
import type { Capture, CapturedTable } from "../schema/capture.ts";
import type { ModelColumn, ModelTable } from "../schema/model.ts";
import { defineColumn, defineForeignKey, definePrimaryKey, defineTable } from "../schema/model-definition.ts";
import { makeRoom, renameTable, targetName } from "../schema/renames.ts";
import { retitle } from "../sql/retitle.ts";
import { foldName, normalizeSql, sameName } from "../sql/sql-tokens.ts";
import { compareTables } from "../schema/table-changes.ts";
import { describeKey, describeTable } from "../sql/table-compare.ts";
import { type ColumnDefinition, findColumn, type TableDefinition } from "../sql/table-definition.ts";
import { parseTable } from "../sql/table-parser.ts";
import { writeTable } from "../sql/table-writer.ts";
import { type KeyChange, keyIdentity, keysOnColumns, mergeKeys, settleKeys } from "./wanted-keys.ts";
import { buildWantedObjects, modelTable, type WantedRequest } from "./wanted-objects.ts";

/**
 * Builds the wanted schema.
 *
 * @throws {MigrationError} `PROOF_FAILED` if a hand-made trigger or view reads a column that goes.
 */
export function buildWanted(asked: WantedRequest): Capture {
  const request = { ...asked, renames: makeRoom(asked.renames, asked.before) };
  const kept = request.before.tables.flatMap((table) => keepTable(request, table));
  const names = new Set(kept.map((table) => foldName(table.name)));
  const created = request.next.tables.filter((table) => !names.has(foldName(table.name)));
  const tables = [...kept, ...created.map((table) => captureOf(defineTable(table)))];
  return settleRebuilt(request, { tables, objects: buildWantedObjects(request, tables) });
}

/** A table that is rebuilt anyway gets each foreign key once, and as the model has it. */
function settleRebuilt({ before, next, renames }: WantedRequest, wanted: Capture): Capture {
  const identify = keyIdentity(before, renames);
  const settled = compareTables(before, wanted, renames).changes.flatMap(({ kind, pair }) => {
    const target = modelTable(next, pair.name);
    if (kind !== "rebuild" || target === undefined) return [];
    const change = { live: pair.to.foreignKeys, next: target.foreignKeys.map(defineForeignKey) };
    const foreignKeys = settleKeys(change, identify);
    const isSame = JSON.stringify(foreignKeys) === JSON.stringify(pair.to.foreignKeys);
    return isSame ? [] : [[pair.captured.to, captureOf({ ...pair.to, foreignKeys })] as const];
  });
  if (settled.length === 0) return wanted;
  const changed = new Map(settled);
  return { ...wanted, tables: wanted.tables.map((table) => changed.get(table) ?? table) };
}

/** A definition as it would be captured. */
function captureOf(table: TableDefinition, sql = writeTable(table)): CapturedTable {
  return {
    name: table.name,
    sql,
    kind: "table",
    withoutRowid: table.withoutRowid,
    strict: table.strict,
    columns: table.columns.map((column) => ({
      name: column.name,
      type: column.type,
      notNull: column.notNull,
      defaultValue: column.defaultValue ?? null,
      primaryKey: 1 + (table.primaryKey?.columns ?? []).findIndex((key) => sameName(key, column.name)),
      generated: column.generated?.kind ?? "no",
    })),
  };
}

/** What becomes of a table that was there: nothing if the model dropped it. */
function keepTable(request: WantedRequest, table: CapturedTable): CapturedTable[] {
  const { previous, next, renames } = request;
  const name = targetName(renames, table.name);
  if (name === undefined) return [];
  const old = modelTable(previous, table.name);
  const target = modelTable(next, name);
  if (old !== undefined && target === undefined) return [];
  if (table.kind === "virtual")
    return [{ ...table, name, sql: name === table.name ? table.sql : retitle(table.sql, name, table.name) }];
  const before = parseTable(table.sql);
  const renamed = renameTable(before, renames);
  const wanted = target === undefined ? renamed : applyModel(renamed, old, target, request);
  const isSame =
    describeTable(before).join("\n") === describeTable(wanted).join("\n") && before.name === wanted.name;
  return [isSame ? table : captureOf(wanted)];
}

/** Changes a live table by what differs between two models of it. */
function applyModel(
  table: TableDefinition,
  old: ModelTable | undefined,
  target: ModelTable,
  { before, renames }: WantedRequest,
): TableDefinition {
  const previous = old === undefined ? undefined : renameTable(defineTable(old), renames);
  const next = defineTable(target);
  const columns = target.columns.flatMap((column) => wantedColumn(table, previous, next, column));
  const handMade = table.columns.filter(
    (column) =>
      findColumn(next, column.name) === undefined && findColumn(previous ?? next, column.name) === undefined,
  );
  const keys: KeyChange = {
    live: table.foreignKeys,
    previous: previous?.foreignKeys ?? [],
    next: target.foreignKeys.map(defineForeignKey),
  };
  const keySame = JSON.stringify(previous?.primaryKey) === JSON.stringify(next.primaryKey);
  const names = [...columns, ...handMade].map((column) => column.name);
  const changed: TableDefinition = {
    ...table,
    columns: [...columns, ...handMade],
    primaryKey: keySame ? table.primaryKey : definePrimaryKey(target),
    uniques: mergeParts(table.uniques, previous?.uniques, next.uniques, describeKey),
    checks: mergeParts(
      table.checks,
      previous?.checks,
      next.checks,
      (check) => `${check.name}:${normalizeSql(check.expression)}`,
    ),
    foreignKeys: keysOnColumns(mergeKeys(keys, keyIdentity(before, renames)), [...columns, ...handMade]),
  };
  return { ...changed, columns: inLiveOrder(table, changed.columns, names) };
}

/** Columns keep their places; new ones come last, as ADD COLUMN would put them. */
function inLiveOrder(
  table: TableDefinition,
  columns: readonly ColumnDefinition[],
  names: readonly string[],
): ColumnDefinition[] {
  const place = (name: string) => {
    const at = table.columns.findIndex((column) => sameName(column.name, name));
    return at === -1 ? table.columns.length + names.indexOf(name) : at;
  };
  return columns.toSorted((a, b) => place(a.name) - place(b.name));
}

function wantedColumn(
  table: TableDefinition,
  previous: TableDefinition | undefined,
  next: TableDefinition,
  column: ModelColumn,
): ColumnDefinition[] {
  const live = findColumn(table, column.name);
  const old = previous === undefined ? undefined : findColumn(previous, column.name);
  const target = findColumn(next, column.name);
  const isUnchanged = old !== undefined && JSON.stringify(old) === JSON.stringify(target);
  if (!isUnchanged) return [defineColumn(column, live?.collate)];
  // One that the live table lacks all the same is nothing that this revision adds.
  return live === undefined ? [] : [live];
}

/** Live parts without those that the model took away, and with those that it added. */
function mergeParts<Part>(
  live: readonly Part[],
  previous: readonly Part[] | undefined,
  next: readonly Part[],
  keyOf: (part: Part) => string,
): Part[] {
  const before = new Set((previous ?? []).map(keyOf));
  const after = new Set(next.map(keyOf));
  const kept = live.filter((part) => !before.has(keyOf(part)) || after.has(keyOf(part)));
  const present = new Set(kept.map(keyOf));
  return [...kept, ...next.filter((part) => !present.has(keyOf(part)))];
}
