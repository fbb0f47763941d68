// Runs planned steps and keeps the record of the schema; what upgrade and downgrade have in common.
import { MigrationError } from "../../errors.ts";
import type { Step } from "../../history/planner.ts";
import type { Applied } from "../../history/record.ts";
import type { Database } from "../../runtime/connection.ts";
import type { ExecutionEvent } from "../../runtime/events.ts";
import { execute } from "../../runtime/executor.ts";
import type { Context } from "../project/context.ts";
import { recordSchema } from "../project/schema-record.ts";
import { readToolVersion } from "../project/tool-version.ts";

/**
 * Runs steps that were planned for the version table `seen`; gives the tags that this runner executed. Whoever runs them
 * keeps the record afterwards: see {@link recordingSchema}.
 *
 * @throws {MigrationError} as `execute`.
 */
export async function runSteps(
  context: Context,
  database: Database,
  steps: readonly Step[],
  seen: readonly Applied[],
): Promise<readonly string[]> {
  const onEvent = (event: ExecutionEvent): void => {
    const text = describeEvent(event);
    if (text !== undefined) context.report(text);
  };
  const { clock: now, random } = context;
  const { executed } = await execute(database, steps, {
    seen,
    toolVersion: readToolVersion(),
    now,
    random,
    onEvent,
  });
  return executed;
}

/**
 * Does work that runs steps, and records the schema once after the last of them, whether the work failed or not: a
 * record after each step was a third of a long downgrade. A runner that is killed before leaves an older record, which
 * says of itself that it is older.
 */
export async function recordingSchema(
  database: Database,
  work: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  try {
    const executed = await work();
    if (executed.length > 0) await keepRecord(database);
    return executed;
  } catch (error) {
    if (readExecuted(error).length > 0) await keepRecord(database);
    throw error;
  }
}

/** Without a record the next run replays the history to see whether the schema has drifted: slower, and no worse. */
async function keepRecord(database: Database): Promise<void> {
  try {
    await recordSchema(database);
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
  }
}

/** The tags that were executed before an execution failed. */
export function readExecuted(error: unknown): readonly string[] {
  const executed = error instanceof MigrationError ? error.details["executed"] : undefined;
  return Array.isArray(executed) ? executed.filter((tag: unknown) => typeof tag === "string") : [];
}

/** An event as a line of progress; undefined if there is nothing to say. */
function describeEvent(event: ExecutionEvent): string | undefined {
  const { kind } = event;
  if (kind === "step-started") return `${event.direction} ${event.revision}`;
  if (kind === "step-overtaken") return `${event.revision} was done by another runner meanwhile`;
  if (kind === "waiting-for-lock" && event.attempt === 1) return "waiting for another client that is writing";
  if (kind === "asking-after-lost-answer") {
    return "an answer was lost: reading the version table to learn what happened";
  }
  if (kind === "foreign-key-unchecked") {
    return `foreign keys of ${event.table} cannot be checked: they name columns that are no key of their parent`;
  }
  return undefined;
}
