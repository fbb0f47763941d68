// Tries one change at one place: up, down and up again with rows; and once more with edits in between.
import { readCapture } from "../../../../src/migrate/runtime/capture-reader.ts";
import type { Renames } from "../../../../src/migrate/schema/change.ts";
import type { Capture } from "../../../../src/migrate/schema/capture.ts";
import type { SchemaChange } from "../../../fixtures/schema-changes/schema-change.ts";
import { compareContents, type Contents, readContents } from "./contents.ts";
import { diffSql, type Dialect, type DrizzleSnapshot, modelOf, snapshotOf } from "./drizzle-diff.ts";
import { findEditFaults, findLosses, keysOf, type KnownChange } from "./expectation.ts";
import type { Place } from "./place.ts";
import { editStatements, fillStatements } from "./rows.ts";
import { compareStructures, readStructure, type Structure } from "./structure.ts";
import { planDowngrade, planUpgrade, type Upgrade } from "./tool.ts";

/** A change with everything that is made from it once. */
export interface PreparedChange extends KnownChange {
  readonly change: SchemaChange;
  readonly creates: readonly string[];
  readonly createsAfter: readonly string[];
  readonly drizzle: Readonly<
    Record<Dialect, { readonly up: readonly string[]; readonly down: readonly string[] }>
  >;
}

/** Schema and rows at one moment. */
export interface State {
  readonly structure: Structure;
  readonly contents: Contents;
  readonly capture: Capture;
}

/** Where a trial failed, and how; empty lists for one that did not. */
export interface Trial {
  readonly seen: boolean;
  readonly upgrade: readonly string[];
  readonly losses: readonly string[];
  readonly downgrade: readonly string[];
  readonly again: readonly string[];
  readonly edits: readonly string[];
}

/** `a=b` for a table, `t.a=t.b` for a column. */
export function parseAnswers(answers: readonly string[] = []): Renames {
  const pairs = answers.map((answer) => answer.split("=").map((side) => side.split(".")));
  return {
    tables: pairs.flatMap(([from = [], to = []]) =>
      from.length === 1 ? [{ from: from[0] ?? "", to: to[0] ?? "" }] : [],
    ),
    columns: pairs.flatMap(([from = [], to = []]) =>
      from.length === 2 ? [{ table: to[0] ?? "", from: from[1] ?? "", to: to[1] ?? "" }] : [],
    ),
  };
}

/** Snapshots, models and drizzle-kit's statements of a change. */
export async function prepareChange(change: SchemaChange): Promise<PreparedChange> {
  const renames = parseAnswers(change.renames);
  const empty = await snapshotOf({});
  const before = await snapshotOf(change.before, empty);
  const after = await snapshotOf(change.after, before);
  const flip: Renames = {
    tables: renames.tables.map(({ from, to }) => ({ from: to, to: from })),
    columns: renames.columns.map(({ table, from, to }) => ({
      table: renames.tables.find((pair) => pair.to === table)?.from ?? table,
      from: to,
      to: from,
    })),
  };
  const create = async (snapshot: DrizzleSnapshot, byHand: readonly string[]) => {
    const statements = await diffSql("sqlite", empty, snapshot, { tables: [], columns: [] });
    return [...statements.map(change.creates ?? ((sql: string) => sql)), ...byHand];
  };
  const both = async (dialect: Dialect) => ({
    up: await diffSql(dialect, before, after, renames),
    down: await diffSql(dialect, after, before, flip),
  });
  return {
    change,
    // A view's rename is drizzle-kit's question alone: the tool makes it anew.
    renames: {
      ...renames,
      tables: renames.tables.filter(({ from }) => modelOf(before).tables.some(({ name }) => name === from)),
    },
    previous: modelOf(before),
    next: modelOf(after),
    converts: change.converts ?? [],
    creates: await create(before, change.handMade ?? []),
    createsAfter: await create(after, change.handMadeAfter ?? change.handMade ?? []),
    drizzle: { sqlite: await both("sqlite"), turso: await both("turso") },
  };
}

/** Empties a place, makes the schema before the change and fills it. */
export async function setUp(place: Place, prepared: PreparedChange): Promise<State> {
  await place.clear();
  await place.database.migrate(prepared.creates);
  const rows = fillStatements(prepared.previous, prepared.change.values);
  const history = prepared.change.history ?? [];
  if (rows.length + history.length > 0) await place.database.migrate([...rows, ...history]);
  return readState(place, prepared, "previous");
}

