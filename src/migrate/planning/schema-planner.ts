// Plans the statements that bring a schema from one capture to another. They run in one batch with foreign keys
// off. Nothing is dropped and made again that did not change.
import {
  type Archive,
  type ColumnArchive,
  convertedColumns,
  droppedColumns,
  findRemovals,
} from "./archive.ts";
import { checkMark } from "./archive-statements.ts";
import { findArchiveRefusals, isArchiveTrigger } from "./archive-upkeep.ts";
import { type Capture, type CapturedObject, type CapturedTable, findTable } from "../schema/capture.ts";
import {
  type ChangeClass,
  noRenames,
  type PlannedStatement,
  type Refusal,
  type Renames,
  type SchemaPlan,
  worstClass,
} from "../schema/change.ts";
import { findGoing, objectKey, objectsOf } from "./dependents.ts";
import { foreignKeyGuard } from "../statements/foreign-key-guard.ts";
import { readsContent, rebuildIndexTable } from "../schema/full-text.ts";
import { renameObjectSql } from "../schema/object-text.ts";
import { findNewerData, findRefusals, uniqueIndexRule } from "./preflight.ts";
import { rebuildTable } from "./rebuild.ts";
import { makeRoom, type Move, newTableName, orderMoves } from "../schema/renames.ts";
import { restoreColumns, restoreTable } from "./restore.ts";
import { foldName, normalizeSql, quoteName, sameName } from "../sql/sql-tokens.ts";
import { compareTables, type TableChange, type TableChanges } from "../schema/table-changes.ts";
import { type ColumnDefinition, findColumn } from "../sql/table-definition.ts";
import { columnText } from "../sql/table-parser.ts";
import { writeColumn, writeReferences } from "../sql/table-writer.ts";

/** What to plan. */
export interface SchemaPlanRequest {
  readonly from: Capture;
  readonly to: Capture;
  /** From the first to the second. */
  readonly renames?: Renames;
  /** What the upgrade put aside, for a downgrade: joined back, then dropped. Empty for a downgrade without any. */
  readonly archives?: readonly Archive[];
}

/** Everything that the parts of a plan are made from. */
interface Draft extends Required<SchemaPlanRequest> {
  readonly direction: "up" | "down";
  readonly tables: TableChanges;
  readonly refusals: readonly Refusal[];
  /** Views and triggers that cannot stay while tables change. */
  readonly going: ReadonlySet<CapturedObject>;
  readonly statements: PlannedStatement[];
}

/** Plans a change of the schema. */
export function planSchema(request: SchemaPlanRequest): SchemaPlan {
  const { from, to, archives = [] } = request;
  const direction = request.archives === undefined ? "up" : "down";
  const renames = makeRoom(request.renames ?? noRenames, from);
  const tables = compareTables(from, to, renames, direction);
  const parts = { from, to, renames, archives, tables };
  const refusals = findRefusals(parts);
  const draft: Draft = { ...parts, direction, refusals, going: findGoing(parts), statements: [] };
  dropObjects(draft);
  dropIndexes(draft);
  moveTables(draft);
  createTables(draft, "table");
  for (const change of tables.changes) changeTable(draft, change);
  createTables(draft, "virtual");
  createIndexes(draft);
  fillIndexTables(draft);
  createObjects(draft);
  for (const archive of archives) dropArchive(draft, archive);
  const statements = guarded(draft);
  return {
    statements,
    class: worstClass(statements.map((statement) => statement.class)),
    removals: findRemovals(from, to, renames),
    rebuilt: tables.changes.flatMap((change) => (change.kind === "rebuild" ? [change.pair.name] : [])),
    refusals,
    archiveRefusals: findArchiveRefusals(archives),
    newerData: findNewerData(parts),
  };
}

/** With the check that foreign keys are off in front, if the statements need it. */
function guarded({ statements, from }: Draft): readonly PlannedStatement[] {
  const guard = foreignKeyGuard(
    statements.map(({ sql }) => sql),
    from,
  );
  const summary = "check that foreign keys are off";
  return [...guard.map((sql) => ({ sql, summary, class: "exact" as const })), ...statements];
}

function add(draft: Draft, sql: string, summary: string, changeClass: ChangeClass = "exact"): void {
  draft.statements.push({ sql, summary, class: changeClass });
}

