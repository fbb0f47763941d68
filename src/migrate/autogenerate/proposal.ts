// Makes a revision out of what drizzle-kit generated: its own SQL where that proves right, else the planner's; the way
// back; and the proof of both.
import { type ArchivePlan, findRemovals, planArchives } from "../plan/archive.ts";
import type { Capture } from "../plan/capture.ts";
import type { Removal, Renames, SchemaPlan } from "../plan/change.ts";
import type { Model } from "../plan/model.ts";
import { invertRenames } from "../plan/renames.ts";
import { diffCaptures } from "../plan/schema-diff.ts";
import { planSchema } from "../plan/schema-planner.ts";
import { buildWanted } from "../plan/wanted.ts";
import { deleteRefusedRows } from "./refused-rows.ts";
import {
  classifyWayBack,
  type DowngradeTrial,
  mayBeRefused,
  type ProofGround,
  type ProofResult,
  tryDowngrade,
  tryDowngradeOverNewerRows,
  tryUpgrade,
  type UpgradeOutcome,
  type UpgradeTrial,
} from "./proof.ts";
import { replayRevisions, type ReplayRevision } from "./replay.ts";
import { fillTables } from "./rows.ts";
import { clearScratch } from "./scratch.ts";

/** A revision to be made. */
export interface ProposalRequest {
  /** The revisions before it. */
  readonly history: readonly ReplayRevision[];
  readonly tag: string;
  /** drizzle-kit's statements; undefined where it could not write any. */
  readonly generated: readonly string[] | undefined;
  readonly previous: Model;
  readonly next: Model;
  readonly renames: Renames;
  /** The schema to come to, where something else than the two models says it. */
  readonly wanted?: Capture;
  /** Decides whether what goes is archived; asked only where something goes. */
  readonly archive: (removals: readonly Removal[]) => Promise<boolean>;
  readonly seed?: readonly string[];
  /** Milliseconds since any moment. */
  readonly clock: () => number;
}

/** A revision, proven as far as it can be. Nothing is on disk yet. */
export interface Proposal {
  readonly up: readonly string[];
  readonly origin: "drizzle-kit" | "rewrite";
  /** Why drizzle-kit's SQL was not kept. */
  readonly rewriteReason: string | undefined;
  readonly down: SchemaPlan;
  readonly removals: readonly Removal[];
  /** Undefined where nothing is archived. */
  readonly archives: ArchivePlan | undefined;
  readonly before: Capture;
  readonly wanted: Capture;
  readonly after: Capture;
  /** Things to know that are no faults, such as an order of columns that is not the schema's. */
  readonly notes: readonly string[];
  readonly proof: ProofResult;
}

interface Draft {
  readonly ground: ProofGround;
  readonly request: ProposalRequest;
  readonly before: Capture;
  readonly wanted: Capture;
  readonly removals: readonly Removal[];
  readonly archives: ArchivePlan | undefined;
}

/**
 * Proposes a revision. Empties the scratch database first.
 *
 * @throws {MigrationError} `STATEMENT_FAILED` where an older revision cannot be replayed, `PROOF_FAILED` where what the
 * model wants is not possible at all; and whatever `archive` throws.
 */
export async function proposeRevision(ground: ProofGround, request: ProposalRequest): Promise<Proposal> {
  const begun = request.clock();
  await clearScratch(ground.port);
  const before = await replayRevisions(ground, request.history);
  const { previous, next, renames, tag } = request;
  const wanted = request.wanted ?? buildWanted({ before, previous, next, renames });
  const removals = findRemovals(before, wanted, renames);
  const keeps = removals.length > 0 && (await request.archive(removals));
  const archives = keeps ? planArchives(before, wanted, renames, tag) : undefined;
  const draft: Draft = { ground, request, before, wanted, removals, archives };
  const first = await complete(draft, await chooseUpgrade(draft, listCandidates(draft)), begun);
  if (first.proof.downgrade === "proven" || first.origin === "rewrite") return first;
  // drizzle-kit's SQL may lead to the right schema and still leave no way back: rowids and counters that it lost.
  await resetTo(draft);
  const rewrite = listCandidates(draft).filter(({ origin }) => origin === "rewrite");
  const second = await complete(draft, await chooseUpgrade(draft, rewrite), begun);
  return second.proof.downgrade === "proven" ? { ...second, rewriteReason: first.proof.reason } : first;
}

