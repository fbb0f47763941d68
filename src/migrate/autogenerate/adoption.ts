// Goes through a history revision by revision on one scratch database with rows in it, plans the ways back that are
// missing, and proves all of them. A revision that does not run does not keep the others from being looked at.
import { emptyCapture, type Capture } from "../plan/capture.ts";
import { type ChangeClass, type Renames, type SchemaPlan, worstClass } from "../plan/change.ts";
import { MigrationError } from "../plan/errors.ts";
import type { Model } from "../plan/model.ts";
import { invertRenames, readRenames } from "../plan/renames.ts";
import { foldName } from "../plan/sql-tokens.ts";
import { planSchema } from "../plan/schema-planner.ts";
import { changesRows, runDetour, wantedBy } from "./adoption-detour.ts";
import {
  classifyWayBack,
  type ProofGround,
  type ProofResult,
  tryDowngrade,
  tryUpgrade,
  type UpgradeOutcome,
} from "./proof.ts";
import { deleteRefusedRows } from "./refused-rows.ts";
import { type ReplayRevision, runStatements, sqlOf } from "./replay.ts";
import { fillTables } from "./rows.ts";
import { clearScratch } from "./scratch.ts";

/** A revision of the history. */
export interface AdoptionRevision extends ReplayRevision {
  /** Statements of its own downgrade script; `missing` where one is wanted, `irreversible` where it says that there is none. */
  readonly down: readonly string[] | "missing" | "irreversible";
  /** Its snapshot; undefined where there is none that can be read. */
  readonly model: Model | undefined;
}

/** What became of one revision. */
export interface AdoptedRevision extends ProofResult {
  readonly revision: ReplayRevision["tag"];
  /** The way back that was planned; undefined where it has one of its own, or none can be. */
  readonly plan: SchemaPlan | undefined;
  readonly statements: readonly string[];
  readonly rebuilt: readonly string[];
  /** Where the upgrade failed: with file, line and statement. */
  readonly error: MigrationError | undefined;
}

/** How to go through it. */
export interface AdoptionOptions {
  readonly revisions: readonly AdoptionRevision[];
  readonly seed?: readonly string[];
  readonly clock: () => number;
  /** Told of each revision before work on it begins. */
  readonly report?: (revision: ReplayRevision["tag"]) => void;
}

/** Proves a whole history, and plans the ways back that it lacks. Empties the scratch database first. */
export async function adoptHistory(
  ground: ProofGround,
  options: AdoptionOptions,
): Promise<AdoptedRevision[]> {
  await clearScratch(ground.port);
  const walk: Walk = {
    ground,
    options,
    applied: [],
    before: emptyCapture,
    filled: new Map(),
    unproven: new Set(),
  };
  const adopted: AdoptedRevision[] = [];
  for (const [index, revision] of options.revisions.entries()) {
    options.report?.(revision.tag);
    adopted.push(await adoptRevision(walk, revision, index));
  }
  return adopted;
}

/** Where the walk stands. */
interface Walk {
  readonly ground: ProofGround;
  readonly options: AdoptionOptions;
  /** What was really run for each revision so far. */
  readonly applied: (readonly string[])[];
  before: Capture;
  /** The text of each table when it was filled last, so that only what has changed gets more rows. */
  readonly filled: Map<string, string>;
  readonly unproven: Set<string>;
}

async function adoptRevision(
  walk: Walk,
  revision: AdoptionRevision,
  index: number,
): Promise<AdoptedRevision> {
  const { ground, options, before } = walk;
  const begun = options.clock();
  const up = sqlOf(revision.up);
  const renames = readRenames(up, before);
  const outcome = await upgrade(walk, revision, index, renames);
  const finish = (
    result: Pick<AdoptedRevision, "upgrade" | "downgrade" | "class" | "reason"> & Partial<AdoptedRevision>,
  ) => ({
    revision: revision.tag,
    by: ground.by,
    unprovenTables: before.tables.map(({ name }) => name).filter((name) => walk.unproven.has(foldName(name))),
    seconds: (options.clock() - begun) / 1000,
    plan: undefined,
    statements: [],
    rebuilt: [],
    error: undefined,
    ...result,
  });
  if (outcome.after === undefined) {
    const wanted = wantedBy(revision, options.revisions[index - 1], {
      before,
      renames,
      isFirst: index === 0,
    });
    await takeDetour(walk, up, wanted, renames);
    const error = locate(revision, outcome.error);
    return finish({ upgrade: "failed", downgrade: "none", class: "unknown", reason: error?.message, error });
  }
  const { after } = outcome;
  walk.applied.push(up);
  walk.before = after;
  if (revision.down === "irreversible") {
    return finish({
      upgrade: "ok",
      downgrade: "none",
      class: "unknown",
      reason: "the downgrade script says that there is no way back",
    });
  }
  return finish(await proveBack(walk, revision, { before, after, up, renames, outcome }));
}

