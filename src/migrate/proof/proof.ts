// Proves a revision on a scratch database that stands before it and has rows: up, compare, down, compare, up again.
import { findRemovals } from "../planning/archive.ts";
import type { Capture } from "../schema/capture.ts";
import {
  type ChangeClass,
  type Removal,
  type Renames,
  type SchemaPlan,
  worstClass,
} from "../schema/change.ts";
import { MigrationError } from "../errors.ts";
import { diffCaptures } from "../schema/schema-diff.ts";
import { type BrokenObject, findBroken, findRefusing, newlyBroken } from "./broken-objects.ts";
import { type ReplayGround, runStatements } from "./replay.ts";
import { compareContents } from "./row-comparison.ts";
import { type Contents, readContents } from "./row-reading.ts";

/** A scratch database, and what it is called in a head comment. */
export interface ProofGround extends ReplayGround {
  readonly by: string;
}

/** What was proven of a revision. */
export interface ProofResult {
  readonly upgrade: "ok" | "failed";
  readonly downgrade: "proven" | "unproven" | "none";
  /** Of the downgrade. */
  readonly class: ChangeClass;
  /** Why something is not proven; what a person should know if all is. */
  readonly reason: string | undefined;
  readonly by: string;
  /** Tables that took no generated row. */
  readonly unprovenTables: readonly string[];
  readonly seconds: number;
}

/** An upgrade to be tried. */
export interface UpgradeTrial {
  readonly before: Capture;
  readonly up: readonly string[];
  /** Undefined if nothing but the script says what the revision wants. */
  readonly wanted: Capture | undefined;
  readonly renames: Renames;
  /** What goes by intent; undefined if it is to be read off the two schemas. */
  readonly removals?: readonly Removal[];
  /** What is known to be broken before it, whatever the rows are; looked for if undefined. */
  readonly broken?: readonly BrokenObject[] | undefined;
}

/** What an upgrade did. The database is as it left it. */
export interface UpgradeOutcome {
  /** Undefined if it did not run, and nothing was changed. */
  readonly after: Capture | undefined;
  readonly was: Contents;
  readonly removals: readonly Removal[];
  readonly faults: readonly string[];
  /** What does not work after it and did before; named in the faults, too. */
  readonly breaks: readonly BrokenObject[];
  /** What does not work before it, whatever the rows are. */
  readonly brokenBefore: readonly BrokenObject[];
  /** What does not work after it, whatever the rows are. */
  readonly brokenAfter: readonly BrokenObject[];
  /** Why it did not run. */
  readonly error: MigrationError | undefined;
}

/**
 * Runs an upgrade and compares.
 *
 * @throws {MigrationError} for anything but a failing statement, such as a server that is gone.
 */
export async function tryUpgrade(ground: ProofGround, trial: UpgradeTrial): Promise<UpgradeOutcome> {
  const { port } = ground;
  const was = await readContents(port, trial.before);
  const broken = trial.broken ?? (await findBroken(port, trial.before));
  const refusing = await findRefusing(port, trial.before, was);
  const error = await tryStatements(ground, trial.up);
  if (error !== undefined) {
    const faults = [describeFailure(error)];
    return { ...untouched, was, faults, brokenBefore: broken, brokenAfter: broken, error };
  }
  const after = await port.capture();
  const is = await readContents(port, after);
  const brokenAfter = await findBroken(port, after);
  const breaks = newlyBroken(
    [...broken, ...refusing],
    [...brokenAfter, ...newlyBroken(brokenAfter, await findRefusing(port, after, is))],
  );
  const { renames, wanted, removals = findRemovals(trial.before, after, renames) } = trial;
  const rows = compareContents({ before: was, after: is, capture: after, renames, removals, exact: false });
  const structure = wanted === undefined ? [] : describeDifferences(wanted, after);
  return {
    after,
    was,
    removals,
    faults: [...structure, ...rows, ...describeBroken(breaks)],
    breaks,
    brokenBefore: broken,
    brokenAfter,
    error: undefined,
  };
}

const untouched = { after: undefined, removals: [], breaks: [] } as const;

/** What does not work, with what to do about all that has the same remedy. */
function describeBroken(broken: readonly BrokenObject[]): string[] {
  const remedies = [...new Set(broken.map(({ remedy }) => remedy))];
  return remedies.map((remedy) => {
    const problems = broken.filter((one) => one.remedy === remedy).map(({ problem }) => problem);
    return `${problems.join("; ")}: ${remedy}`;
  });
}

