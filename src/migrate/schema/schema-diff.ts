// How two schemas differ, part by part: for the proof, for drift, and for people.
import type { Capture, CapturedObject, CapturedTable } from "./capture.ts";
import { foldName, normalizeSql } from "../sql/sql-tokens.ts";
import { type CompareOptions, describeTable, dropQualifiers } from "../sql/table-compare.ts";
import { parseTable } from "../sql/table-parser.ts";

/** One part that differs. A missing side is undefined. */
export interface Difference {
  /** `table users`, `index ix_users_email`, … */
  readonly object: string;
  readonly expected: string | undefined;
  readonly found: string | undefined;
}

/** Lists what differs between the schema that is expected and the one that was found. */
export function diffCaptures(expected: Capture, found: Capture, options: CompareOptions = {}): Difference[] {
  const wanted = describeCapture(expected, options);
  const actual = describeCapture(found, options);
  return [...new Set([...wanted.keys(), ...actual.keys()])].flatMap((object) =>
    diffLines(object, wanted.get(object), actual.get(object)),
  );
}

/** A text that is the same for the same schema, whatever its spelling: what a fingerprint is made from. */
export function describeSchema(capture: Capture): string {
  const lines = [...describeCapture(capture, { ignoreColumnOrder: true })].map(
    ([name, parts]) => `${name}\n${parts.join("\n")}`,
  );
  return lines.toSorted().join("\n\n");
}

function describeCapture(capture: Capture, options: CompareOptions): Map<string, readonly string[]> {
  const tables = capture.tables.map(
    (table) => [`table ${foldName(table.name)}`, describeCaptured(table, options)] as const,
  );
  const objects = capture.objects.map(
    (object) => [`${object.kind} ${foldName(object.name)}`, [describeObject(object)]] as const,
  );
  return new Map([...tables, ...objects]);
}

function describeCaptured(table: CapturedTable, options: CompareOptions): readonly string[] {
  return table.kind === "virtual" ? [normalizeSql(table.sql)] : describeTable(parseTable(table.sql), options);
}

/** SQLite keeps `IF NOT EXISTS` out of what it stores, and quotes names after a rename. */
function describeObject(object: CapturedObject): string {
  const sql = object.kind === "index" ? dropQualifiers(object.sql, [object.table]) : object.sql;
  return normalizeSql(sql).replaceAll(/ if not exists /g, " ");
}

function diffLines(
  object: string,
  wanted: readonly string[] | undefined,
  actual: readonly string[] | undefined,
): Difference[] {
  if (wanted === undefined || actual === undefined) {
    return [{ object, expected: wanted?.join("; "), found: actual?.join("; ") }];
  }
  if (wanted.join("\n") === actual.join("\n")) return [];
  const lacking = wanted.filter((line) => !actual.includes(line));
  const surplus = actual.filter((line) => !wanted.includes(line));
  if (lacking.length + surplus.length === 0)
    return [{ object, expected: "another order of columns", found: actual.join("; ") }];
  return [{ object, expected: lacking.join("; ") || undefined, found: surplus.join("; ") || undefined }];
}
