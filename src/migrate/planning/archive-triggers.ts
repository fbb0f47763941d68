// The triggers that keep an archive in step with rows. SQLite gives a freed key to the next row, so a value is deleted
// with its row, moves with its row's key, and is deleted if another row takes the key. What REPLACE deletes fires no
// trigger, but the row that it inserts does.
import { type Archive, type ColumnArchive, matchColumn, type TableArchive } from "./archive.ts";
import { type Capture, type CapturedObject, findTable } from "../schema/capture.ts";
import type { Renames } from "../schema/change.ts";
import { columnRenames, targetName } from "../schema/renames.ts";
import { foldName, quoteName, sameName } from "../sql/sql-tokens.ts";
import { defaultExpression } from "../sql/table-compare.ts";
import type { TablePair } from "../schema/table-changes.ts";
import {
  findColumn,
  type ForeignKeyDefinition,
  isRequired,
  readColumn,
  rowidAlias,
  rowidNames,
  type TableDefinition,
} from "../sql/table-definition.ts";
import { parseTable } from "../sql/table-parser.ts";

/** A column of an archive and the column of a table that it follows. */
interface Followed {
  readonly kept: string;
  readonly column: string;
  readonly collate: string | undefined;
}

interface Following {
  readonly archive: string;
  /** What the triggers' names begin with. */
  readonly prefix: string;
  /** The table that is followed. */
  readonly on: string;
  readonly definition: TableDefinition;
  readonly columns: readonly Followed[];
  /** What is done to the archive if a followed row has gone; a condition comes behind it. */
  readonly gone: string;
}

/** What follows one foreign key of archived rows. */
export interface ParentTriggers {
  /** Finds the archived rows of a parent. */
  readonly index: string;
  /** Columns of the archive that the triggers read. */
  readonly columns: readonly string[];
  readonly triggers: readonly CapturedObject[];
}

/** The triggers on the table whose columns are archived. */
export function followRows(archive: ColumnArchive, pair: TablePair): CapturedObject[] {
  return writeTriggers({
    archive: archive.name,
    prefix: archive.name,
    on: pair.name,
    definition: pair.to,
    columns: archive.key.map(({ before, after, collate }) => ({
      kept: matchColumn(archive, before),
      column: after,
      collate,
    })),
    gone: `DELETE FROM ${quoteName(archive.name)}`,
  });
}

/** Where the parents of archived rows are looked for. */
export interface ParentsRequest {
  readonly before: Capture;
  readonly after: Capture;
  readonly renames: Renames;
  /** All of the revision: a parent may be archived, too. */
  readonly archives: readonly Archive[];
}

/** The triggers on the parents of archived rows, or on the archives of those: one set for each foreign key. */
export function followParents(archive: Archive, request: ParentsRequest): ParentTriggers[] {
  const table = findTable(request.before, archive.table);
  if (table?.kind !== "table") return [];
  const child = parseTable(table.sql);
  return child.foreignKeys.filter(isArchived).flatMap((key, at): ParentTriggers[] => {
    const parent = findParent(archive, key, request);
    if (parent === undefined) return [];
    const prefix = `${archive.name}_fk${at + 1}`;
    const columns = key.columns.map((kept, part): Followed => {
      const column = parent.columns[part] ?? "";
      return { kept, column, collate: findColumn(parent.definition, column)?.collate };
    });
    const parts = columns.map(({ kept, collate }) => quoteName(kept) + collation(collate));
    return [
      {
        index: `CREATE INDEX ${quoteName(prefix)} ON ${quoteName(archive.name)} (${parts.join(", ")})`,
        columns: key.columns,
        triggers: writeTriggers({
          archive: archive.name,
          prefix,
          on: parent.name,
          definition: parent.definition,
          columns,
          gone: goneWithParent(archive, child, key),
        }),
      },
    ];
  });

  function isArchived({ columns }: ForeignKeyDefinition): boolean {
    return columns.every((name) => hasColumn(archive, name));
  }
}

function hasColumn(archive: Archive, name: string): boolean {
  const columns = archive.kind === "table" ? archive.columns : archive.dropped;
  return columns.some((column) => sameName(column, name));
}

interface Parent {
  readonly name: string;
  readonly definition: TableDefinition;
  readonly columns: readonly string[];
}

