// What commands that only look have to say, for people.
import type {
  ArchiveEntry,
  CheckResult,
  CurrentResult,
  Finding,
  HazardExplanation,
  HistoryDetail,
  HistoryEntry,
  ProofResult,
  PruneResult,
} from "../commands/results.ts";
import type { Mode } from "./invocation.ts";
import { wordsOf } from "./render-changing.ts";
import type { Paint } from "./terminal.ts";

/** The text of `current`. */
export function renderCurrent({ current, head, pending, status }: CurrentResult): string {
  const at = current ?? "base";
  const texts = {
    current: head === null ? "base: there are no revisions" : `${at} (head)`,
    behind: `${at}, ${pending.length} pending: ${pending.join(", ")}`,
    ahead: `${at}, which is ahead of the files: the newest on disk is ${head ?? "none"}`,
    unknown: `${current ?? "unknown"}, and the database differs from the files: see \`check\``,
  };
  return texts[status];
}

/** The text of `history`, oldest first. */
export function renderHistory(entries: readonly HistoryEntry[], paint: Paint): string {
  if (entries.length === 0) return "There are no revisions";
  const widest = Math.max(...entries.map(({ revision }) => revision.length));
  return entries.map((entry) => renderEntry(entry, widest, paint)).join("\n");
}

function renderEntry(entry: HistoryEntry, width: number, paint: Paint): string {
  const { revision, status, reversible } = entry;
  const word = status.padEnd(8);
  const painted = { applied: paint.green, pending: paint.yellow, drifted: paint.red, missing: paint.red }[
    status
  ];
  const back = reversible ? wordsOf(entry.class) : "no downgrade";
  return `${revision.padEnd(width)}  ${painted(word)}  ${back}`;
}

/** The text of `history REV`. */
export function renderHistoryDetail(detail: HistoryDetail, paint: Paint): string {
  const { files, up, down, irreversible } = detail;
  const [upFile, downFile] = files;
  const back = down === undefined ? [`no downgrade: ${irreversible ?? "no reason given"}`] : [down.trimEnd()];
  const heads = [upFile ?? "upgrade", downFile ?? "downgrade"].map((name) => paint.bold(name));
  const entry = renderEntry(detail, detail.revision.length, paint);
  return [entry, "", heads[0], up.trimEnd(), "", heads[1], ...back].join("\n");
}

/** The text of `check`: what was found, how it differs, and what fixes it. */
export function renderCheck(
  { ok, findings, notes, database }: CheckResult,
  paint: Paint,
  program: string,
): string {
  const unseen =
    "The database was not looked at: DATABASE_URL is not set, and no local server was ever started here";
  const texts = ok ? [paint.green("ok")] : findings.map((finding) => renderFinding(finding, paint, program));
  const told = notes.map((note) => `note  ${note}`);
  return [...texts, ...told, ...(database || isBroken(findings) ? [] : [unseen])].join("\n");
}

/** Where the revisions have no order, that is the only thing to be said. */
function isBroken(findings: readonly Finding[]): boolean {
  return findings.some(({ code }) => code === "REVISION_DUPLICATE" || code === "REVISION_OUT_OF_ORDER");
}

function renderFinding(finding: Finding, paint: Paint, program: string): string {
  const { code, message, file, line, object, expected, found, fix } = finding;
  const place = file === undefined ? "" : ` (${line === undefined ? file : `${file}:${line}`})`;
  const sides = object === undefined ? [] : [...signed("-", expected), ...signed("+", found)];
  return [
    `${paint.yellow(code)}  ${message}${place}`,
    ...sides.map((text) => `  ${text.startsWith("-") ? paint.red(text) : paint.green(text)}`),
    ...(fix === undefined ? [] : [`  fix: ${asTyped(fix, program)}`]),
  ].join("\n");
}

/** Commands of the tool as they have to be typed here. */
function asTyped(fix: string, program: string): string {
  const typed = program === "db" ? "npm run db --" : `npx ${program}`;
  const verb = /(^|; or |then |, )(revision|stamp|adopt|upgrade|archive)(?=[ ;,]|$)/g;
  return fix.replaceAll(verb, `$1${typed} $2`);
}

function signed(sign: "-" | "+", text: string | null | undefined): string[] {
  return text === null || text === undefined ? [] : [`${sign} ${text}`];
}

/** The text of `check --explain`. */
export function renderExplanation(explanation: HazardExplanation, paint: Paint): string {
  const { code, title, groups, explanation: text, example, remedy, upgrade, allow, atlas } = explanation;
  return [
    `${paint.bold(code)}  ${title}`,
    "",
    text,
    "",
    `kind:     ${groups.join(", ")}`,
    `example:  ${example}`,
    `remedy:   ${remedy}`,
    `upgrade:  ${upgrade}`,
    ...(allow === null ? [] : [`allow:    ${allow}`]),
    ...(atlas.length === 0 ? [] : [`Atlas:    ${atlas.join(", ")}`]),
  ].join("\n");
}

/** The text of `adopt` and `check --prove`. */
export function renderProof({ revisions, written }: ProofResult, paint: Paint): string {
  if (revisions.length === 0) return "There are no revisions";
  const widest = Math.max(...revisions.map(({ revision }) => revision.length));
  const lines = revisions.map(({ revision, upgrade, downgrade, class: changeClass, reason }) => {
    const state = upgrade === "failed" ? paint.red("upgrade fails") : wordsOf(changeClass);
    const proof = downgrade === "proven" ? paint.green("proven") : paint.yellow(downgrade);
    const why = reason === null ? "" : `  ${reason}`;
    return `${revision.padEnd(widest)}  ${state}, downgrade ${proof}${why}`;
  });
  return [...lines, ...written.map((file) => `wrote ${file}`)].join("\n");
}

/** The text of `archive list`. */
export function renderArchives(entries: readonly ArchiveEntry[]): string {
  if (entries.length === 0) return "There are no archives";
  return entries
    .map(({ revision, object, rows, bytes, age }) => {
      const old = age === null ? "age unknown" : `${Math.floor(age / 86_400_000)} days old`;
      return `${revision ?? "no revision"}  ${object}  ${rows} rows, ${bytes} bytes, ${old}`;
    })
    .join("\n");
}

/** The text of `archive prune`. */
export function renderPrune({ pruned, script }: PruneResult, mode: Mode): string {
  if (script !== undefined) return script;
  if (pruned.length === 0) return "Nothing to do: no archive fits";
  return pruned.map((object) => `${mode === "execute" ? "dropped" : "would drop"} ${object}`).join("\n");
}
