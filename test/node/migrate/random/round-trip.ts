// One random change of a schema, there and back on a real database, with rows that are edited in between.
import { expect } from "vitest";

import { planArchives } from "../../../../src/migrate/planning/archive-plan.ts";
import { withArchiveTriggers } from "../../../../src/migrate/planning/archive-upkeep.ts";
import type { Capture } from "../../../../src/migrate/schema/capture.ts";
import type { Refusal, SchemaPlan } from "../../../../src/migrate/schema/change.ts";
import { invertRenames } from "../../../../src/migrate/schema/renames.ts";
import { diffCaptures } from "../../../../src/migrate/schema/schema-diff.ts";
import { planSchema } from "../../../../src/migrate/planning/schema-planner.ts";
import { quoteName } from "../../../../src/migrate/sql/sql-tokens.ts";
import { readCapture } from "../../../../src/migrate/runtime/capture-reader.ts";
import type { Database } from "../../../../src/migrate/runtime/connection.ts";
import {
  createStatements,
  deleteStatements,
  editRows,
  fillStatements,
  orphanStatements,
  readContent,
} from "./random-rows.ts";
import type { Content, RowEdit } from "./random-rows.ts";
import { editSchema } from "./schema-edits.ts";
import { type Choose, makeSchema } from "./schema-generator.ts";
import { captureOf, marker, renamesBetween, type Schema } from "./schema-model.ts";

/** What became of a case. */
export type Outcome = "there and back" | "refused in the downgrade";

interface Case {
  readonly database: Database;
  readonly from: Schema;
  readonly to: Schema;
  readonly before: Capture;
  readonly after: Capture;
  readonly up: readonly string[];
  readonly down: SchemaPlan;
}

const sqlOf = (statements: readonly { readonly sql: string }[]) => statements.map(({ sql }) => sql);

/** Makes a case from choices and plays it; the database is empty. */
export async function playCase(
  database: Database,
  choose: Choose,
  note: (text: string) => void,
): Promise<Outcome> {
  const { schema: from, maker } = makeSchema(choose);
  const { edited: to, names } = editSchema(from, maker);
  const [before, planned] = [captureOf(from), captureOf(to)];
  const renames = renamesBetween(from, to);
  note([names.join(", "), ...createStatements(before), "-- to", ...createStatements(planned)].join("\n"));
  const fill = fillStatements(choose, from, "r");
  note(["-- rows", ...fill].join("\n"));
  await database.migrate([
    ...createStatements(before),
    ...fill,
    ...deleteStatements(choose, from),
    ...orphanStatements(from),
  ]);
  expect(diffCaptures(before, await readCapture(database))).toEqual([]);
  const there = planSchema({ from: before, to: planned, renames });
  await deleteRefused(database, from, there);
  const archives = planArchives(before, planned, renames, "0001_x");
  const after = withArchiveTriggers(planned, archives.archives);
  const up = sqlOf([...archives.opening, ...there.statements, ...archives.closing]);
  const down = planSchema({
    from: after,
    to: before,
    renames: invertRenames(renames),
    archives: archives.archives,
  });
  note(["-- up", ...up, "-- down", ...sqlOf(down.statements)].join("\n"));
  const played: Case = { database, from, to, before, after, up, down };
  const was = await readContent(database, before);
  // A table without a key that gets one and loses its rowids keeps nothing to know its rows by.
  const isKept = archives.impossible.length === 0;
  await roundTrip(played, isKept ? was : undefined);
  return !isKept ? "there and back" : editAndReturn(played, was, choose, note);
}

async function count(database: Database, refusals: readonly Refusal[]): Promise<Refusal[]> {
  if (refusals.length === 0) return [];
  const counts = await database.read(refusals.map(({ query }) => `SELECT count(*) AS rows FROM (${query})`));
  return refusals.filter((_, at) => Number(counts[at]?.[0]?.["rows"] ?? 0) > 0);
}

/** Rows that the upgrade may refuse by right: it does, leaving nothing behind, and they go. */
async function deleteRefused(database: Database, from: Schema, plan: SchemaPlan): Promise<void> {
  const refusals = await count(database, plan.refusals);
  if (refusals.length === 0) return;
  await expectRefused(database, plan, refusals);
  await database.migrate([
    ...from.tables.map((table) => `DELETE FROM ${quoteName(table.name)}`),
    ...orphanStatements(from),
  ]);
}

