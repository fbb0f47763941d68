// `upgrade`: applies what is pending up to a target. Looks first, runs then, each revision as a whole or not at all.
import { planUpgrade, type UpgradeStep } from "../history/planner.ts";
import { resolveTarget } from "../history/target.ts";
import type { Context, Mode } from "./project/context.ts";
import { recordingSchema, runSteps } from "./moves/execution.ts";
import { assessHazards, listWarnings, refuseHazards } from "./moves/hazards.ts";
import { showPlan } from "./moves/move-plan.ts";
import type { HazardReport, MoveResult } from "./results.ts";
import { readCapture } from "../runtime/capture-reader.ts";
import { checkSchema, refuseLostTriggers } from "./check/schema-check.ts";
import { readRevisions, readDatabaseStatus, withDatabase } from "./project/workplace.ts";

/** How far to go, and whether to stop after the plan. */
export interface UpgradeOptions {
  /** `head`, `+N` or a revision. Default `head`. */
  readonly target?: string;
  /** Default `execute`. */
  readonly mode?: Mode;
}

/** How often a plan is made anew because another runner has changed the database meanwhile. */
const planTimes = 20;

/**
 * Applies revisions.
 *
 * @throws {MigrationError} `HAZARD_REFUSED` before anything has run, and for whatever stands in the way; `details` says what is executed and what remains.
 */
export async function upgrade(context: Context, options: UpgradeOptions = {}): Promise<MoveResult> {
  const { target: text = "head", mode = "execute" } = options;
  const { history } = await readRevisions(context);
  return withDatabase(context, async (database) => {
    for (let attempt = 1; ; attempt++) {
      const databaseStatus = await readDatabaseStatus(database, history);
      const { status, applied = [] } = databaseStatus;
      const steps = planUpgrade(history, applied, resolveTarget(history, text, status.current));
      if (steps.length === 0) return showPlan([], databaseStatus, mode);
      const seen = await checkSchema({ context, database, history, databaseStatus });
      if (seen === "moved" && attempt < planTimes) continue;
      const live = seen === "moved" ? await readCapture(database) : seen;
      const revisions = steps.map(({ revision }) => revision);
      const hazards = await assessHazards(database, revisions, live);
      if (mode !== "execute")
        return { ...showPlan(steps, databaseStatus, mode, tellByStep(steps, hazards)), hazards };
      refuseHazards(
        hazards,
        revisions.map(({ tag }) => tag),
      );
      await refuseLostTriggers(
        database,
        revisions.map(({ up }) => up),
      );
      for (const warning of listWarnings(hazards)) context.report(`warning: ${warning}`);
      const executed = await recordingSchema(database, () => runSteps(context, database, steps, applied));
      const current = steps.at(-1)?.revision.tag ?? null;
      return { executed, remaining: [], current, plan: undefined, script: undefined, hazards };
    }
  });
}

function tellByStep(steps: readonly UpgradeStep[], hazards: readonly HazardReport[]): string[][] {
  return steps.map(({ revision }) =>
    listWarnings(hazards.filter((hazard) => hazard.revision === revision.tag)),
  );
}
