// What rows and values have to be, after an upgrade and after a downgrade with edits in between. Knows the change
// only by its description, not by what the tool makes of it.
import type { Renames } from "../../../../src/migrate/schema/change.ts";
import type { Model, ModelColumn, ModelTable } from "../../../../src/migrate/schema/model.ts";
import type { Contents, TableRows } from "./contents.ts";
import { storedAs } from "./conversion.ts";

/** A change as the oracle knows it. */
export interface KnownChange {
  readonly previous: Model;
  readonly next: Model;
  readonly renames: Renames;
  readonly converts: readonly string[];
}

const none: TableRows = new Map();
const tableOf = (model: Model, name: string): ModelTable | undefined =>
  model.tables.find((table) => table.name === name);

/** The name of a table after the change; undefined for one that goes. Tables made by hand stay. */
export function tableAfter({ previous, next, renames }: KnownChange, name: string): string | undefined {
  const renamed = renames.tables.find(({ from }) => from === name)?.to;
  if (renamed !== undefined) return renamed;
  return tableOf(previous, name) === undefined || tableOf(next, name) !== undefined ? name : undefined;
}

/** The column after the change; undefined for one whose values go. */
function columnAfter(
  change: KnownChange,
  table: string,
  column: string,
): { name: string; column: ModelColumn | undefined } | undefined {
  const after = tableAfter(change, table) ?? table;
  const name =
    change.renames.columns.find((rename) => rename.table === after && rename.from === column)?.to ?? column;
  const model = tableOf(change.next, after);
  if (model === undefined) return { name, column: undefined };
  const found = model.columns.find((candidate) => candidate.name === name);
  return found === undefined || found.generated !== undefined ? undefined : { name, column: found };
}

function columnBefore(change: KnownChange, table: string, column: string): ModelColumn | undefined {
  return tableOf(change.previous, table)?.columns.find(({ name }) => name === column);
}

/** The columns by which rows are found again, before or after the change; none for the rowid. */
export function keysOf(
  change: KnownChange,
  rekeyed: readonly string[],
  side: "previous" | "next",
): Map<string, readonly string[]> {
  const keys = new Map<string, readonly string[]>();
  for (const table of change.previous.tables) {
    const inline = table.columns.filter(({ primaryKey }) => primaryKey).map(({ name }) => name);
    const all = table.columns.map(({ name }) => name);
    const before = rekeyed.includes(table.name) ? all : (table.primaryKey ?? inline);
    const after = before.map((column) => columnAfter(change, table.name, column)?.name ?? column);
    const name = side === "previous" ? table.name : tableAfter(change, table.name);
    if (name !== undefined) keys.set(name, side === "previous" ? before : after);
  }
  return keys;
}

/** What is lost by an upgrade that was not to be. */
export async function findLosses(change: KnownChange, before: Contents, after: Contents): Promise<string[]> {
  const faults: string[] = [];
  for (const [name, rows] of before.tables) {
    const target = tableAfter(change, name);
    if (target === undefined) continue;
    const now = after.tables.get(target) ?? none;
    if (now.size !== rows.size) faults.push(`${name} had ${rows.size} rows, has ${now.size}`);
    for (const [key, row] of rows) {
      for (const [column, value] of Object.entries(row)) {
        const mapped = columnAfter(change, name, column);
        if (mapped === undefined) continue;
        const found = now.get(key)?.[mapped.name];
        const converted = change.converts.includes(`${name}.${column}`);
        const mustFill = value.startsWith("null:") && mapped.column?.notNull === true;
        const filled = mustFill && found !== undefined && !found.startsWith("null:");
        if (mustFill && !filled)
          faults.push(`${name}.${column} of ${key}: NULL is left in a NOT NULL column`);
        const expected = converted ? await storedAs(value, mapped.column?.type ?? "") : value;
        if (found !== expected && !(converted && filled))
          faults.push(`${name}.${column} of ${key}: ${value} became ${found}`);
      }
    }
  }
  return [...faults, ...findLostCounters(change, before, after)];
}

/** A counter that is set back gives ids a second time. */
function findLostCounters(change: KnownChange, before: Contents, after: Contents): string[] {
  return before.sequences.flatMap((sequence) => {
    const [name = "", value = ""] = sequence.split("=");
    const target = tableAfter(change, name);
    const counts =
      target !== undefined &&
      tableOf(change.next, target)?.columns.some(({ autoincrement }) => autoincrement) === true;
    return !counts || after.sequences.includes(`${target}=${value}`)
      ? []
      : [`the counter of ${name} was ${value}: ${after.sequences.join()}`];
  });
}

/** The four states of a database that is taken up, edited and taken back. */
export interface EditedStates {
  readonly before: Contents;
  readonly upgraded: Contents;
  readonly edited: Contents;
  readonly back: Contents;
}

/** Old rows get their removed values back, edits stay, what was deleted stays deleted and what is new stays. */
export async function findEditFaults(change: KnownChange, states: EditedStates): Promise<string[]> {
  const faults: string[] = [];
  for (const [name, rows] of states.before.tables) {
    const target = tableAfter(change, name);
    const back = states.back.tables.get(name) ?? none;
    const upgraded = target === undefined ? rows : (states.upgraded.tables.get(target) ?? none);
    const edited = target === undefined ? rows : (states.edited.tables.get(target) ?? none);
    for (const key of back.keys())
      if (!edited.has(key)) faults.push(`${name}: the deleted row ${key} is back`);
    for (const [key, row] of edited) {
      const found = back.get(key);
      if (found === undefined) faults.push(`${name}: row ${key} is gone`);
      for (const column of Object.keys(found ?? {})) {
        const isOrphan = lostItsParent(change, states.edited, {
          name,
          column,
          value: rows.get(key)?.[column],
        });
        const expected = isOrphan
          ? "null:NULL"
          : await expectedValue(change, {
              name,
              column,
              old: rows.get(key),
              up: upgraded.get(key),
              now: row,
            });
        if (expected !== undefined && found?.[column] !== expected)
          faults.push(`${name}.${column} of ${key}: ${found?.[column]} instead of ${expected}`);
      }
    }
  }
  return faults;
}

/** Whether a dropped reference named a row that was deleted since: what has its key now is another row. */
function lostItsParent(
  change: KnownChange,
  edited: Contents,
  { name, column, value }: { name: string; column: string; value: string | undefined },
): boolean {
  const key = tableOf(change.previous, name)?.foreignKeys.find(({ columns }) => columns.join() === column);
  if (key === undefined || columnAfter(change, name, column) !== undefined) return false;
  const parents = edited.tables.get(tableAfter(change, key.parent) ?? "");
  if (parents === undefined || value === undefined) return false;
  return ![...parents.values()].some((row) => row[key.parentColumns[0] ?? ""] === value);
}

type Values = Readonly<Record<string, string>> | undefined;

/** Undefined where anything goes: computed columns, and what a new row gets for a column that comes back. */
async function expectedValue(
  change: KnownChange,
  { name, column, old, up, now }: { name: string; column: string; old: Values; up: Values; now: Values },
): Promise<string | undefined> {
  const before = columnBefore(change, name, column);
  if (before?.generated !== undefined) return undefined;
  if (tableAfter(change, name) === undefined) return old?.[column];
  const mapped = columnAfter(change, name, column);
  if (mapped === undefined) return old?.[column];
  const unedited = old !== undefined && up !== undefined && up[mapped.name] === now?.[mapped.name];
  if (unedited) return old[column];
  const value = now?.[mapped.name] ?? "";
  return change.converts.includes(`${name}.${column}`) ? storedAs(value, before?.type ?? "") : value;
}