/**
 * First of all, so that the whole script fails if one is missing, whoever runs it: what was written without it is not
 * known to its archive. Only a trigger that goes for good, and whose archive is not read here, may be missing.
 */
function dropArchiveTriggers(draft: Draft): void {
  const stays = new Set(draft.to.objects.map(objectKey));
  const read = new Set(draft.archives.flatMap(({ triggers }) => triggers.map(objectKey)));
  for (const trigger of [...draft.going].filter(isArchiveTrigger)) {
    const key = objectKey(trigger);
    const must = stays.has(key) || read.has(key);
    const name = quoteName(trigger.name);
    add(draft, `DROP TRIGGER ${must ? "" : "IF EXISTS "}${name}`, `drop trigger ${trigger.name}`);
  }
  for (const archive of draft.archives) {
    if (archive.kind !== "columns" || archive.mark === undefined) continue;
    add(draft, checkMark(archive.mark), `look whether the rows of ${archive.table} were renumbered`);
  }
}

function dropObjects(draft: Draft): void {
  dropArchiveTriggers(draft);
  for (const kind of ["trigger", "view"] as const) {
    const going = [...draft.going].filter((object) => object.kind === kind && !isArchiveTrigger(object));
    for (const object of going.toReversed()) {
      add(draft, `DROP ${kind.toUpperCase()} ${quoteName(object.name)}`, `drop ${kind} ${object.name}`);
    }
  }
}

function createObjects(draft: Draft): void {
  const staying = new Set(
    objectsOf(draft.from, "view", "trigger")
      .filter((object) => !draft.going.has(object))
      .map(objectKey),
  );
  for (const object of objectsOf(draft.to, "view", "trigger")) {
    if (!staying.has(objectKey(object))) add(draft, object.sql, `create ${object.kind} ${object.name}`);
  }
}

/** Whether an index outlives the change of tables as it is. */
function keepsIndex(draft: Draft, index: CapturedObject): boolean {
  const table = newTableName(draft.renames, index.table);
  const change = draft.tables.changes.find(({ pair }) => sameName(pair.name, table));
  if (change === undefined || change.kind === "rebuild") return false;
  const wanted = objectsOf(draft.to, "index").find((object) => sameName(object.name, index.name));
  return (
    wanted !== undefined &&
    normalizeSql(wanted.sql) === normalizeSql(renameObjectSql(index.sql, index.table, draft.renames))
  );
}

function dropIndexes(draft: Draft): void {
  for (const index of objectsOf(draft.from, "index")) {
    const table = findTable(draft.from, index.table);
    const goes = draft.tables.dropped.some((dropped) => dropped === table);
    const rebuilt = draft.tables.changes.some(
      ({ kind, pair }) => kind === "rebuild" && pair.captured.from === table,
    );
    // Indexes go with their table.
    if (!goes && !rebuilt && !keepsIndex(draft, index))
      add(draft, `DROP INDEX ${quoteName(index.name)}`, `drop index ${index.name}`);
  }
}

function createIndexes(draft: Draft): void {
  const kept = new Set(
    objectsOf(draft.from, "index")
      .filter((index) => keepsIndex(draft, index))
      .map((index) => foldName(index.name)),
  );
  for (const index of objectsOf(draft.to, "index")) {
    if (kept.has(foldName(index.name))) continue;
    const refusable = draft.refusals.some(({ rule }) => rule === uniqueIndexRule(index));
    add(draft, index.sql, `create index ${index.name}`, refusable ? "may-be-refused" : "exact");
  }
}

/** Drops the tables that go, then renames: what is free first. */
function moveTables(draft: Draft): void {
  const { renames, tables } = draft;
  for (const table of tables.dropped.toReversed()) {
    const changeClass = readsContent(table) ? "exact" : "newer-data-lost";
    add(draft, `DROP TABLE ${quoteName(table.name)}`, `drop ${table.name}`, changeClass);
  }
  const isMoved = ({ from }: Move) => !tables.dropped.some((table) => sameName(table.name, from));
  for (const { from, to } of orderMoves(renames.tables.filter(isMoved))) {
    add(draft, `ALTER TABLE ${quoteName(from)} RENAME TO ${quoteName(to)}`, `rename ${from} to ${to}`);
  }
  for (const { pair } of tables.changes) {
    const columns = renames.columns.filter((column) => sameName(column.table, pair.name));
    for (const { from, to } of orderMoves(columns)) {
      const sql = `ALTER TABLE ${quoteName(pair.name)} RENAME COLUMN ${quoteName(from)} TO ${quoteName(to)}`;
      add(draft, sql, `rename ${pair.name}.${from} to ${to}`);
    }
  }
}

