// Runs steps against the database, each as one guarded transaction: applied as a whole, or not at all.
// Decides nothing about which steps to run, and knows no flags.
import { MigrationError } from "../errors.ts";
import type { Tag } from "../history/revision.ts";
import type { Step } from "../history/planner.ts";
import { type Applied, comesAfter, isRowOf } from "../history/record.ts";
import type { Database } from "./connection.ts";
import type { EventListener } from "./events.ts";
import { explainFailure } from "./explanation.ts";
import { appliedAfter, buildBatch, scriptOf } from "./guarded-batch.ts";
import { prepareTables, waitForLock } from "./recovery.ts";
import { recoverStep, type Run } from "./step-recovery.ts";

/** What an execution needs from outside. */
export interface ExecuteOptions {
  /** The version table that the steps were planned for, oldest first; empty if there was none. */
  readonly seen: readonly Applied[];
  readonly toolVersion: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A number from 0 to below 1, each time another. */
  readonly random: () => number;
  readonly onEvent?: EventListener;
  /** How long to wait for a write lock that another client holds, in milliseconds. Default 30 s. */
  readonly busyMs?: number;
}

/** What came of it. `executed` are the steps that this runner did; another one may have done the rest. */
export interface Execution {
  readonly executed: readonly Tag[];
  /** Empty: what cannot be finished is an error, whose `details` say what is left. */
  readonly remaining: readonly Tag[];
}

/**
 * Runs the steps in order. If another runner was first, goes on with what is left.
 *
 * @throws {MigrationError} `STATEMENT_FAILED`, `FOREIGN_KEYS_VIOLATED`, `HEAD_MOVED`, `MIGRATION_LOCK_STOLEN`,
 *   `MIGRATION_BUSY`, `OUTCOME_UNKNOWN`, `DATABASE_UNREACHABLE`, `DATABASE_REFUSED`, or for steps in a wrong order
 *   `TARGET_NOT_REACHABLE`; `details` always holds `{ executed, failed, remaining }`, together all steps but those
 *   that another runner has done.
 */
export async function execute(
  database: Database,
  steps: readonly Step[],
  options: ExecuteOptions,
): Promise<Execution> {
  const { now, random, toolVersion, seen, busyMs = 30_000, onEvent = () => undefined } = options;
  const run: Run = {
    database,
    steps,
    now,
    random,
    busyMs,
    onEvent,
    seen,
    named: false,
    runner: { id: randomId(random), toolVersion },
    executed: [],
    next: 0,
    foreignKeys: { mode: "any", excluded: [] },
  };
  try {
    // Made beforehand, so that the first statement of each step's transaction is a write.
    const [first] = steps;
    if (first !== undefined) run.named = await prepareTables(database, first.revision.layout, run);
    await runTogether(run);
    for (let step = steps[run.next]; step !== undefined; step = steps[run.next]) await runStep(run, step);
  } catch (error) {
    throw explainFailure(error, { steps, next: run.next, executed: run.executed });
  }
  return { executed: run.executed, remaining: [] };
}

/** How many revisions go into one transaction if there are no rows that could make it a long one. */
const groupSize = 50;
/** From how many on that is worth its while. */
const groupFrom = 10;

/**
 * Upgrades a database that has no revision yet many revisions at a time: each keeps its guard and its bookkeeping, and a
 * round trip for each would be most of the time. Whatever goes wrong, nothing of a group was applied, or all of it: the
 * steps are then run one by one, which finds out, and says where.
 */
async function runTogether(run: Run): Promise<void> {
  if (run.seen.length > 0) return;
  while (run.steps.length - run.next >= groupFrom) {
    const group = run.steps.slice(run.next, run.next + groupSize);
    if (group.some(({ kind }) => kind !== "upgrade")) return;
    const { named, runner, foreignKeys } = run;
    let seen = run.seen;
    const started = run.now();
    const statements = group.flatMap((step) => {
      checkOrder(seen, step);
      const batch = buildBatch({ step, seen, named, runner, foreignKeys, appliedAt: started });
      seen = appliedAfter(seen, step);
      return batch.statements;
    });
    try {
      await run.database.migrate(statements);
    } catch {
      return;
    }
    const durationMs = run.now() - started;
    for (const { kind: direction, revision } of group) {
      run.onEvent({ kind: "step-started", direction, revision: revision.tag, statements: 0 });
      run.executed.push(revision.tag);
      run.onEvent({ kind: "step-done", direction, revision: revision.tag, durationMs });
    }
    run.seen = seen;
    run.next += group.length;
  }
}

/** Begins a step until it is done by us or by another runner. */
async function runStep(run: Run, step: Step): Promise<void> {
  const { kind: direction, revision } = step;
  const position = run.next;
  const started = run.now();
  const statements = scriptOf(step).statements.length;
  run.onEvent({ kind: "step-started", direction, revision: revision.tag, statements });
  for (let begun = 1; run.next === position; begun++) {
    checkOrder(run.seen, step);
    const { seen, named, runner, foreignKeys } = run;
    const batch = buildBatch({ step, seen, named, runner, foreignKeys, appliedAt: run.now() });
    try {
      await waitForLock(run, () => run.database.migrate(batch.statements));
    } catch (error) {
      await recoverStep(run, { step, batch, error, begun });
      continue;
    }
    run.executed.push(revision.tag);
    run.seen = appliedAfter(run.seen, step);
    run.next += 1;
    run.onEvent({ kind: "step-done", direction, revision: revision.tag, durationMs: run.now() - started });
  }
}

/** The version table is read by its newest row, by drizzle too: only there may something be added or taken away. */
function checkOrder(seen: readonly Applied[], { kind, revision }: Step): void {
  const top = seen.at(-1);
  const fits =
    kind === "upgrade"
      ? top === undefined || comesAfter(revision, top)
      : top !== undefined && isRowOf(top, revision);
  if (fits) return;
  const found =
    top === undefined ? "no revision is applied" : `the newest applied revision is of ${top.when}`;
  throw new MigrationError(
    "TARGET_NOT_REACHABLE",
    `Cannot ${kind} ${revision.tag} (${revision.when}): ${found}. Only the newest revision can be taken back, and ` +
      "only a newer one can be applied; look with `history`.",
  );
}

function randomId(random: () => number): string {
  const digits = (): string => Math.floor(random() * 2 ** 32).toString(36);
  return `${digits()}-${digits()}`;
}
