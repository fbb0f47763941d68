// Which upgrade a revision gets: drizzle-kit's own SQL if that proves right over rows, else the planner's.
import type { ArchivePlan } from "../planning/archive.ts";
import type { Capture } from "../schema/capture.ts";
import type { Removal } from "../schema/change.ts";
import { guardForeignKeys } from "../statements/foreign-key-guard.ts";
import { planSchema } from "../planning/schema-planner.ts";
import { compareTables } from "../schema/table-changes.ts";
import { isRefusal, tablesWithoutRows, tryWithFewerRows } from "./emptied-tables.ts";
import { type ProofGround, tryUpgrade, type UpgradeOutcome, type UpgradeTrial } from "./proof.ts";
import type { ProposalRequest } from "./proposal.ts";
import { deleteRefusedRows } from "./refused-rows.ts";
import { replayRevisions } from "./replay.ts";
import { fillTables } from "./rows.ts";
import { clearScratch } from "./scratch.ts";

/** A revision while it is made. */
export interface Draft {
  readonly ground: ProofGround;
  readonly request: ProposalRequest;
  readonly before: Capture;
  /** What drizzle-kit or the planner lead to; `wanted` has the triggers of the archives besides. */
  readonly planned: Capture;
  readonly wanted: Capture;
  readonly removals: readonly Removal[];
  readonly archives: ArchivePlan | undefined;
}

/** Statements of an upgrade, and who wrote them. */
export interface Candidate {
  readonly origin: "drizzle-kit" | "rewrite";
  readonly up: readonly string[];
}

/** The upgrade that was chosen, and how it did. */
export interface Choice {
  readonly candidate: Candidate;
  readonly outcome: UpgradeOutcome;
  readonly rewriteReason: string | undefined;
  readonly notes: readonly string[];
}

/**
 * The first candidate that proves right: with edge-case rows first; if those are refused with plain ones, then
 * without the rows of the tables that refuse them, at last without any.
 */
export async function chooseUpgrade(draft: Draft, candidates: readonly Candidate[]): Promise<Choice> {
  const tried: Choice[] = [];
  let unseen: Choice | undefined;
  let isFresh = true;
  for (const style of ["edge-case", "plain", "few", "none"] as const) {
    for (const candidate of candidates) {
      if (!isFresh) await resetTo(draft);
      isFresh = false;
      const { notes, outcome } = await tryOver(draft, candidate, style);
      const failed = candidates.length > 1 && candidate.origin === "rewrite" ? tried.at(-1) : undefined;
      const rewriteReason = failed?.outcome.faults.join("; ") ?? whyRewritten(draft);
      const choice = {
        candidate,
        outcome,
        rewriteReason: candidate.origin === "rewrite" ? rewriteReason : undefined,
        notes,
      };
      const untried = outcome.faults.length > 0 ? [] : untriedRebuilds(draft, choice, candidates);
      if (outcome.faults.length === 0 && untried.length === 0) return choice;
      if (untried.length > 0) unseen ??= choice;
      const faults = untried.map((table) => `drizzle-kit's statements were not tried with rows of ${table}`);
      tried.push({ ...choice, outcome: { ...outcome, faults: [...outcome.faults, ...faults] } });
    }
    // Where no row stood in the way, other rows change nothing.
    if (tried.every(({ outcome }) => !isRefusal(outcome))) break;
  }
  const best = unseen ?? tried.findLast(({ candidate }) => candidate.origin === "rewrite") ?? tried[0];
  if (best === undefined) throw new TypeError("a revision has at least the planner's SQL");
  return best;
}

/** Tables without rows that drizzle-kit rebuilds or converts: what it does to rows is not known. */
function untriedRebuilds(
  { before, wanted, request }: Draft,
  { candidate, outcome }: Choice,
  candidates: readonly Candidate[],
): string[] {
  if (candidate.origin === "rewrite" || candidates.length < 2) return [];
  const empty = tablesWithoutRows(before, outcome.was);
  return compareTables(before, wanted, request.renames).changes.flatMap(({ kind, pair }) =>
    kind === "rebuild" && empty.includes(pair.captured.from.name) ? [pair.name] : [],
  );
}

type Style = "edge-case" | "plain" | "few" | "none";

interface Tried {
  readonly notes: readonly string[];
  readonly outcome: UpgradeOutcome;
}

/** Tries a candidate over rows of a style; if rows are refused, also that they are refused indeed. */
async function tryOver(draft: Draft, candidate: Candidate, style: Style): Promise<Tried> {
  const { port } = draft.ground;
  const upgrade = () => tryUpgrade(draft.ground, trialOf(draft, candidate.up));
  const attempt = async () => {
    const notes = await fillBefore(draft, style);
    return { notes, outcome: await upgrade() };
  };
  const first = await attempt();
  if (style === "few") {
    const { tried } = await tryWithFewerRows(port, draft.before, first.outcome, upgrade);
    return { ...first, outcome: tried };
  }
  const isDoubtful = candidate.origin === "drizzle-kit" && style !== "none" && first.notes.length > 0;
  if (!isDoubtful || first.outcome.faults.length > 0) return first;
  // drizzle's ALTER COLUMN lets rows pass that the new rule forbids: then it is no way to that rule.
  await resetTo(draft);
  await fillTables(port, fillingOf(draft, style));
  const over = await upgrade();
  if (over.error === undefined && over.faults.length > 0) return { notes: first.notes, outcome: over };
  await resetTo(draft);
  return attempt();
}

function whyRewritten(draft: Draft): string | undefined {
  if (draft.request.wanted !== undefined) return "written from the schema of a database";
  return draft.request.generated === undefined
    ? "drizzle-kit asks about renames, and was not asked"
    : undefined;
}

/** drizzle-kit's statements, if there are some, and the planner's. */
export function listCandidates({ request, before, planned, archives }: Draft): Candidate[] {
  const { generated, renames } = request;
  // drizzle-kit's statements do harm if foreign keys are on just as ours do.
  const wrap = (statements: readonly string[]): string[] =>
    guardForeignKeys(
      [
        ...(archives?.opening ?? []).map(({ sql }) => sql),
        ...statements,
        ...(archives?.closing ?? []).map(({ sql }) => sql),
      ],
      before,
    );
  const rewrite = planSchema({ from: before, to: planned, renames }).statements.map(({ sql }) => sql);
  return [
    ...(generated === undefined ? [] : [{ origin: "drizzle-kit" as const, up: wrap(generated) }]),
    { origin: "rewrite", up: wrap(rewrite) },
  ];
}

function trialOf({ before, wanted, request, removals }: Draft, up: readonly string[]): UpgradeTrial {
  return { before, up, wanted, renames: request.renames, removals };
}

/** Brings the scratch database back to before the revision, without rows. */
export async function resetTo({ ground, request }: Draft): Promise<void> {
  await clearScratch(ground.port);
  await replayRevisions(ground, request.history);
}

function fillingOf({ before, request: { seed } }: Draft, style: Style) {
  return { capture: before, salt: 0, plain: style !== "edge-case", ...(seed === undefined ? {} : { seed }) };
}

/** Fills the tables, and returns what is to be known of the rows. */
async function fillBefore(draft: Draft, style: Style): Promise<readonly string[]> {
  const { ground, before, wanted, request } = draft;
  if (style === "none") return ["proven without rows, since the new schema refuses the generated ones"];
  await fillTables(ground.port, fillingOf(draft, style));
  const rules = await deleteRefusedRows(ground.port, { before, wanted, renames: request.renames });
  return rules.map((rule) => `rows may refuse the upgrade: ${rule}`);
}
