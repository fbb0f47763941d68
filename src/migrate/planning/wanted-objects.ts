// The indexes, views and triggers of a wanted schema: the model's, and those made by hand, carried over.
import { isArchiveOver, isArchiveTrigger } from "./archive-upkeep.ts";
import { type Capture, type CapturedObject, type CapturedTable, findTable } from "../schema/capture.ts";
import type { Renames } from "../schema/change.ts";
import { MigrationError } from "../errors.ts";
import { writeIndex, writeView } from "../schema/model-definition.ts";
import type { Model, ModelIndex, ModelTable } from "../schema/model.ts";
import { readsColumn, renameObjectSql } from "../schema/object-text.ts";
import { columnRenames, oldTableName, targetName } from "../schema/renames.ts";
import { foldName, normalizeSql, sameName } from "../sql/sql-tokens.ts";
import { renameColumnsIn } from "../sql/table-compare.ts";

/** What the wanted schema is made from. */
export interface WantedRequest {
  readonly before: Capture;
  /** The models before and after the revision. */
  readonly previous: Model;
  readonly next: Model;
  readonly renames: Renames;
}

/**
 * Builds the objects that stand on the wanted tables.
 *
 * @throws {MigrationError} `PROOF_FAILED` if a view or trigger made by hand reads a column that goes.
 */
export function buildWantedObjects(
  request: WantedRequest,
  tables: readonly CapturedTable[],
): CapturedObject[] {
  const views = wantedViews(request);
  const objects = [...views, ...wantedTriggers(request, tables, views)];
  for (const object of objects) refuseUnreadable(request, tables, object);
  return [...wantedIndexes(request, tables), ...objects];
}

/** Finds a model's table by its name. */
export function modelTable(model: Model, name: string): ModelTable | undefined {
  return model.tables.find((table) => sameName(table.name, name));
}

function wantedIndexes(request: WantedRequest, tables: readonly CapturedTable[]): CapturedObject[] {
  const { before, previous, next, renames } = request;
  const live = before.objects.filter((object) => object.kind === "index");
  const known = new Set(
    previous.tables.flatMap((table) => table.indexes.map((index) => foldName(index.name))),
  );
  const handMade = live
    .filter((index) => !known.has(foldName(index.name)))
    .map((index) => ({
      ...index,
      table: targetName(renames, index.table) ?? "",
      sql: renameObjectSql(index.sql, index.table, renames),
    }))
    .filter((index) => standsOn(index, tables, request));
  const modelled = next.tables.flatMap((table) =>
    table.indexes.map((index): CapturedObject => {
      const old = modelTable(previous, oldTableName(renames, table.name))?.indexes.find((other) =>
        sameName(other.name, index.name),
      );
      const captured = live.find((object) => sameName(object.name, index.name));
      const isSame =
        captured !== undefined &&
        old !== undefined &&
        sameName(targetName(renames, captured.table) ?? "", table.name) &&
        sameIndex(old, index, columnRenames(renames, table.name));
      const sql = isSame
        ? renameObjectSql(captured.sql, captured.table, renames)
        : writeIndex(table.name, index);
      return { kind: "index", name: index.name, table: table.name, sql };
    }),
  );
  return [...handMade, ...modelled];
}

/** A hand-made index goes with its table, or with a column that it is made from. */
function standsOn(index: CapturedObject, tables: readonly CapturedTable[], request: WantedRequest): boolean {
  const table = tables.find((candidate) => sameName(candidate.name, index.table));
  if (table === undefined) return false;
  return !goneColumns(request, table.name).some((column) =>
    readsColumn(index, { table: table.name, name: column }, () => false),
  );
}

/** Columns of a table that the model takes away, by the name that they would have now. */
function goneColumns(request: WantedRequest, table: string): string[] {
  const target = modelTable(request.next, table);
  const old = modelTable(request.previous, oldTableName(request.renames, table));
  if (target === undefined || old === undefined) return [];
  const renamed = columnRenames(request.renames, table);
  return old.columns
    .map((column) => renamed.get(foldName(column.name)) ?? column.name)
    .filter((name) => !target.columns.some((column) => sameName(column.name, name)));
}

function sameIndex(old: ModelIndex, next: ModelIndex, renames: ReadonlyMap<string, string>): boolean {
  const describe = (index: ModelIndex, change: (text: string) => string) =>
    JSON.stringify([
      index.unique,
      index.parts.map((part) => [part.isExpression, normalizeSql(change(part.text))]),
      index.where === undefined ? undefined : normalizeSql(change(index.where)),
    ]);
  return describe(old, (text) => renameColumnsIn(text, renames)) === describe(next, (text) => text);
}

function wantedViews(request: WantedRequest): CapturedObject[] {
  const { before, previous, next } = request;
  const live = before.objects.filter((object) => object.kind === "view");
  const known = new Set(previous.views.map((view) => foldName(view.name)));
  const handMade = live
    .filter((view) => !known.has(foldName(view.name)))
    .map((view) => ({ ...view, sql: renameObjectSql(view.sql, view.name, request.renames) }));
  const modelled = next.views.flatMap((view): CapturedObject[] => {
    const old = previous.views.find((other) => sameName(other.name, view.name));
    const captured = live.find((object) => sameName(object.name, view.name));
    const isSame = captured !== undefined && old?.definition === view.definition;
    const sql = isSame ? renameObjectSql(captured.sql, view.name, request.renames) : writeView(view);
    return sql === undefined ? [] : [{ kind: "view", name: view.name, table: view.name, sql }];
  });
  // In the order of their creation, since one may read another.
  const place = (view: CapturedObject) => {
    const at = live.findIndex((object) => sameName(object.name, view.name));
    return at === -1 ? live.length : at;
  };
  return [...handMade, ...modelled].toSorted((a, b) => place(a) - place(b));
}

function wantedTriggers(
  { before, renames }: WantedRequest,
  tables: readonly CapturedTable[],
  views: readonly CapturedObject[],
): CapturedObject[] {
  return before.objects.flatMap((trigger) => {
    if (trigger.kind !== "trigger") return [];
    const table = targetName(renames, trigger.table);
    if (table === undefined || ![...tables, ...views].some(({ name }) => sameName(name, table))) return [];
    if (isArchiveTrigger(trigger) && isOver(trigger, table)) return [];
    return [{ ...trigger, table, sql: renameObjectSql(trigger.sql, trigger.table, renames) }];
  });

  function isOver(trigger: CapturedObject, name: string): boolean {
    const old = findTable(before, trigger.table);
    const target = tables.find((candidate) => sameName(candidate.name, name));
    return old === undefined || isArchiveOver(trigger, old, target, renames);
  }
}

/** What reads a column that goes would be broken, and SQLite would say so only at a later ALTER TABLE. */
function refuseUnreadable(
  request: WantedRequest,
  tables: readonly CapturedTable[],
  object: CapturedObject,
): void {
  const hasColumn = (table: string, name: string) =>
    tables.some(
      (candidate) =>
        sameName(candidate.name, table) && candidate.columns.some((column) => sameName(column.name, name)),
    );
  for (const { name: table } of tables) {
    for (const name of goneColumns(request, table)) {
      if (!readsColumn(object, { table, name }, hasColumn)) continue;
      throw new MigrationError(
        "PROOF_FAILED",
        `The ${object.kind} ${object.name} reads ${table}.${name}, which this revision drops: ` +
          `drop or change the ${object.kind} in a revision of its own first (revision --empty)`,
        { place: { statement: object.sql } },
      );
    }
  }
}