/** The parent as it is after the upgrade, or its archive; undefined if nothing of it can change. */
function findParent(
  archive: Archive,
  key: ForeignKeyDefinition,
  request: ParentsRequest,
): Parent | undefined {
  const { before, after, renames, archives } = request;
  const table = findTable(before, key.parent);
  if (table?.kind !== "table") return undefined;
  const old = parseTable(table.sql);
  const theirs = key.parentColumns.length > 0 ? key.parentColumns : (old.primaryKey?.columns ?? []);
  if (theirs.length !== key.columns.length) return undefined;
  const kept = archives.find(
    (other): other is TableArchive => other.kind === "table" && sameName(other.table, table.name),
  );
  if (kept !== undefined) {
    const isFound = kept.name !== archive.name && theirs.every((name) => hasColumn(kept, name));
    // A column of an archive is no rowid.
    const definition = { ...old, name: kept.name, primaryKey: undefined, withoutRowid: true };
    return isFound ? { name: kept.name, definition, columns: theirs } : undefined;
  }
  const name = targetName(renames, table.name);
  const target = name === undefined ? undefined : findTable(after, name);
  if (target?.kind !== "table") return undefined;
  const definition = parseTable(target.sql);
  const renamed = columnRenames(renames, target.name);
  const columns = theirs.map((column) => renamed.get(foldName(column)) ?? column);
  const isThere = columns.every((column) => findColumn(definition, column) !== undefined);
  return isThere ? { name: target.name, definition, columns } : undefined;
}

/** A row of a dropped table goes with its parent, or loses it, as its foreign key says; a dropped column loses it. */
function goneWithParent(archive: Archive, child: TableDefinition, key: ForeignKeyDefinition): string {
  const name = quoteName(archive.name);
  const columns = key.columns.flatMap((column) => findColumn(child, column) ?? []);
  const canBeNull = columns.every((column) => !isRequired(child, column));
  const set = (value: (column: (typeof columns)[number]) => string) =>
    `UPDATE ${name} SET ${columns.map((column) => `${quoteName(column.name)} = ${value(column)}`).join(", ")}`;
  if (archive.kind === "columns" || (key.onDelete === "SET NULL" && canBeNull)) return set(() => "NULL");
  if (key.onDelete === "SET DEFAULT")
    return set(({ defaultValue }) => (defaultValue === undefined ? "NULL" : defaultExpression(defaultValue)));
  return `DELETE FROM ${name}`;
}

function collation(collate: string | undefined): string {
  return collate === undefined ? "" : ` COLLATE ${collate}`;
}

function writeTriggers(following: Following): CapturedObject[] {
  const { archive, prefix, on, columns, gone } = following;
  const each = (write: (part: Followed) => string, join: string) => columns.map(write).join(join);
  const has = (row: "NEW" | "OLD") =>
    each(
      ({ kept, column, collate }) => `${quoteName(kept)} = ${row}.${readColumn(column)}${collation(collate)}`,
      " AND ",
    );
  const isMoved = each(({ column, collate }) => {
    const name = readColumn(column);
    return `NEW.${name} IS NOT OLD.${name}${collation(collate)}`;
  }, " OR ");
  const moved = each(({ kept, column }) => `${quoteName(kept)} = NEW.${readColumn(column)}`, ", ");
  const trigger = (name: string, event: string, body: readonly string[]): CapturedObject => {
    const full = `${prefix}_${name}`;
    const statements = body.map((statement) => `${statement}; `).join("");
    const sql = `CREATE TRIGGER ${quoteName(full)} AFTER ${event} BEGIN ${statements}END`;
    return { kind: "trigger", name: full, table: on, sql };
  };
  const table = quoteName(on);
  return [
    trigger("inserted", `INSERT ON ${table}`, [`${gone} WHERE ${has("NEW")}`]),
    trigger("deleted", `DELETE ON ${table}`, [`${gone} WHERE ${has("OLD")}`]),
    trigger("moved", `UPDATE OF ${listUpdated(following)} ON ${table} WHEN ${isMoved}`, [
      `${gone} WHERE ${has("NEW")}`,
      `UPDATE ${quoteName(archive)} SET ${moved} WHERE ${has("OLD")}`,
    ]),
  ];
}

/** A change of the rowid under its other names does not fire `UPDATE OF id`. */
function listUpdated({ definition, columns }: Following): string {
  const names = columns.map(({ column }) => readColumn(column));
  const alias = rowidAlias(definition);
  const isRowid = columns.some(
    ({ column }) =>
      (alias !== undefined && sameName(alias, column)) || findColumn(definition, column) === undefined,
  );
  if (!isRowid) return names.join(", ");
  const words = rowidNames.filter((name) => findColumn(definition, name) === undefined);
  const own = alias === undefined ? [] : [quoteName(alias)];
  return [...new Set([...names, ...own, ...words])].join(", ");
}
