// Goes through a history revision by revision on one scratch database with rows in it, plans the downgrades that are
// missing, and proves all of them. A revision that does not run does not keep the others from being looked at.
import { dropMadeArchives } from "../planning/archive-pruning.ts";
import { withoutLostArchives } from "../planning/archive-upkeep.ts";
import { emptyCapture, type Capture } from "../schema/capture.ts";
import { type ChangeClass, type Renames, type SchemaPlan, worstClass } from "../schema/change.ts";
import { explainDataStatements, explainWrittenDowngrade } from "../history/data-downgrades.ts";
import { type DataStatement, findDataStatements } from "../statements/data-statements.ts";
import { MigrationError } from "../errors.ts";
import type { Model } from "../schema/model.ts";
import { invertRenames, readRenames } from "../schema/renames.ts";
import { foldName } from "../sql/sql-tokens.ts";
import { planSchema } from "../planning/schema-planner.ts";
import { runDetour, wantedBy } from "./adoption-detour.ts";
import { meetConditions } from "./condition-rows.ts";
import {
  classifyWayBack,
  type ProofGround,
  type ProofResult,
  tryDowngrade,
  tryUpgrade,
  type UpgradeOutcome,
} from "./proof.ts";
import { type BrokenObject, findBroken } from "./broken-objects.ts";
import { tablesWithoutRows, tryWithFewerRows } from "./emptied-tables.ts";
import { deleteRefusedRows } from "./refused-rows.ts";
import { locateError, type ReplayRevision, runStatements, sqlOf } from "./replay.ts";
import { fillTables } from "./rows.ts";
import { clearScratch } from "./scratch.ts";

/** A revision of the history. */
export interface AdoptionRevision extends ReplayRevision {
  /** Statements of its own downgrade script; `missing` if one is wanted, `irreversible` if it says that there is none. */
  readonly down: readonly string[] | "missing" | "irreversible";
  /** Its snapshot; undefined if there is none that can be read. */
  readonly model: Model | undefined;
}

/** What became of one revision. */
export interface AdoptedRevision extends ProofResult {
  readonly revision: ReplayRevision["tag"];
  /** The downgrade that was planned; undefined if it has one of its own, or none can be. */
  readonly plan: SchemaPlan | undefined;
  readonly statements: readonly string[];
  readonly rebuilt: readonly string[];
  /** Where the upgrade failed: with file, line and statement. */
  readonly error: MigrationError | undefined;
  /** What the upgrade breaks, and no revision behind it repairs. */
  readonly breaks: readonly BrokenObject[];
}

/** How to go through it. */
export interface AdoptionOptions {
  readonly revisions: readonly AdoptionRevision[];
  readonly seed?: readonly string[];
  readonly clock: () => number;
  /** Told of each revision before work on it begins. */
  readonly report?: (revision: ReplayRevision["tag"]) => void;
}

/** Proves a whole history, and plans the downgrades that it lacks. Empties the scratch database first. */
export async function adoptHistory(
  ground: ProofGround,
  options: AdoptionOptions,
): Promise<AdoptedRevision[]> {
  await clearScratch(ground.port);
  const walk: Walk = {
    ground,
    options,
    data: findDataStatements(options.revisions.map(({ up }) => up)),
    applied: [],
    before: emptyCapture,
    broken: [],
    filled: new Map(),
  };
  const adopted: AdoptedRevision[] = [];
  for (const [index, revision] of options.revisions.entries()) {
    options.report?.(revision.tag);
    adopted.push(await adoptRevision(walk, revision, index));
  }
  const still = new Set(walk.broken.map(({ object }) => object));
  // The upgrade of a fresh database is refused at a foreign key without its parent key, repaired later or not.
  const isLasting = ({ object }: BrokenObject) => still.has(object) || object.startsWith("foreign key ");
  return adopted.map((revision) => ({ ...revision, breaks: revision.breaks.filter(isLasting) }));
}