/** Whether a plan is refused as the preflight said: by a constraint, or by a foreign key that is broken after it. */
async function expectRefused(
  database: Database,
  plan: SchemaPlan,
  refusals: readonly Refusal[],
): Promise<void> {
  const guard = [
    "CREATE TABLE __guard (broken INTEGER CHECK (broken = 0))",
    "INSERT INTO __guard SELECT count(*) FROM pragma_foreign_key_check",
  ];
  const failure = await database.migrate([...sqlOf(plan.statements), ...guard]).then(
    () => "done",
    (error: unknown) => String(error),
  );
  expect(failure, refusals.map(({ rule }) => rule).join("; ")).toMatch(
    /constraint|datatype mismatch|cannot store/i,
  );
}

async function roundTrip(played: Case, was: Content | undefined): Promise<void> {
  const { database, before, after, up, down } = played;
  await database.migrate(up);
  expect(diffCaptures(after, await readCapture(database))).toEqual([]);
  expect(await count(database, down.refusals)).toEqual([]);
  await database.migrate(sqlOf(down.statements));
  expect(diffCaptures(before, await readCapture(database))).toEqual([]);
  if (was !== undefined) expect(await readContent(database, before)).toEqual(was);
  await database.migrate(up);
  expect(diffCaptures(after, await readCapture(database))).toEqual([]);
}

async function editAndReturn(
  played: Case,
  was: Content,
  choose: Choose,
  note: (text: string) => void,
): Promise<Outcome> {
  const { database, to, before, after, down } = played;
  const edits = editRows(choose, to, played.from);
  const statements = [
    ...deleteStatements(choose, to),
    ...edits.map(({ sql }) => sql),
    ...fillStatements(choose, to, "n"),
    ...orphanStatements(to),
  ];
  note(["-- edits", ...statements].join("\n"));
  await database.migrate(statements);
  const edited = await readContent(database, after);
  const refusals = await count(database, down.refusals);
  if (refusals.length > 0) {
    await expectRefused(database, down, refusals);
    return "refused in the downgrade";
  }
  await database.migrate(sqlOf(down.statements));
  expect(diffCaptures(before, await readCapture(database))).toEqual([]);
  const [broken] = await database.read(["SELECT * FROM pragma_foreign_key_check"]);
  expect(broken).toEqual([]);
  expectSurvivors(played, { was, edited, now: await readContent(database, before) }, edits);
  return "there and back";
}

const markersOf = (rows: Content[string]) =>
  rows.map((row) => row[marker] ?? "").filter((text) => text !== "null NULL");

interface Contents {
  readonly was: Content;
  readonly edited: Content;
  readonly now: Content;
}

/** Rows that were neither edited nor deleted are as they were; deleted ones stay deleted, new ones stay. */
function expectSurvivors(
  { from, to }: Case,
  { was, edited, now }: Contents,
  edits: readonly RowEdit[],
): void {
  for (const table of from.tables) {
    const target = to.tables.find(({ id }) => id === table.id);
    const old = was[table.name] ?? [];
    const rows = now[table.name] ?? [];
    const expected = target === undefined ? old : (edited[target.name] ?? []);
    expect(markersOf(rows).toSorted()).toEqual(markersOf(expected).toSorted());
    const own = new Set(edits.filter((edit) => edit.table === table.id).map(({ column }) => column));
    const untouched = table.columns.filter(({ id }) => !own.has(id)).map(({ name }) => name);
    for (const row of old) {
      const found = rows.find((candidate) => candidate[marker] === row[marker]);
      if (found === undefined) continue;
      const pick = (cells: typeof row) => untouched.map((name) => `${name}: ${cells[name]}`);
      expect(pick(found)).toEqual(pick(row));
    }
    if (target !== undefined) expectEdits(table, target, { edited: expected, rows, own });
  }
}

type Tables = Schema["tables"];

/** Edited values stay where the column is the same on both sides. */
function expectEdits(
  table: Tables[number],
  target: Tables[number],
  { edited, rows, own }: { edited: Content[string]; rows: Content[string]; own: ReadonlySet<number> },
): void {
  for (const column of table.columns.filter(({ id }) => own.has(id))) {
    const other = target.columns.find(({ id }) => id === column.id);
    if (
      other === undefined ||
      other.type !== column.type ||
      other.generated !== column.generated ||
      column.notNull ||
      other.notNull
    )
      continue;
    const values = (list: Content[string], name: string) =>
      list.map((row) => `${row[marker]}: ${row[name]}`).toSorted();
    expect(values(rows, column.name)).toEqual(values(edited, other.name));
  }
}
