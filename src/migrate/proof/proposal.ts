// Makes a revision out of what drizzle-kit generated: its own SQL if that proves right, else the planner's; the way
// back; and the proof of both.
import { type ArchivePlan, findRemovals } from "../planning/archive.ts";
import { planArchives } from "../planning/archive-plan.ts";
import {
  describeLostArchives,
  withArchiveTriggers,
  withoutLostArchives,
} from "../planning/archive-upkeep.ts";
import type { Capture } from "../schema/capture.ts";
import type { Removal, Renames, SchemaPlan } from "../schema/change.ts";
import type { Model } from "../schema/model.ts";
import { invertRenames } from "../schema/renames.ts";
import { diffCaptures } from "../schema/schema-diff.ts";
import { planSchema } from "../planning/schema-planner.ts";
import { buildWanted } from "../planning/wanted.ts";
import { tablesWithoutRows } from "./emptied-tables.ts";
import {
  classifyWayBack,
  type DowngradeTrial,
  mayBeRefused,
  type ProofGround,
  type ProofResult,
  tryDowngrade,
  tryDowngradeOverNewerRows,
  type UpgradeOutcome,
} from "./proof.ts";
import { replayRevisions, type ReplayRevision } from "./replay.ts";
import { fillTables } from "./rows.ts";
import { clearScratch } from "./scratch.ts";
import { type Choice, chooseUpgrade, type Draft, listCandidates, resetTo } from "./upgrade-choice.ts";

/** A revision to be made. */
export interface ProposalRequest {
  /** The revisions before it. */
  readonly history: readonly ReplayRevision[];
  readonly tag: string;
  /** drizzle-kit's statements; undefined if it could not write any. */
  readonly generated: readonly string[] | undefined;
  readonly previous: Model;
  readonly next: Model;
  readonly renames: Renames;
  /** The schema to come to, if something else than the two models says it. */
  readonly wanted?: Capture;
  /** Decides whether what goes is archived; asked only if something goes. */
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
  /** Undefined if nothing is archived. */
  readonly archives: ArchivePlan | undefined;
  readonly before: Capture;
  readonly wanted: Capture;
  readonly after: Capture;
  /** Things to know that are no faults, such as an order of columns that is not the schema's. */
  readonly notes: readonly string[];
  readonly proof: ProofResult;
}

/**
 * Proposes a revision. Empties the scratch database first.
 *
 * @throws {MigrationError} `STATEMENT_FAILED` if an older revision cannot be replayed, `PROOF_FAILED` if what the
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
  const kept = withArchiveTriggers(wanted, archives?.archives ?? []);
  const draft: Draft = { ground, request, before, planned: wanted, wanted: kept, removals, archives };
  const first = await complete(draft, await chooseUpgrade(draft, listCandidates(draft)), begun);
  if (first.proof.downgrade === "proven" || first.origin === "rewrite") return first;
  // drizzle-kit's SQL may lead to the right schema and still leave no downgrade: rowids and counters that it lost.
  await resetTo(draft);
  const rewrite = listCandidates(draft).filter(({ origin }) => origin === "rewrite");
  const second = await complete(draft, await chooseUpgrade(draft, rewrite), begun);
  return second.proof.downgrade === "proven" ? { ...second, rewriteReason: first.proof.reason } : first;
}

/** Plans and proves the downgrade of an upgrade that was chosen. */
async function complete(draft: Draft, choice: Choice, begun: number): Promise<Proposal> {
  const { before, wanted, removals, archives, request, ground } = draft;
  const { outcome, candidate, rewriteReason } = choice;
  const after = outcome.after ?? wanted;
  const renames = invertRenames(request.renames);
  const to = withoutLostArchives(before, after, request.renames);
  const down = planSchema({ from: after, to, renames, archives: archives?.archives ?? [] });
  const worked = outcome.faults.length === 0;
  const back = worked ? await proveBack(draft, { to, after, down, outcome, up: candidate.up }) : undefined;
  const faults = back?.faults ?? outcome.faults;
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
    notes: [
      ...columnOrder(wanted, after),
      ...choice.notes,
      ...outcome.brokenBefore.map(({ problem }) => `broken before this revision: ${problem}`),
      ...describeLostArchives(before, after, request.renames),
    ],
    proof: {
      upgrade: worked ? "ok" : "failed",
      downgrade: worked && faults.length === 0 ? "proven" : "unproven",
      class: classifyWayBack(down, removals, archives !== undefined),
      reason: faults.length === 0 ? undefined : faults.join("; "),
      by: ground.by,
      unprovenTables: [...new Set([...tablesWithoutRows(before, outcome.was), ...(back?.unfilled ?? [])])],
      seconds: (request.clock() - begun) / 1000,
    },
  };
}

interface WayBack {
  readonly to: Capture;
  readonly after: Capture;
  readonly down: SchemaPlan;
  readonly outcome: UpgradeOutcome;
  readonly up: readonly string[];
}

interface ProvenBack {
  readonly faults: readonly string[];
  /** Tables that took no row after the upgrade. */
  readonly unfilled: readonly string[];
}

async function proveBack(draft: Draft, { to, after, down, outcome, up }: WayBack): Promise<ProvenBack> {
  const { ground, request, removals, archives } = draft;
  const impossible = archives?.impossible.map(({ removal, reason }) => `${removal.table}: ${reason}`) ?? [];
  const trial: DowngradeTrial = {
    before: to,
    after,
    up,
    down: down.statements.map(({ sql }) => sql),
    was: outcome.was,
    brokenBefore: outcome.brokenBefore,
    renames: request.renames,
    removals,
    archived: archives !== undefined && impossible.length === 0,
  };
  const faults = await tryDowngrade(ground, trial);
  if (faults.length > 0) return { faults, unfilled: [] };
  const { unprovenTables } = await fillTables(ground.port, { capture: after, salt: 1 });
  const newer = await tryDowngradeOverNewerRows(ground, { ...trial, mayBeRefused: mayBeRefused(down) });
  return { faults: newer, unfilled: unprovenTables };
}

function columnOrder(wanted: Capture, after: Capture): string[] {
  const ignored = diffCaptures(wanted, after, { ignoreColumnOrder: true }).map(({ object }) => object);
  return diffCaptures(wanted, after)
    .filter(({ object }) => !ignored.includes(object))
    .map(({ object }) => `${object} has its columns in another order than the schema`);
}