/** Where the walk stands. */
interface Walk {
  readonly ground: ProofGround;
  readonly options: AdoptionOptions;
  /** Of each revision. */
  readonly data: readonly (readonly DataStatement[])[];
  /** What was really run for each revision so far. */
  readonly applied: (readonly string[])[];
  before: Capture;
  /** What does not work at this point, whatever the rows are. */
  broken: readonly BrokenObject[];
  /** The text of each table when it was filled last, so that only what has changed gets more rows. */
  readonly filled: Map<string, string>;
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
  const data = walk.data[index] ?? [];
  const finish = (
    result: Pick<AdoptedRevision, "upgrade" | "downgrade" | "class" | "reason"> & Partial<AdoptedRevision>,
  ) => ({
    revision: revision.tag,
    by: ground.by,
    unprovenTables: tablesWithoutRows(before, outcome.was),
    seconds: (options.clock() - begun) / 1000,
    plan: undefined,
    statements: [],
    rebuilt: [],
    error: undefined,
    breaks: outcome.breaks,
    ...result,
  });
  if (outcome.after === undefined) {
    await takeDetour(walk, revision, index, renames);
    const error = outcome.error && locateError(outcome.error, revision);
    return finish({ upgrade: "failed", downgrade: "none", class: "unknown", reason: error?.message, error });
  }
  const { after } = outcome;
  walk.applied.push(up);
  walk.before = after;
  const isMet = outcome.faults.length > 0 || data.some(({ summary }) => !/^(?:UPDATE|DELETE)/.test(summary));
  const missing = data.length === 0 ? [] : [explainDataStatements(revision.up, data)];
  const notes = data.length === 0 ? [] : [explainWrittenDowngrade(revision.up, data, isMet)];
  walk.broken = outcome.brokenAfter;
  if (revision.down === "irreversible") {
    const reason = ["the downgrade script says that there is no downgrade", ...missing].join("; ");
    return finish({ upgrade: "ok", downgrade: "none", class: "unknown", reason });
  }
  if (revision.down === "missing" && data.length > 0) {
    const reason = [...describeLosses(outcome), ...missing].join("; ");
    return finish({ upgrade: "ok", downgrade: "unproven", class: "unknown", reason });
  }
  return finish(await proveBack(walk, revision, { before, after, up, renames, outcome, notes }));
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
  const trial = { before, up, wanted: undefined, renames, broken: walk.broken };
  const [fault] = revision.up.faults;
  await fill(walk, index);
  const conditions = (walk.data[index] ?? []).flatMap(({ at }) => up[at] ?? []);
  if (fault !== undefined) {
    const place = { statement: fault.statement, line: fault.line };
    const error = new MigrationError("REVISION_INVALID", fault.message, { place });
    return { ...(await tryUpgrade(ground, { ...trial, up: [] })), after: undefined, error };
  }
  if (conditions.length > 0) {
    await meetConditions(ground.port, before, conditions);
    const met = await tryUpgrade(ground, trial);
    if (met.after !== undefined) return met;
    await reset(walk);
    await fill(walk, index);
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
  // Without a snapshot only the upgrade itself says which schema it leads to, and so which rows stand in its way.
  await reset(walk);
  await fill(walk, index);
  const rules = await deleteRefusedRows(ground.port, { before, wanted: empty.after, renames });
  const tamed = rules.length === 0 ? first : await tryUpgrade(ground, trial);
  const { tried, emptied } = await tryWithFewerRows(ground.port, before, tamed, () =>
    tryUpgrade(ground, trial),
  );
  for (const name of emptied) walk.filled.delete(foldName(name));
  if (tried.after !== undefined) return tried;
  await reset(walk);
  return tryUpgrade(ground, trial);
}

async function fill(walk: Walk, index: number): Promise<void> {
  const { ground, options, before, filled } = walk;
  const same = before.tables.filter(({ name, sql }) => filled.get(foldName(name)) === sql);
  await fillTables(ground.port, {
    capture: before,
    salt: index % 1_000,
    skip: new Set(same.map(({ name }) => foldName(name))),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  });
  for (const { name, sql } of before.tables) filled.set(foldName(name), sql);
}

/** Brings the database to the state of the replay, without generated rows. */
async function reset({ ground, applied, filled }: Walk): Promise<void> {
  await clearScratch(ground.port);
  filled.clear();
  for (const statements of applied) await runStatements(ground, statements);
}

/** Goes on behind a revision that does not run: with what comes nearest to it. */
async function takeDetour(
  walk: Walk,
  revision: AdoptionRevision,
  index: number,
  renames: Renames,
): Promise<void> {
  const { ground, options, before } = walk;
  const up = sqlOf(revision.up);
  const wanted = wantedBy(revision, options.revisions[index - 1], { before, renames, isFirst: index === 0 });
  await reset(walk);
  const planned =
    wanted === undefined ? undefined : planSchema({ from: before, to: wanted, renames }).statements;
  walk.applied.push(await runDetour(ground, { before, up, planned: planned?.map(({ sql }) => sql) }));
  walk.before = await ground.port.capture();
  walk.broken = await findBroken(ground.port, walk.before);
}

interface Upgraded {
  readonly before: Capture;
  readonly after: Capture;
  readonly up: readonly string[];
  readonly renames: Renames;
  readonly outcome: UpgradeOutcome;
  /** What to know of its data statements; empty if it has none. */
  readonly notes: readonly string[];
}

async function proveBack(
  walk: Walk,
  revision: AdoptionRevision,
  { before, after, up, renames, outcome, notes }: Upgraded,
) {
  const to = withoutLostArchives(before, after, renames);
  const plan = planSchema({ from: after, to, renames: invertRenames(renames), archives: [] });
  // What is planned here reads no archive: it restores the structure alone, and the revision's archives go.
  const planned = [...plan.statements.map(({ sql }) => sql), ...dropMadeArchives(up)];
  const own = typeof revision.down === "string" ? undefined : revision.down;
  // A script without a statement would count as none.
  const statements = own ?? (planned.length === 0 ? ["SELECT 1"] : planned);
  const archived = own !== undefined && up.some((sql) => /__eaves_archive_/i.test(sql));
  const { removals, was } = outcome;
  const faults = await tryDowngrade(walk.ground, {
    before: to,
    after,
    up,
    down: statements,
    was,
    brokenBefore: outcome.brokenBefore,
    renames,
    removals,
    archived,
    known: outcome.faults,
  });
  if (faults.length > 0) await reset(walk);
  const change: ChangeClass = worstClass([
    classifyWayBack(plan, removals, archived),
    ...notes.map(() => "unknown" as const),
  ]);
  const reasons = [...describeLosses(outcome), ...faults, ...notes];
  return {
    upgrade: "ok" as const,
    downgrade: faults.length === 0 ? ("proven" as const) : ("unproven" as const),
    // What the proof saw change is not in the schemas.
    class: faults.length > 0 && change === "exact" ? ("unknown" as const) : change,
    reason: reasons.length === 0 ? undefined : reasons.join("; "),
    plan: own === undefined ? plan : undefined,
    statements: own === undefined ? statements : [],
    rebuilt: own === undefined ? plan.rebuilt : [],
  };
}

function describeLosses({ faults }: UpgradeOutcome): string[] {
  return faults.map((fault) => `the upgrade: ${fault}`);
}