/** Virtual tables come last, since they may read their rows from an ordinary one. */
function createTables(draft: Draft, kind: CapturedTable["kind"]): void {
  for (const table of draft.tables.created.filter((candidate) => candidate.kind === kind)) {
    const archive = draft.archives.find((kept) => kept.kind === "table" && sameName(kept.table, table.name));
    const restored = archive?.kind === "table" ? archive : undefined;
    const lost = readsContent(table) ? "exact" : "structure-only";
    add(draft, table.sql, `create ${table.name}`, restored === undefined ? lost : "archived");
    if (restored === undefined) continue;
    for (const sql of restoreTable(table, restored)) add(draft, sql, `restore ${table.name}`, "archived");
  }
}

function fillIndexTables(draft: Draft): void {
  for (const table of draft.tables.created) {
    const sql = rebuildIndexTable(table);
    if (sql !== undefined) add(draft, sql, `fill ${table.name}`);
  }
}

function columnArchive(draft: Draft, table: string): ColumnArchive | undefined {
  const found = draft.archives.find(
    (archive) => archive.kind === "columns" && sameName(archive.table, table),
  );
  return found?.kind === "columns" ? found : undefined;
}

function changeTable(draft: Draft, change: TableChange): void {
  const { pair } = change;
  if (change.kind === "none") return;
  const archive = columnArchive(draft, pair.name);
  const changeClass = classify(draft, change, archive);
  if (change.kind === "rebuild") {
    const statements = rebuildTable(pair, archive, draft.direction);
    for (const sql of statements) add(draft, sql, `rebuild ${pair.name}`, changeClass);
    return;
  }
  const table = quoteName(pair.name);
  for (const column of change.dropped) {
    add(
      draft,
      `ALTER TABLE ${table} DROP COLUMN ${quoteName(column)}`,
      `drop ${pair.name}.${column}`,
      changeClass,
    );
  }
  for (const column of change.added) {
    const reference = pair.to.foreignKeys.find(
      (key) => key.columns.length === 1 && sameName(key.columns[0] ?? "", column.name),
    );
    const written = columnText(pair.captured.to.sql, column.name) ?? writeColumn(column);
    const tail =
      reference === undefined || /\breferences\b/i.test(written) ? "" : ` ${writeReferences(reference)}`;
    add(
      draft,
      `ALTER TABLE ${table} ADD COLUMN ${written}${tail}`,
      `add ${pair.name}.${column.name}`,
      changeClass,
    );
  }
  if (archive === undefined) return;
  for (const sql of restoreColumns(pair, archive))
    add(draft, sql, `restore columns of ${pair.name}`, "archived");
}

/** What a table's change means for its rows, when it is made to take an upgrade back. */
function classify(draft: Draft, { pair }: TableChange, archive: ColumnArchive | undefined): ChangeClass {
  const classes: ChangeClass[] = [];
  if (droppedColumns(pair).length > 0) classes.push("newer-data-lost");
  const isNew = (column: ColumnDefinition) =>
    column.generated === undefined && findColumn(pair.from, column.name) === undefined;
  if (pair.to.columns.some(isNew)) classes.push(archive === undefined ? "structure-only" : "archived");
  if (convertedColumns(pair).length > 0)
    classes.push(archive === undefined ? "lossy-conversion" : "archived");
  if (draft.refusals.some(({ table }) => sameName(table, pair.name))) classes.push("may-be-refused");
  return worstClass(classes);
}

function dropArchive(draft: Draft, archive: Archive): void {
  add(draft, `DROP TABLE ${quoteName(archive.name)}`, `drop the archive of ${archive.table}`);
  if (archive.kind === "table" && archive.sequence !== undefined) {
    add(draft, `DROP TABLE ${quoteName(archive.sequence)}`, `drop the archive of ${archive.table}`);
  }
  if (archive.kind === "columns" && archive.mark !== undefined) {
    add(draft, `DROP TABLE ${quoteName(archive.mark)}`, `drop the archive of ${archive.table}`);
  }
}
