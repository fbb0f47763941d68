// `downgrade`: takes revisions back, from the newest down to a target. Counts what would be lost or refused first.
import { MigrationError } from "../errors.ts";
import { type DowngradeStep, planDowngrade } from "../history/planner.ts";
import type { Applied } from "../history/record.ts";
import { resolveTarget } from "../history/target.ts";
import type { Database } from "../runtime/connection.ts";
import type { Context, Mode } from "./project/context.ts";
import { readExecuted, recordingSchema, runSteps } from "./moves/execution.ts";
import { showPlan } from "./moves/move-plan.ts";
import type { MoveResult } from "./results.ts";
import { describeHazards, findRowHazards, refuseHazards, type RowHazards } from "./moves/row-hazards.ts";
import { checkSchema, refuseLostTriggers } from "./check/schema-check.ts";
import { readRevisions, readDatabaseStatus, withDatabase } from "./project/workplace.ts";

/** How far to go, and what may be lost. */
export interface DowngradeOptions {
  /** `-N`, `base` or a revision, which stays. */
  readonly target: string;
  /** Default `execute`. */
  readonly mode?: Mode;
  /** Whether what was written since the upgrade may go. */
  readonly acceptNewerData?: boolean;
}

const planTimes = 20;

/**
 * Takes revisions back.
 *
 * @throws {MigrationError} `DOWNGRADE_IRREVERSIBLE`, `DOWNGRADE_REFUSED`, `NEWER_DATA` before anything has run, and
 * whatever stands in the way; `details` says what is executed and what remains.
 */
export async function downgrade(context: Context, options: DowngradeOptions): Promise<MoveResult> {
  const { mode = "execute", acceptNewerData = false } = options;
  const { history } = await readRevisions(context);
  return withDatabase(context, async (database) => {
    for (let attempt = 1; ; attempt++) {
      const databaseStatus = await readDatabaseStatus(database, history);
      const { status, applied = [] } = databaseStatus;
      const target = resolveTarget(history, options.target, status.current);
      const steps = planDowngrade(history, applied, target);
      if (steps.length === 0) return showPlan([], databaseStatus, mode);
      const check = await checkSchema({ context, database, history, databaseStatus });
      if (check === "moved" && attempt < planTimes) continue;
      const hazards = await findHazards(context, database, steps);
      if (mode !== "execute") return showPlan(steps, databaseStatus, mode, hazards.map(describeHazards));
      steps.forEach((step, index) => refuseHazards(step, hazards[index], acceptNewerData));
      await refuseLostTriggers(
        database,
        steps.map(({ revision }) => revision.down.script),
      );
      const work = { context, database, steps, acceptNewerData };
      const executed = await recordingSchema(database, () => takeBack(work, applied));
      const current = target.kind === "base" ? null : target.revision.tag;
      return { executed, remaining: [], current, plan: undefined, script: undefined, hazards: [] };
    }
  });
}

/** Of deeper steps only what can be asked in the schema as it is now; they are asked again when their turn comes. */
async function findHazards(
  context: Context,
  database: Database,
  steps: readonly DowngradeStep[],
): Promise<readonly RowHazards[]> {
  context.report("counting the rows that would be refused or lost");
  const hazards: RowHazards[] = [];
  for (const step of steps) hazards.push(await findRowHazards(database, step.revision.down.script));
  return hazards;
}

interface Work {
  readonly context: Context;
  readonly database: Database;
  readonly steps: readonly DowngradeStep[];
  readonly acceptNewerData: boolean;
}

/** One step at a time, since what the next one would meet can only be counted when this one is done. */
async function takeBack(work: Work, applied: readonly Applied[]): Promise<readonly string[]> {
  const { context, database, steps, acceptNewerData } = work;
  const executed: string[] = [];
  let seen = applied;
  for (const [index, step] of steps.entries()) {
    try {
      if (index > 0) {
        const hazards = await findRowHazards(database, step.revision.down.script);
        refuseHazards(step, hazards, acceptNewerData);
      }
      executed.push(...(await runSteps(context, database, [step], seen)));
    } catch (error) {
      throw tellProgress(error, [...executed, ...readExecuted(error)], steps.slice(index + 1));
    }
    seen = seen.slice(0, -1);
  }
  return executed;
}

function tellProgress(error: unknown, executed: readonly string[], left: readonly DowngradeStep[]): unknown {
  if (!(error instanceof MigrationError)) return error;
  const { code, message, place, details } = error;
  const remaining = left.map(({ revision }) => revision.tag);
  const done = executed.length === 0 ? "" : `\nTaken back before it: ${executed.join(", ")}.`;
  return new MigrationError(code, message + done, {
    cause: error,
    place,
    details: { ...details, executed, remaining },
  });
}
