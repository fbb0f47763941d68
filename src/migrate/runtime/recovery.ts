// What to do when a step did not simply succeed: wait for the lock, or look what became of it.
import { setTimeout as delay } from "node:timers/promises";
import { MigrationError } from "../errors.ts";
import type { Step } from "../history/planner.ts";
import { type Applied, isTextOf } from "../history/record.ts";
import type { Layout } from "../history/revision.ts";
import type { Database } from "./connection.ts";
import type { EventListener } from "./events.ts";
import { appliedAfter } from "./guarded-batch.ts";
import { appliedQuery, bookkeepingTables, namedQuery, toApplied } from "./version-table.ts";

/** What patience needs from outside. */
export interface Patience {
  readonly now: () => number;
  /** A number from 0 to 1, so that runners do not wake at the same moment. */
  readonly random: () => number;
  /** How long the write lock is waited for, in milliseconds. */
  readonly busyMs: number;
  readonly onEvent: EventListener;
}

/** How often a database that has just lost an answer is asked what became of it: about 6 s in all. */
const askTimes = 8;

/**
 * Repeats an action while another client holds the write lock, which means that nothing of it ran.
 *
 * @throws {MigrationError} `MIGRATION_BUSY` when the time is up, and everything else that the action throws.
 */
export async function waitForLock<T>(patience: Patience, action: () => Promise<T>): Promise<T> {
  const end = patience.now() + patience.busyMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (!hasCode(error, "MIGRATION_BUSY") || patience.now() >= end) throw error;
      patience.onEvent({ kind: "waiting-for-lock", attempt });
      await delay(20 + patience.random() * Math.min(400, 40 * attempt));
    }
  }
}

/**
 * Makes the tool's tables where they are missing; tells whether the version table has the names of revisions. A lost
 * answer is asked for again: what is there already stays.
 */
export async function prepareTables(
  database: Database,
  layout: Layout,
  patience: Patience,
): Promise<boolean> {
  const statements = [...bookkeepingTables(layout), `SELECT ${namedQuery} AS named`];
  for (let attempt = 1; ; attempt++) {
    try {
      const results = await waitForLock(patience, () => database.write(statements));
      return Number(results.at(-1)?.[0]?.["named"]) === 1;
    } catch (error) {
      // Only an answer that was lost: a database that was not there from the beginning is said at once.
      const again = attempt === 1 ? hasCode(error, "OUTCOME_UNKNOWN") : isTransient(error);
      if (!again || attempt === askTimes) throw error;
      await pauseBeforeAsking(patience, attempt);
    }
  }
}

async function pauseBeforeAsking(patience: Patience, attempt: number): Promise<void> {
  patience.onEvent({ kind: "asking-after-lost-answer", attempt });
  await delay(25 * 2 ** attempt * (0.5 + patience.random() / 2));
}

/** The version table, and which of its rows this runner has written. */
export interface Found {
  readonly applied: readonly Applied[];
  readonly own: ReadonlySet<number>;
}

/**
 * Reads the version table behind the write lock, so that a batch which still runs is over before it is read.
 *
 * @throws {MigrationError} `OUTCOME_UNKNOWN` if the database does not answer within a bounded number of tries.
 */
export async function readFound(database: Database, runnerId: string, patience: Patience): Promise<Found> {
  const queries = [
    appliedQuery,
    { sql: "SELECT created_at FROM __eaves_revisions WHERE runner = ?", args: [runnerId] },
  ];
  for (let attempt = 1; ; attempt++) {
    try {
      const [applied = [], own = []] = await waitForLock(patience, () => database.write(queries));
      return { applied: toApplied(applied), own: new Set(own.map((row) => Number(row["created_at"]))) };
    } catch (error) {
      if (!isTransient(error)) throw error;
      if (attempt === askTimes) throw unknownOutcome(database, error);
      await pauseBeforeAsking(patience, attempt);
    }
  }
}

/** Whether a failure says nothing about the database but that it could not be heard just now. */
export function isTransient(error: unknown): boolean {
  if (hasCode(error, "OUTCOME_UNKNOWN", "DATABASE_UNREACHABLE")) return true;
  return hasCode(error, "DATABASE_REFUSED") && error.details["status"] === 429;
}

/** Whether an error is the tool's own, with one of these codes. */
export function hasCode(
  error: unknown,
  ...codes: readonly MigrationError["code"][]
): error is MigrationError {
  return error instanceof MigrationError && codes.includes(error.code);
}

/**
 * How many of the steps lie between the version table that was expected and the one that was found;
 * undefined if the steps cannot have led there.
 */
export function countDone(
  seen: readonly Applied[],
  steps: readonly Step[],
  found: readonly Applied[],
): number | undefined {
  let expected = seen;
  for (let done = 0; done <= steps.length; done++) {
    if (isSame(expected, found, steps)) return done;
    const step = steps[done];
    if (step !== undefined) expected = appliedAfter(expected, step);
  }
  return undefined;
}

/** Two version tables with the same revisions; a file may have been recorded with other line ends. */
function isSame(expected: readonly Applied[], found: readonly Applied[], steps: readonly Step[]): boolean {
  if (expected.length !== found.length) return false;
  return expected.every(({ hash, when }, index) => {
    const other = found[index];
    if (other === undefined || other.when !== when) return false;
    if (other.hash === hash) return true;
    const revision = steps.find((step) => step.revision.when === when)?.revision;
    return revision !== undefined && isTextOf(other, revision);
  });
}

function unknownOutcome(database: Database, cause: unknown): MigrationError {
  return new MigrationError(
    "OUTCOME_UNKNOWN",
    `The answer of the database at ${database.name} was lost, and it does not say what became of the revision: ` +
      "when it answers again, look with `current`; the revision was applied as a whole or not at all",
    { cause },
  );
}
