// What commands that change something have to say, for people.
import { describeNotice } from "../commands/moves/hazard-texts.ts";
import type {
  EditResult,
  MoveResult,
  PlannedMove,
  RebaseResult,
  RevisionResult,
  StampResult,
} from "../commands/results.ts";
import type { Mode } from "./invocation.ts";
import type { Paint } from "./terminal.ts";

/** The text of an upgrade or downgrade; with `--sql` nothing but the script. */
export function renderMove({ executed, plan, script, current }: MoveResult, paint: Paint): string {
  if (script !== undefined) return script;
  const now = `the database is at ${current ?? "base"}`;
  if (plan !== undefined) {
    return plan.length === 0
      ? `Nothing to do: ${now}`
      : plan.map((step) => renderStep(step, paint)).join("\n");
  }
  if (executed.length === 0) return `Nothing to do: ${now}`;
  return [...executed.map((tag) => `${paint.green("done")}  ${tag}`), sentence(now)].join("\n");
}

function renderStep(step: PlannedMove, paint: Paint): string {
  const { direction, revision, file, statements, hazards } = step;
  const changeClass = step.class === undefined ? "" : `, ${wordsOf(step.class)}`;
  const count = `${statements} statement${statements === 1 ? "" : "s"}`;
  const head = `${direction} ${paint.bold(revision)}  ${file}, ${count}${changeClass}`;
  return [head, ...hazards.map((hazard) => `  ${paint.yellow("warning")}  ${hazard}`)].join("\n");
}

/** The text of a stamp. */
export function renderStamp({ from, to, script }: StampResult, mode: Mode): string {
  if (script !== undefined) return script;
  const verb = mode === "execute" ? "Stamped" : "Would stamp";
  return `${verb} ${to ?? "base"}; it was ${from ?? "base"} before. No script was run.`;
}

/** The text of a stamp that accepts an edit. */
export function renderAcceptedEdit({ accepted }: EditResult, mode: Mode): string {
  if (accepted === null) return "Nothing to do: the revision is as it was applied";
  const verb = mode === "execute" ? "Accepted" : "Would accept";
  return `${verb} the edit of ${accepted}: its files lead to the schema that the database has`;
}

/** The text of a rebase. */
export function renderRebase({ moved, files }: RebaseResult, mode: Mode): string {
  const verb = mode === "execute" ? "is" : "would be";
  const lines = [
    ...moved.map(({ from, to }) =>
      from === to ? `${to} ${verb} behind the others now` : `${from} ${verb} ${to} now`,
    ),
    ...files.map((file) => `changed ${file}`),
  ];
  return lines.length === 0 ? "Nothing to do: the revisions are in order" : lines.join("\n");
}

/** The text of a new revision. */
export function renderRevision(result: RevisionResult, paint: Paint): string {
  const { revision, files, texts, downgrade, by, rewritten, reason } = result;
  if (revision === null) return "Nothing to do: the schema is what the revisions make of it";
  const proof =
    downgrade === "none" ? "no downgrade" : `downgrade ${downgrade}${by === null ? "" : ` on ${by}`}`;
  const lines = [
    `${revision}: ${wordsOf(result.class)}, ${proof}`,
    ...(rewritten === null ? [] : [`the upgrade is the tool's own, not drizzle-kit's: ${rewritten}`]),
    ...(reason === null ? [] : [reason]),
    ...result.hazards.map((hazard) => `${paint.yellow("warning")}  ${describeNotice(hazard)}`),
  ];
  if (texts === undefined) return [...lines, ...files.map((file) => `wrote ${file}`)].join("\n");
  const shown = Object.entries(texts).map(([name, text]) => `-- ${name}\n${text.trimEnd()}\n`);
  return [...lines, "", ...shown].join("\n");
}

/** `newer-data-lost` as people read it. */
export function wordsOf(changeClass: string): string {
  return changeClass.replaceAll("-", " ");
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