/** Plans and proves the way back of an upgrade that was chosen. */
async function complete(draft: Draft, choice: Choice, begun: number): Promise<Proposal> {
  const { before, wanted, removals, archives, request, ground } = draft;
  const { outcome, candidate, rewriteReason, rows } = choice;
  const after = outcome.after ?? wanted;
  const renames = invertRenames(request.renames);
  const down = planSchema({ from: after, to: before, renames, archives: archives?.archives ?? [] });
  const worked = outcome.faults.length === 0;
  const faults = worked ? await proveBack(draft, { after, down, outcome, up: candidate.up }) : outcome.faults;
  return {
    up: candidate.up,
    origin: candidate.origin,
    rewriteReason,
    down,
    removals,
    archives,
    before,
    wanted,
    after,
    notes: [...columnOrder(wanted, after), ...rows.notes],
    proof: {
      upgrade: worked ? "ok" : "failed",
      downgrade: worked && faults.length === 0 ? "proven" : "unproven",
      class: classifyWayBack(down, removals, archives !== undefined),
      reason: faults.length === 0 ? undefined : faults.join("; "),
      by: ground.by,
      unprovenTables: rows.unprovenTables,
      seconds: (request.clock() - begun) / 1000,
    },
  };
}

interface Candidate {
  readonly origin: Proposal["origin"];
  readonly up: readonly string[];
}

interface Rows {
  readonly unprovenTables: readonly string[];
  readonly notes: readonly string[];
}

interface Choice {
  readonly candidate: Candidate;
  readonly outcome: UpgradeOutcome;
  readonly rewriteReason: string | undefined;
  readonly rows: Rows;
}

/** The first candidate that proves right; with odd rows first, and only where those are refused with plain ones or none. */
async function chooseUpgrade(draft: Draft, candidates: readonly Candidate[]): Promise<Choice> {
  const tried: Choice[] = [];
  let isFresh = true;
  for (const style of ["wild", "tame", "none"] as const) {
    for (const candidate of candidates) {
      if (!isFresh) await resetTo(draft);
      isFresh = false;
      const { rows, outcome } = await tryOver(draft, candidate, style);
      const failed = candidates.length > 1 && candidate.origin === "rewrite" ? tried.at(-1) : undefined;
      const rewriteReason = failed?.outcome.faults.join("; ") ?? whyRewritten(draft);
      const choice = {
        candidate,
        outcome,
        rewriteReason: candidate.origin === "rewrite" ? rewriteReason : undefined,
        rows,
      };
      if (outcome.faults.length === 0) return choice;
      tried.push(choice);
    }
    // Where no row stood in the way, other rows change nothing.
    if (tried.every(({ outcome }) => !isRefusal(outcome))) break;
  }
  const best = tried.findLast(({ candidate }) => candidate.origin === "rewrite") ?? tried[0];
  if (best === undefined) throw new TypeError("a revision has at least the planner's SQL");
  return best;
}

/** Tries a candidate over rows of a style; where rows are refused, also that they are refused indeed. */
async function tryOver(
  draft: Draft,
  candidate: Candidate,
  style: "wild" | "tame" | "none",
): Promise<{ readonly rows: Rows; readonly outcome: UpgradeOutcome }> {
  const attempt = async () => {
    const rows = await fillBefore(draft, style);
    return { rows, outcome: await tryUpgrade(draft.ground, trialOf(draft, candidate.up)) };
  };
  const first = await attempt();
  const isDoubtful = candidate.origin === "drizzle-kit" && style !== "none" && first.rows.notes.length > 0;
  if (!isDoubtful || first.outcome.faults.length > 0) return first;
  // drizzle's ALTER COLUMN lets rows pass that the new rule forbids: then it is no way to that rule.
  await resetTo(draft);
  await fillTables(draft.ground.port, fillingOf(draft, style));
  const over = await tryUpgrade(draft.ground, trialOf(draft, candidate.up));
  if (over.error === undefined && over.faults.length > 0) return { rows: first.rows, outcome: over };
  await resetTo(draft);
  return attempt();
}