/** Reads schema and rows. */
export async function readState(
  place: Place,
  prepared: PreparedChange,
  side: "previous" | "next",
): Promise<State> {
  const structure = await readStructure(place.read);
  const contents = await readContents(
    place.read,
    structure,
    keysOf(prepared, prepared.change.rekeyed ?? [], side),
  );
  return { structure, contents, capture: await readCapture(place.database) };
}

/** The schema that a fresh database has after the change, by drizzle-kit's CREATE statements. */
export async function expectedStructure(place: Place, prepared: PreparedChange): Promise<Structure> {
  await place.clear();
  await place.database.migrate(prepared.createsAfter);
  return readStructure(place.read);
}

/** What is tried. */
export interface TrialOptions {
  readonly expected: Structure;
  /** drizzle-kit's statements, to be kept as they are; else the tool writes the upgrade. */
  readonly drizzle?: readonly string[];
}

const faultOf = (error: unknown) => [
  error instanceof Error ? error.message.replaceAll(/\s+/g, " ") : String(error),
];

/** Tries a change. */
export async function tryChange(
  place: Place,
  prepared: PreparedChange,
  options: TrialOptions,
): Promise<Trial> {
  const trial = {
    seen: false,
    upgrade: [] as string[],
    losses: [] as string[],
    downgrade: [] as string[],
    again: [] as string[],
    edits: [] as string[],
  };
  let stage: "upgrade" | "downgrade" | "again" | "edits" = "upgrade";
  try {
    const before = await setUp(place, prepared);
    const upgrade = planUpgrade({ ...prepared, before: before.capture, drizzle: options.drizzle });
    trial.seen = upgrade.seen;
    trial.upgrade.push(...upgrade.archives.impossible.map(({ reason }) => `not archived: ${reason}`));
    const up = await run(place, prepared, upgrade.statements, "next");
    trial.upgrade.push(...compareStructures(options.expected, up.structure, false));
    trial.losses.push(...(await findLosses(prepared, before.contents, up.contents)));
    if (trial.upgrade.length + trial.losses.length > 0) return trial;
    stage = "downgrade";
    const script = planDowngrade(upgrade, before.capture, up.capture);
    const back = await run(place, prepared, script, "previous");
    trial.downgrade.push(
      ...compareStructures(before.structure, back.structure, true),
      ...compareContents(before.contents, back.contents),
    );
    stage = "again";
    const again = await run(place, prepared, upgrade.statements, "next");
    trial.again.push(
      ...compareStructures(up.structure, again.structure, true),
      ...compareContents(up.contents, again.contents, prepared.change.clocked),
    );
    stage = "edits";
    trial.edits.push(...(await tryEdits(place, prepared, upgrade, script)));
  } catch (error) {
    trial[stage].push(...faultOf(error));
  }
  return trial;
}

async function run(
  place: Place,
  prepared: PreparedChange,
  statements: readonly string[],
  side: "previous" | "next",
): Promise<State> {
  if (statements.length > 0) await place.database.migrate(statements);
  return readState(place, prepared, side);
}

/** Goes on from the upgraded state: edits, down, and compares with what edits and archive should have left. */
async function tryEdits(
  place: Place,
  prepared: PreparedChange,
  upgrade: Upgrade,
  script: readonly string[],
): Promise<string[]> {
  const { change } = prepared;
  const before = await setUp(place, prepared);
  const upgraded = await run(place, prepared, upgrade.statements, "next");
  let taken = 0;
  for (const statement of change.between ?? editStatements(prepared.next, change.values)) {
    // A constraint may refuse an edit; what counts is what is there afterwards.
    taken += await place.database.write([statement]).then(
      () => 1,
      () => 0,
    );
  }
  const edited = await readState(place, prepared, "next");
  const back = await run(place, prepared, script, "previous");
  const contents = {
    before: before.contents,
    upgraded: upgraded.contents,
    edited: edited.contents,
    back: back.contents,
  };
  const archives = [...back.structure.facts.keys()].filter((name) => name.includes("__eaves_archive"));
  return [
    ...(taken === 0 && prepared.next.tables.length > 0 ? ["no edit was taken"] : []),
    ...compareStructures(before.structure, back.structure, true),
    ...archives.map((name) => `${name} is left behind`),
    ...(await findEditFaults(prepared, contents)),
  ];
}
