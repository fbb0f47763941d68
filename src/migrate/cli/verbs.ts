// Runs the verb that was asked for. Each is loaded only then, so that `current` never loads what `revision` needs.
import type { GenerateContext } from "../commands/project/context.ts";
import { type ExitCode, findingsExitCode } from "./exit-code.ts";
import type { Invocation } from "./invocation.ts";
import {
  renderArchives,
  renderCheck,
  renderCurrent,
  renderExplanation,
  renderHistory,
  renderHistoryDetail,
  renderProof,
  renderPrune,
} from "./render-reading.ts";
import {
  renderAcceptedEdit,
  renderMove,
  renderRebase,
  renderRevision,
  renderStamp,
} from "./render-changing.ts";
import type { Paint } from "./terminal.ts";

/** What came of a verb, for people and for programs. */
export interface Outcome {
  readonly text: string;
  readonly json: unknown;
  readonly exitCode: ExitCode;
}

/** Runs a verb. The caller shows what it throws. @param program what the tool is called here, for the commands in messages. */
export async function runVerb(
  invocation: Invocation,
  context: GenerateContext,
  paint: Paint,
  program: string,
): Promise<Outcome> {
  const { verb } = invocation;
  if (verb === "revision") return runRevision(invocation, context, paint);
  if (verb === "upgrade" || verb === "downgrade") return runMove(invocation, context, paint);
  if (verb === "stamp") return runStamp(invocation, context);
  if (verb === "current") return runCurrent(context);
  if (verb === "history") return runHistory(invocation, context, paint);
  if (verb === "check") return runCheck(invocation, context, paint, program);
  if (verb === "adopt") return runAdopt(invocation, context, paint);
  return runArchive(invocation, context);
}

type Asked<Verb extends Invocation["verb"]> = Extract<Invocation, { verb: Verb }>;

async function runRevision(
  invocation: Asked<"revision">,
  context: GenerateContext,
  paint: Paint,
): Promise<Outcome> {
  const options = { ...invocation, dryRun: invocation.mode === "dry-run" };
  if (invocation.from === "rebase") {
    const { rebaseRevisions } = await import("../commands/rebase.ts");
    const result = await rebaseRevisions(context, options);
    return { text: renderRebase(result, invocation.mode), json: result, exitCode: 0 };
  }
  const create =
    invocation.from === "database"
      ? (await import("../commands/revision-from-database.ts")).createRevisionFromDatabase
      : (await import("../commands/revision.ts")).createRevision;
  const result = await create(context, options);
  const isRecorded =
    invocation.from === "database" && invocation.mode === "execute" && result.revision !== null;
  const recorded = isRecorded ? "\nrecorded as applied on the database that it was read from" : "";
  return { text: `${renderRevision(result, paint)}${recorded}`, json: result, exitCode: 0 };
}

async function runMove(
  invocation: Asked<"upgrade" | "downgrade">,
  context: GenerateContext,
  paint: Paint,
): Promise<Outcome> {
  const { target, mode } = invocation;
  const result =
    invocation.verb === "upgrade"
      ? await (await import("../commands/upgrade.ts")).upgrade(context, { target, mode })
      : await (
          await import("../commands/downgrade.ts")
        ).downgrade(context, { target, mode, acceptNewerData: invocation.acceptNewerData });
  const { executed, remaining, plan, script, hazards } = result;
  const json = { executed, remaining, plan, script, ...(invocation.verb === "upgrade" ? { hazards } : {}) };
  return { text: renderMove(result, paint), json, exitCode: 0 };
}

async function runStamp(invocation: Asked<"stamp">, context: GenerateContext): Promise<Outcome> {
  const { target, mode, acceptEdit } = invocation;
  if (acceptEdit) {
    const commands = await import("../commands/edit-acceptance.ts");
    const result = await commands.acceptEdit(context, { target, dryRun: mode === "dry-run" });
    return { text: renderAcceptedEdit(result, mode), json: result, exitCode: 0 };
  }
  const { stamp } = await import("../commands/stamp.ts");
  const result = await stamp(context, { target, mode });
  return { text: renderStamp(result, invocation.mode), json: result, exitCode: 0 };
}

async function runCurrent(context: GenerateContext): Promise<Outcome> {
  const { readCurrent } = await import("../commands/current.ts");
  const result = await readCurrent(context);
  return { text: renderCurrent(result), json: result, exitCode: 0 };
}

async function runHistory(
  { target }: Asked<"history">,
  context: GenerateContext,
  paint: Paint,
): Promise<Outcome> {
  const { readHistory, readHistoryDetail } = await import("../commands/history.ts");
  if (target === undefined) {
    const entries = await readHistory(context);
    return { text: renderHistory(entries, paint), json: entries, exitCode: 0 };
  }
  const detail = await readHistoryDetail(context, target);
  const { revision, status, class: changeClass, reversible } = detail;
  const json = [{ revision, status, class: changeClass, reversible }];
  return { text: renderHistoryDetail(detail, paint), json, exitCode: 0 };
}

async function runCheck(
  { prove, explain }: Asked<"check">,
  context: GenerateContext,
  paint: Paint,
  program: string,
): Promise<Outcome> {
  if (explain !== undefined) {
    const { explainHazard } = await import("../commands/moves/hazard-texts.ts");
    const result = explainHazard(explain);
    return { text: renderExplanation(result, paint), json: result, exitCode: 0 };
  }
  if (prove) {
    const { proveHistory } = await import("../commands/adopt.ts");
    const { revisions } = await proveHistory(context);
    const isProven = revisions.every(
      ({ upgrade, downgrade }) => upgrade === "ok" && downgrade !== "unproven",
    );
    const text = renderProof({ revisions, written: [] }, paint);
    return { text, json: { revisions }, exitCode: isProven ? 0 : findingsExitCode };
  }
  const { checkProject } = await import("../commands/check.ts");
  const result = await checkProject(context);
  return {
    text: renderCheck(result, paint, program),
    json: result,
    exitCode: result.ok ? 0 : findingsExitCode,
  };
}

async function runAdopt({ mode }: Asked<"adopt">, context: GenerateContext, paint: Paint): Promise<Outcome> {
  const { adopt } = await import("../commands/adopt.ts");
  const result = await adopt(context, { dryRun: mode === "dry-run" });
  return { text: renderProof(result, paint), json: { revisions: result.revisions }, exitCode: 0 };
}

async function runArchive(invocation: Asked<"archive">, context: GenerateContext): Promise<Outcome> {
  const { listArchives, pruneArchives } = await import("../commands/archive.ts");
  if (invocation.action === "list") {
    const entries = await listArchives(context);
    return { text: renderArchives(entries), json: entries, exitCode: 0 };
  }
  const result = await pruneArchives(context, invocation);
  return { text: renderPrune(result, invocation.mode), json: result, exitCode: 0 };
}