function whyRewritten(draft: Draft): string | undefined {
  if (draft.request.wanted !== undefined) return "written from the schema of a database";
  return draft.request.generated === undefined
    ? "drizzle-kit asks about renames, and was not asked"
    : undefined;
}

function isRefusal({ error }: UpgradeOutcome): boolean {
  return error !== undefined && /constraint|NOT NULL|UNIQUE|CHECK|FOREIGN KEY/i.test(error.message);
}

function listCandidates({ request, before, wanted, archives }: Draft): Candidate[] {
  const { generated, renames } = request;
  const wrap = (statements: readonly string[]): string[] => [
    ...(archives?.opening ?? []).map(({ sql }) => sql),
    ...statements,
    ...(archives?.closing ?? []).map(({ sql }) => sql),
  ];
  const rewrite = planSchema({ from: before, to: wanted, renames }).statements.map(({ sql }) => sql);
  return [
    ...(generated === undefined ? [] : [{ origin: "drizzle-kit" as const, up: wrap(generated) }]),
    { origin: "rewrite", up: wrap(rewrite) },
  ];
}

function trialOf({ before, wanted, request, removals }: Draft, up: readonly string[]): UpgradeTrial {
  return { before, up, wanted, renames: request.renames, removals };
}

async function resetTo({ ground, request }: Draft): Promise<void> {
  await clearScratch(ground.port);
  await replayRevisions(ground, request.history);
}

function fillingOf({ before, request: { seed } }: Draft, style: "wild" | "tame") {
  return { capture: before, salt: 0, tame: style === "tame", ...(seed === undefined ? {} : { seed }) };
}

async function fillBefore(draft: Draft, style: "wild" | "tame" | "none"): Promise<Rows> {
  const { ground, before, wanted, request } = draft;
  if (style === "none") {
    const unprovenTables = before.tables.map(({ name }) => name);
    return {
      unprovenTables,
      notes: ["proven without rows, since the new schema refuses the generated ones"],
    };
  }
  const filling = await fillTables(ground.port, fillingOf(draft, style));
  const rules = await deleteRefusedRows(ground.port, { before, wanted, renames: request.renames });
  return { ...filling, notes: rules.map((rule) => `rows may refuse the upgrade: ${rule}`) };
}

interface WayBack {
  readonly after: Capture;
  readonly down: SchemaPlan;
  readonly outcome: UpgradeOutcome;
  readonly up: readonly string[];
}

async function proveBack(draft: Draft, { after, down, outcome, up }: WayBack): Promise<readonly string[]> {
  const { ground, before, request, removals, archives } = draft;
  const impossible = archives?.impossible.map(({ removal, reason }) => `${removal.table}: ${reason}`) ?? [];
  const trial: DowngradeTrial = {
    before,
    after,
    up,
    down: down.statements.map(({ sql }) => sql),
    was: outcome.was,
    renames: request.renames,
    removals,
    archived: archives !== undefined && impossible.length === 0,
  };
  const faults = await tryDowngrade(ground, trial);
  if (faults.length > 0) return faults;
  await fillTables(ground.port, { capture: after, salt: 1 });
  return tryDowngradeOverNewerRows(ground, { ...trial, mayBeRefused: mayBeRefused(down) });
}

function columnOrder(wanted: Capture, after: Capture): string[] {
  const ignored = diffCaptures(wanted, after, { ignoreColumnOrder: true }).map(({ object }) => object);
  return diffCaptures(wanted, after)
    .filter(({ object }) => !ignored.includes(object))
    .map(({ object }) => `${object} has its columns in another order than the schema`);
}
