// The foreign keys of a target table. A key is recognized by its columns and what they refer to: a live one may have
// other actions than the snapshot says, since drizzle-kit's ADD COLUMN writes none.
import { type Capture, findTable } from "../schema/capture.ts";
import type { Renames } from "../schema/change.ts";
import { columnRenames, oldTableName } from "../schema/renames.ts";
import { foldName, sameName } from "../sql/sql-tokens.ts";
import type { ForeignKeyDefinition, TableDefinition } from "../sql/table-definition.ts";
import { parseTable } from "../sql/table-parser.ts";

/** The foreign keys of one table: in the database, in the model before and in the model after the revision. */
export interface KeyChange {
  readonly live: readonly ForeignKeyDefinition[];
  readonly previous: readonly ForeignKeyDefinition[];
  readonly next: readonly ForeignKeyDefinition[];
}

/** What a key is recognized by. */
export type KeyIdentity = (key: ForeignKeyDefinition) => string;

/**
 * Recognizes keys in the names that they have after the renames. `REFERENCES board` without columns means the primary
 * key of the parent.
 */
export function keyIdentity(before: Capture, renames: Renames): KeyIdentity {
  return ({ columns, parent, parentColumns }) => {
    const theirs = parentColumns.length > 0 ? parentColumns : primaryKeyOf(before, renames, parent);
    return JSON.stringify([columns.map(foldName), foldName(parent), theirs.map(foldName)]);
  };
}

function primaryKeyOf(before: Capture, renames: Renames, parent: string): readonly string[] {
  const table = findTable(before, oldTableName(renames, parent));
  if (table?.kind !== "table") return [];
  const renamed = columnRenames(renames, parent);
  const key = parseTable(table.sql).primaryKey?.columns ?? [];
  return key.map((name) => renamed.get(foldName(name)) ?? name);
}

/** Live keys without those that the model dropped, with those that it added, and with the actions that it changed. */
export function mergeKeys(
  { live, previous, next }: KeyChange,
  identify: KeyIdentity,
): ForeignKeyDefinition[] {
  const old = new Map(previous.map((key) => [identify(key), key]));
  const wanted = new Map(next.map((key) => [identify(key), key]));
  const written = new Set<string>();
  const kept = live.flatMap((key) => {
    const id = identify(key);
    const [from, to] = [old.get(id), wanted.get(id)];
    if (to === undefined) return from === undefined ? [key] : [];
    // What the model left alone stays as the database has it.
    if (sameActions(key, to) || (from !== undefined && sameActions(from, to))) return [key];
    return writeOnce(written, id, key, to);
  });
  const present = new Set(kept.map(identify));
  return [...kept, ...next.filter((key) => !present.has(identify(key)))];
}

/** The keys of a table that is written anew: each once, and those of the model as the model has them. */
export function settleKeys(
  { live, next }: Omit<KeyChange, "previous">,
  identify: KeyIdentity,
): ForeignKeyDefinition[] {
  const wanted = new Map(next.map((key) => [identify(key), key]));
  const written = new Set<string>();
  return live.flatMap((key) => {
    const id = identify(key);
    return writeOnce(written, id, key, wanted.get(id) ?? key);
  });
}

/** `DEFERRABLE` is kept, since a model cannot say it. */
function writeOnce(
  written: Set<string>,
  id: string,
  live: ForeignKeyDefinition,
  to: ForeignKeyDefinition,
): ForeignKeyDefinition[] {
  if (written.has(id)) return [];
  written.add(id);
  return [sameActions(live, to) ? live : { ...to, rest: live.rest }];
}

function sameActions(a: ForeignKeyDefinition, b: ForeignKeyDefinition): boolean {
  return a.onDelete === b.onDelete && a.onUpdate === b.onUpdate;
}

/** Keys of a table that stand on columns which it has: a key made by hand goes with its column. */
export function keysOnColumns(
  keys: readonly ForeignKeyDefinition[],
  columns: TableDefinition["columns"],
): ForeignKeyDefinition[] {
  return keys.filter((key) =>
    key.columns.every((name) => columns.some((column) => sameName(column.name, name))),
  );
}