/** With rows; and where they are what stands in the way, without the ones that do, at last without any. */
async function upgrade(
  walk: Walk,
  revision: AdoptionRevision,
  index: number,
  renames: Renames,
): Promise<UpgradeOutcome> {
  const { ground, options, before } = walk;
  const up = sqlOf(revision.up);
  const trial = { before, up, wanted: undefined, renames };
  const [fault] = revision.up.faults;
  await fill(walk, index);
  if (fault !== undefined) {
    const place = { statement: fault.statement, line: fault.line };
    const error = new MigrationError("REVISION_INVALID", fault.message, { place });
    return { ...(await tryUpgrade(ground, { ...trial, up: [] })), after: undefined, error };
  }
  const first = await tryUpgrade(ground, trial);
  if (first.after !== undefined) return first;
  const wanted = wantedBy(revision, options.revisions[index - 1], { before, renames, isFirst: index === 0 });
  if (wanted !== undefined) {
    const rules = await deleteRefusedRows(ground.port, { before, wanted, renames });
    const second = rules.length === 0 ? first : await tryUpgrade(ground, trial);
    if (second.after !== undefined) return second;
  }
  await reset(walk);
  const empty = await tryUpgrade(ground, trial);
  if (empty.after === undefined) return first;
  // Without a snapshot only the upgrade itself says where it leads to, and so which rows stand in its way.
  await reset(walk);
  await fill(walk, index);
  const rules = await deleteRefusedRows(ground.port, { before, wanted: empty.after, renames });
  const tamed = rules.length === 0 ? undefined : await tryUpgrade(ground, trial);
  if (tamed?.after !== undefined) return tamed;
  await reset(walk);
  for (const { name } of before.tables) walk.unproven.add(foldName(name));
  return tryUpgrade(ground, trial);
}

async function fill(walk: Walk, index: number): Promise<void> {
  const { ground, options, before, filled, unproven } = walk;
  const same = before.tables.filter(({ name, sql }) => filled.get(foldName(name)) === sql);
  const { unprovenTables } = await fillTables(ground.port, {
    capture: before,
    salt: index % 1_000,
    skip: new Set(same.map(({ name }) => foldName(name))),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  });
  for (const { name, sql } of before.tables) {
    const isSame = same.some((table) => table.name === name);
    filled.set(foldName(name), sql);
    if (unprovenTables.includes(name)) unproven.add(foldName(name));
    else if (!isSame) unproven.delete(foldName(name));
  }
}

/** Brings the database to where the walk stands, without generated rows. */
async function reset({ ground, applied, filled }: Walk): Promise<void> {
  await clearScratch(ground.port);
  filled.clear();
  for (const statements of applied) await runStatements(ground, statements);
}

/** Goes on behind a revision that does not run: with what comes nearest to it. */
async function takeDetour(
  walk: Walk,
  up: readonly string[],
  wanted: Capture | undefined,
  renames: Renames,
): Promise<void> {
  const { ground, before } = walk;
  await reset(walk);
  const planned =
    wanted === undefined ? undefined : planSchema({ from: before, to: wanted, renames }).statements;
  walk.applied.push(await runDetour(ground, { before, up, planned: planned?.map(({ sql }) => sql) }));
  walk.before = await ground.port.capture();
}

interface Upgraded {
  readonly before: Capture;
  readonly after: Capture;
  readonly up: readonly string[];
  readonly renames: Renames;
  readonly outcome: UpgradeOutcome;
}

async function proveBack(
  walk: Walk,
  revision: AdoptionRevision,
  { before, after, up, renames, outcome }: Upgraded,
) {
  const plan = planSchema({ from: after, to: before, renames: invertRenames(renames), archives: [] });
  const planned = plan.statements.map(({ sql }) => sql);
  const own = typeof revision.down === "string" ? undefined : revision.down;
  // A script without a statement would count as none.
  const statements = own ?? (planned.length === 0 ? ["SELECT 1"] : planned);
  const archived = own !== undefined && up.some((sql) => /__eaves_archive_/i.test(sql));
  const { removals, was } = outcome;
  const faults = await tryDowngrade(walk.ground, {
    before,
    after,
    up,
    down: statements,
    was,
    renames,
    removals,
    archived,
  });
  if (faults.length > 0) await reset(walk);
  const isCustom = faults.length > 0 && changesRows(up, after);
  const change: ChangeClass = worstClass([
    classifyWayBack(plan, removals, archived),
    ...(isCustom ? ["unknown" as const] : []),
  ]);
  const hazards = outcome.faults.map((fault) => `the upgrade: ${fault}`);
  const reasons = [
    ...hazards,
    ...faults,
    ...(isCustom
      ? ["it changes rows by statements of its own, which only a hand-written downgrade can undo"]
      : []),
  ];
  return {
    upgrade: "ok" as const,
    downgrade: faults.length === 0 ? ("proven" as const) : ("unproven" as const),
    class: change,
    reason: reasons.length === 0 ? undefined : reasons.join("; "),
    plan: own === undefined ? plan : undefined,
    statements: own === undefined ? statements : [],
    rebuilt: own === undefined ? plan.rebuilt : [],
  };
}

function locate(revision: AdoptionRevision, error: MigrationError | undefined): MigrationError | undefined {
  if (error === undefined) return undefined;
  const index = error.details["index"];
  const statement = typeof index === "number" ? revision.up.statements[index] : undefined;
  return new MigrationError(error.code, error.message, {
    cause: error,
    details: error.details,
    place: {
      ...error.place,
      revision: revision.tag,
      file: revision.up.file,
      ...(statement === undefined ? {} : { statement: statement.sql, line: statement.line }),
    },
  });
}