/** A downgrade to be tried, on a database that has just been upgraded. */
export interface DowngradeTrial extends Required<Omit<UpgradeTrial, "wanted" | "broken">> {
  readonly after: Capture;
  readonly down: readonly string[];
  /** What the database held before the upgrade. */
  readonly was: Contents;
  /** What did not work then. */
  readonly brokenBefore: readonly BrokenObject[];
  /** Whether what the upgrade removed has to come back, too. */
  readonly archived: boolean;
  /** What the upgrade itself does to rows, which it does the second time, too. */
  readonly known?: readonly string[];
}

/**
 * Runs a downgrade, compares, and upgrades again. The database stands after the upgrade if nothing is returned.
 *
 * @returns everything that is not as before; one line a fault.
 */
export async function tryDowngrade(ground: ProofGround, trial: DowngradeTrial): Promise<readonly string[]> {
  const { before, after, was, renames } = trial;
  const error = await tryStatements(ground, trial.down);
  if (error !== undefined) return [`the downgrade fails: ${describeFailure(error)}`];
  const back = await ground.port.capture();
  const structure = describeDifferences(before, back);
  if (structure.length > 0) return structure.map((fault) => `after the downgrade ${fault}`);
  const rows = compareContents({
    before: was,
    after: await readContents(ground.port, back),
    capture: back,
    renames: { tables: [], columns: [] },
    removals: trial.archived ? [] : trial.removals,
    exact: true,
  });
  const broken = describeBroken(newlyBroken(trial.brokenBefore, await findBroken(ground.port, back)));
  const faults = [...rows, ...broken];
  if (faults.length > 0) return faults.map((fault) => `after the downgrade ${fault}`);
  const again = await tryStatements(ground, trial.up);
  if (again !== undefined) return [`the upgrade fails the second time: ${describeFailure(again)}`];
  const changed = describeDifferences(after, await ground.port.capture());
  if (changed.length > 0) return changed.map((fault) => `after the second upgrade ${fault}`);
  return compareContents({
    before: was,
    after: await readContents(ground.port, after),
    capture: after,
    renames,
    removals: trial.removals,
    exact: false,
  })
    .filter((fault) => trial.known?.includes(fault) !== true)
    .map((fault) => `after the second upgrade ${fault}`);
}

/**
 * Runs a downgrade over rows that were written since. It may be refused if constraints come back; if it is not,
 * the schema and what was there before have to come through.
 */
export async function tryDowngradeOverNewerRows(
  ground: ProofGround,
  trial: DowngradeTrial & { readonly mayBeRefused: boolean },
): Promise<readonly string[]> {
  const error = await tryStatements(ground, trial.down);
  if (error !== undefined) {
    return trial.mayBeRefused
      ? []
      : [`the downgrade fails over rows written since: ${describeFailure(error)}`];
  }
  return describeDifferences(trial.before, await ground.port.capture()).map(
    (fault) => `after a downgrade over rows written since ${fault}`,
  );
}

async function tryStatements(
  ground: ProofGround,
  statements: readonly string[],
): Promise<MigrationError | undefined> {
  try {
    await runStatements(ground, statements);
    return undefined;
  } catch (error) {
    if (error instanceof MigrationError && isAboutStatements(error)) return error;
    throw error;
  }
}

/** What a downgrade means for the values that its upgrade removed. */
export function classifyWayBack(
  down: SchemaPlan,
  removals: readonly Removal[],
  archived: boolean,
): ChangeClass {
  const lost = removals.map(({ kind }): ChangeClass => {
    if (archived) return "archived";
    return kind === "conversion" ? "lossy-conversion" : "structure-only";
  });
  // A plan that was made without looking at an archive does not know that the values come back.
  const planned = down.statements.map(({ class: change }): ChangeClass => {
    const isLoss = change === "structure-only" || change === "lossy-conversion";
    return archived && isLoss ? "archived" : change;
  });
  return worstClass([...planned, ...lost]);
}

/** Whether rows written since may keep a downgrade from running. */
export function mayBeRefused(down: SchemaPlan): boolean {
  return (
    down.refusals.length > 0 || down.statements.some((statement) => statement.class === "may-be-refused")
  );
}

function isAboutStatements({ code }: MigrationError): boolean {
  return code === "STATEMENT_FAILED" || code === "FOREIGN_KEYS_VIOLATED" || code === "REVISION_INVALID";
}

function describeFailure(error: MigrationError): string {
  const { statement } = error.place;
  return statement === undefined || error.message.includes(statement)
    ? error.message
    : `${error.message} in ${statement}`;
}

/** The schema's faults; the order of columns is none. */
export function describeDifferences(expected: Capture, found: Capture): string[] {
  return diffCaptures(expected, found, { ignoreColumnOrder: true }).map(
    (difference) =>
      `${difference.object} is ${difference.found ?? "missing"}, expected ${difference.expected ?? "none"}`,
  );
}
