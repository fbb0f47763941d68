// What upgrade and downgrade show of a plan that they do not run.
import type { Step } from "../../history/planner.ts";
import type { Mode } from "../project/context.ts";
import { renderOfflineScript } from "./offline-script.ts";
import type { MoveResult, PlannedMove } from "../results.ts";
import { readScriptClass } from "../revision/script-notes.ts";
import type { DatabaseStatus } from "../project/workplace.ts";

/** Nothing ran: the plan, or its script, or word that there is nothing to do. `hazards` are by step. */
export function showPlan(
  steps: readonly Step[],
  { status, applied = [], named }: DatabaseStatus,
  mode: Mode,
  hazards: readonly (readonly string[])[] = [],
): MoveResult {
  return {
    executed: [],
    remaining: steps.map(({ revision }) => revision.tag),
    current: status.current?.tag ?? null,
    plan:
      mode === "dry-run" ? steps.map((step, index) => describeStep(step, hazards[index] ?? [])) : undefined,
    script: mode === "sql" ? renderOfflineScript(steps, applied, named, hazards) : undefined,
    hazards: [],
  };
}

function describeStep(step: Step, hazards: readonly string[]): PlannedMove {
  const script = step.kind === "upgrade" ? step.revision.up : step.revision.down.script;
  return {
    direction: step.kind,
    revision: step.revision.tag,
    file: script.file,
    statements: script.statements.length,
    class: step.kind === "downgrade" ? readScriptClass(script) : undefined,
    hazards,
  };
}
