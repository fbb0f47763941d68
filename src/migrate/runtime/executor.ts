// Runs steps against the database, each as one guarded transaction: applied as a whole, or not at all.
// Decides nothing about which steps to run, and knows no flags.
import { MigrationError } from "../plan/errors.ts";
import type { Tag } from "../plan/revision.ts";
import type { Step } from "../plan/planner.ts";
import type { Applied } from "../plan/status.ts";
import type { Database } from "./connection.ts";
import type { EventListener } from "./events.ts";
import { explainFailure } from "./explanation.ts";
import { appliedAfter, buildBatch, scriptOf } from "./guarded-batch.ts";
import { prepareTables, waitForLock } from "./recovery.ts";
import { recoverStep, type Run } from "./step-recovery.ts";

/** What an execution needs from outside. */
export interface ExecuteOptions {
  /** The version table that the steps were planned for, oldest first; empty where there was none. */
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
 * Runs the steps in order. Where another runner was first, goes on with what is left.
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
    runner: { id: randomId(random), toolVersion },
    executed: [],
    next: 0,
    foreignKeys: { mode: "any", excluded: [] },
  };
  try {
    // Made beforehand, so that the first statement of each step's transaction is a write.
    if (steps.length > 0) await prepareTables(database, run);
    for (let step = steps[0]; step !== undefined; step = steps[run.next]) await runStep(run, step);
  } catch (error) {
    throw explainFailure(error, { steps, next: run.next, executed: run.executed });
  }
  return { executed: run.executed, remaining: [] };
}

/** Begins a step until it is done by us or by somebody else. */
async function runStep(run: Run, step: Step): Promise<void> {
  const { kind: direction, revision } = step;
  const position = run.next;
  const started = run.now();
  const statements = scriptOf(step).statements.length;
  run.onEvent({ kind: "step-started", direction, revision: revision.tag, statements });
  for (let begun = 1; run.next === position; begun++) {
    checkOrder(run.seen, step);
    const { seen, runner, foreignKeys } = run;
    const batch = buildBatch({ step, seen, runner, foreignKeys, appliedAt: run.now() });
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
    kind === "upgrade" ? top === undefined || top.when < revision.when : top?.when === revision.when;
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
