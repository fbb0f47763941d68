// Foreign keys that come and go. A key is its columns and what they refer to; what it does on a delete is not.
import { type TableMoment, traceOf } from "../statements/followed-table.ts";
import type { FoundHazard } from "./hazard.ts";
import { type Ground, identify, onColumns } from "./hazard-ground.ts";
import { allRows, orphan, rowsAgainst } from "./hazard-questions.ts";
import { foldName } from "../sql/sql-tokens.ts";
import { findColumn, type ForeignKeyDefinition } from "../sql/table-definition.ts";

/** A table before and after a statement. */
export interface Exchange {
  /** What the table is called. */
  readonly name: string;
  readonly from: TableMoment;
  readonly to: TableMoment;
  /** What a column is called afterwards; undefined for one that goes. */
  readonly newName: (column: string) => string | undefined;
}

/** The keys that an exchange adds, and those that it drops while their columns stay. */
export function foreignKeyHazards(ground: Ground, { name, from, to, newName }: Exchange): FoundHazard[] {
  const old = from.definition.foreignKeys.flatMap((key) => {
    const columns = key.columns.map(newName);
    const kept = columns.flatMap((column) => column ?? []);
    return kept.length < columns.length ? [] : [{ key, id: idOf(ground, { ...key, columns: kept }), kept }];
  });
  const had = new Set(old.map(({ id }) => id));
  const has = new Set(to.definition.foreignKeys.map((key) => idOf(ground, key)));
  const added = to.definition.foreignKeys.flatMap((key): FoundHazard[] => {
    // NULL refers to nothing.
    const isEmpty = key.columns.some((column) => traceOf(to, column).empty);
    if (had.has(idOf(ground, key)) || isEmpty) return [];
    return [{ code: "ADDS_FOREIGN_KEY", on: onColumns(name, key.columns), stake: orphans(ground, to, key) }];
  });
  const dropped = old
    .filter(({ id }) => !has.has(id))
    .map(({ kept }): FoundHazard => ({
      code: "DROPS_FOREIGN_KEY",
      on: onColumns(name, kept),
      stake: allRows(ground.lineage.before.definition),
    }));
  return [...added, ...dropped];
}

function idOf(ground: Ground, { columns, parent, parentColumns }: ForeignKeyDefinition): string {
  const theirs = parentKey(ground, parent, parentColumns);
  return [columns.map(foldName).join(), identify(ground, parent), theirs.map(foldName).join()].join(">");
}

/** The columns that a key refers to: the parent's primary key if it names none. */
function parentKey({ named }: Ground, parent: string, columns: readonly string[]): readonly string[] {
  if (columns.length > 0) return columns;
  return named.get(foldName(parent))?.now.definition.primaryKey?.columns ?? [];
}

/** The rows without a parent, if child and parent are as they were before the script. */
function orphans(ground: Ground, to: TableMoment, key: ForeignKeyDefinition) {
  const { before } = ground.lineage;
  const columns = key.columns.flatMap((column) => traceOf(to, column).origin ?? []);
  const parent = ground.named.get(foldName(key.parent))?.before?.definition;
  const theirs = parentKey(ground, key.parent, key.parentColumns);
  const isAsBefore =
    parent !== undefined && theirs.every((column) => findColumn(parent, column) !== undefined);
  const isKnown = columns.length === key.columns.length && columns.length === theirs.length;
  if (ground.isWritten || !isAsBefore || !isKnown || isConverted(ground, key))
    return allRows(before.definition);
  return rowsAgainst(before.definition, orphan(columns, parent.name, theirs));
}

function isConverted({ copying }: Ground, { columns }: ForeignKeyDefinition): boolean {
  if (copying === undefined) return false;
  return columns.some((column) => copying.values?.get(foldName(column))?.converted !== false);
}
