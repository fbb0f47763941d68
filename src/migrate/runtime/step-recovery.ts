// Decides how an execution goes on when a step's transaction brought an error: begin it again, go on behind it, or fail.
import { MigrationError } from "../errors.ts";
import type { Tag } from "../history/revision.ts";
import type { Step } from "../history/planner.ts";
import type { Applied } from "../history/record.ts";
import type { Database } from "./connection.ts";
import { failForeignKeys, failMoved, failStatement, failWith } from "./explanation.ts";
import { type ForeignKeyCheck, readMismatch, readViolations } from "./foreign-keys.ts";
import type { GuardedBatch, Runner } from "./guarded-batch.ts";
import { countDone, hasCode, type Patience, readFound } from "./recovery.ts";

/** An execution on its way. */
export interface Run extends Patience {
  readonly database: Database;
  readonly steps: readonly Step[];
  readonly runner: Runner;
  readonly executed: Tag[];
  /** Position of the step that is next. */
  next: number;
  /** The version table as it is known to be. */
  seen: readonly Applied[];
  /** Whether it has the names of revisions. */
  named: boolean;
  foreignKeys: ForeignKeyCheck;
}

/** A transaction that did not succeed. */
export interface FailedStep {
  readonly step: Step;
  readonly batch: GuardedBatch;
  readonly error: unknown;
  /** How often the step has been begun. */
  readonly begun: number;
}

/** How often one step is begun, before losing its answer again and again counts as a failure. */
export const beginTimes = 5;

/** Prepares the run for its next attempt, or for the step behind one that turned out to be done. Throws if neither helps. */
export async function recoverStep(run: Run, failed: FailedStep): Promise<void> {
  const { step, batch, error, begun } = failed;
  if (!(error instanceof MigrationError)) throw error;
  if (error.code === "OUTCOME_UNKNOWN") {
    const moved = await takeStock(run, true, error);
    if (!moved && begun >= beginTimes) throw lostTooOften(run, error);
    return;
  }
  if (error.code !== "STATEMENT_FAILED") throw error;
  const part = batch.parts[Number(error.details["index"])];
  if (part?.kind === "guard" && error.message.includes("HEAD_MOVED")) {
    const moved = await takeStock(run, false, error);
    if (!moved && begun >= beginTimes) throw failMoved(error);
    return;
  }
  if (part?.kind !== "foreign-keys") throw failStatement(step, part, error);
  run.foreignKeys = await widenCheck(run, step, error);
}

/** Reads what is applied and counts the steps that are done, by whomever. Whether any is. */
async function takeStock(run: Run, lost: boolean, cause: MigrationError): Promise<boolean> {
  const found = await readFound(run.database, run.runner.id, run);
  const rest = run.steps.slice(run.next);
  const done = countDone(run.seen, rest, found.applied);
  if (done === undefined) throw failMoved(cause);
  for (const [index, { kind: direction, revision }] of rest.slice(0, done).entries()) {
    // A downgrade leaves no record: the one whose answer was lost counts as ours.
    const own = direction === "upgrade" ? found.own.has(revision.when) : lost && index === 0;
    if (own) run.executed.push(revision.tag);
    else run.onEvent({ kind: "step-overtaken", direction, revision: revision.tag });
  }
  run.next += done;
  run.seen = found.applied;
  return done > 0;
}

/** The check to repeat the step with, so that what was wrong before it is not held against it. */
async function widenCheck(run: Run, step: Step, cause: MigrationError): Promise<ForeignKeyCheck> {
  const { mode, excluded } = run.foreignKeys;
  const mismatched = readMismatch(cause.message);
  if (mismatched !== undefined && !excluded.includes(mismatched)) {
    const accepted = step.kind === "downgrade" || (await isMismatched(run.database, mismatched));
    const what = `${mismatched} refers to columns that are neither a primary key nor unique`;
    if (!accepted) throw failForeignKeys(step, what, cause);
    run.onEvent({ kind: "foreign-key-unchecked", table: mismatched });
    return { mode, excluded: [...excluded, mismatched] };
  }
  if (mode === "any" && cause.message.includes("FOREIGN_KEYS_VIOLATED")) return { mode: "added", excluded };
  const found = readViolations(cause.message);
  if (found !== undefined) throw failForeignKeys(step, found, cause);
  throw failStatement(step, { kind: "foreign-keys" }, cause);
}

/** Whether a table's foreign keys could not be checked before the step either. */
async function isMismatched(database: Database, table: string): Promise<boolean> {
  try {
    // By way of the list of tables: one that the step would have made is not there.
    const query = `SELECT 1 FROM pragma_table_list AS t, pragma_foreign_key_check(t.name)
WHERE t.schema = 'main' AND lower(t.name) = ? LIMIT 1`;
    await database.read([{ sql: query, args: [table] }]);
    return false;
  } catch (error) {
    if (hasCode(error, "STATEMENT_FAILED") && readMismatch(error.message) !== undefined) return true;
    throw error;
  }
}

function lostTooOften(run: Run, cause: MigrationError): MigrationError {
  return failWith(
    "DATABASE_UNREACHABLE",
    `The answer of the database at ${run.database.name} was lost ${beginTimes} times; its version table says that ` +
      "the revision was not applied: run the command again when the connection is better.",
    cause,
  );
}
