// Which views and triggers have to go while tables change, and come back after it: SQLite checks all of them at each
// ALTER TABLE, and a trigger would see the rows that are moved.
import type { Archive } from "./archive.ts";
import type { Capture, CapturedObject } from "../schema/capture.ts";
import type { Renames } from "../schema/change.ts";
import {
  foldName,
  isWord,
  nameOf,
  normalizeSql,
  sameName,
  significant,
  tokenize,
} from "../sql/sql-tokens.ts";
import type { TableChanges } from "../schema/table-changes.ts";

/** What decides. */
export interface GoingRequest {
  readonly from: Capture;
  readonly to: Capture;
  readonly renames: Renames;
  readonly archives: readonly Archive[];
  readonly tables: TableChanges;
}

/** One object's identity within a schema. */
export function objectKey(object: CapturedObject): string {
  return `${object.kind} ${foldName(object.name)}`;
}

/** Objects of these kinds, in the order of their creation. */
export function objectsOf(capture: Capture, ...kinds: readonly CapturedObject["kind"][]): CapturedObject[] {
  return capture.objects.filter((object) => kinds.includes(object.kind));
}

/** The views and triggers of `from` that differ in `to`, or speak of something that is disturbed, or of one of these. */
export function findGoing(request: GoingRequest): ReadonlySet<CapturedObject> {
  const { from, to } = request;
  const all = objectsOf(from, "view", "trigger");
  const wanted = new Map(
    objectsOf(to, "view", "trigger").map((object) => [objectKey(object), normalizeSql(object.sql)]),
  );
  const touched = new Set(disturbedTables(request).map(foldName));
  // Where nothing is altered, SQLite checks nothing, and what is broken may stay.
  const known =
    touched.size === 0
      ? undefined
      : new Set([...from.tables, ...from.objects].map(({ name }) => foldName(name)));
  const going = new Set(
    all.filter(
      (object) => wanted.get(objectKey(object)) !== normalizeSql(object.sql) || isBroken(object, known),
    ),
  );
  for (let count = -1; count !== going.size;) {
    count = going.size;
    for (const object of going) if (object.kind === "view") touched.add(foldName(object.name));
    for (const object of all) if (namesIn(object).some((name) => touched.has(name))) going.add(object);
  }
  return new Set(all.filter((object) => going.has(object)));
}

/** Tables that are renamed, dropped, rebuilt, lose columns, or are written to. */
function disturbedTables({ renames, archives, tables }: GoingRequest): string[] {
  const changed = tables.changes.filter(
    ({ pair, ...change }) =>
      change.kind === "rebuild" ||
      (change.kind === "alter" && "dropped" in change && change.dropped.length > 0) ||
      (change.kind === "alter" && archives.some((archive) => sameName(archive.table, pair.name))) ||
      renames.columns.some(({ table }) => sameName(table, pair.name)),
  );
  return [
    ...renames.tables.flatMap(({ from, to }) => [from, to]),
    ...tables.dropped.map((table) => table.name),
    ...changed.flatMap(({ pair }) => [pair.name, pair.captured.from.name]),
  ];
}

function namesIn(object: CapturedObject): string[] {
  const names = tokenize(object.sql).flatMap((token) => nameOf(token) ?? []);
  return [...names, object.table].map(foldName);
}

/** Whether an object may read a table that does not exist: too often rather than too seldom. */
function isBroken(object: CapturedObject, known: ReadonlySet<string> | undefined): boolean {
  const tokens = significant(tokenize(object.sql));
  return (
    known !== undefined &&
    tokens.some((token, at) => {
      const name = nameOf(token);
      return (
        name !== undefined && isWord(tokens[at - 1], "FROM", "JOIN", "INTO") && !known.has(foldName(name))
      );
    })
  );
}
