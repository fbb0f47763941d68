// Hazards in words: what is at stake, why an upgrade is refused, what a code means.
import { MigrationError } from "../../errors.ts";
import { writeAllowance } from "../../history/hazard-allowance.ts";
import {
  allHazardCodes,
  answerTo,
  describeCode,
  type HazardCode,
  isHazardCode,
} from "../../hazards/hazard-codes.ts";
import { lockSeconds } from "../../hazards/hazard-judgement.ts";
import type { RowCount } from "../../runtime/row-counts.ts";
import type { HazardExplanation, HazardNotice, HazardReport } from "../results.ts";

/** What is known of the rows. */
export interface KnownStakes {
  readonly touched: number | undefined;
  readonly rows: number | undefined;
  readonly violating: RowCount | undefined;
  /** Of a long lock: how long it is held, by itself and together with the other locks of its revision. */
  readonly seconds: number | null;
  readonly together: number;
}

/** `users.bio: drops a column with its values; 2 values in 5 rows`. */
export function describeStakes(code: HazardCode, on: string, stakes: KnownStakes): string {
  const known = countStakes(code, stakes);
  return `${on}: ${describeCode(code).title}${known === "" ? "" : `; ${known}`}`;
}

function countStakes(code: HazardCode, stakes: KnownStakes): string {
  const { touched, rows, violating, seconds } = stakes;
  if (touched === undefined) return "";
  if (violating !== undefined) {
    if (violating.rows === 0) return `none of ${count(touched, "row")} breaks it`;
    const keys = violating.keys.length < violating.rows ? [...violating.keys, "…"] : violating.keys;
    const verb = violating.rows === 1 ? "breaks" : "break";
    return `${violating.rows} of ${count(touched, "row")} ${verb} it: ${keys.join("; ")}`;
  }
  if (code === "DROPS_COLUMN") return `${count(touched, "value")} in ${count(rows ?? touched, "row")}`;
  const time = seconds === null ? "" : `, ${describeTime(seconds, stakes.together)}`;
  return `${count(touched, "row")}${time}`;
}

function describeTime(seconds: number, together: number): string {
  const own = `estimated at ${seconds < 0.1 ? "under 0.1 s" : `about ${seconds.toFixed(1)} s`}`;
  if (together < lockSeconds) return own;
  const all = together > seconds ? `, and ${together.toFixed(1)} s with the other locks of its revision` : "";
  return `${own}${all}: more than the ${lockSeconds} s after which the server takes the lock away if another client waits to write`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** A hazard with its place and what becomes of it. */
export function describeReport({ code, message, file, line, verdict, reason }: HazardReport): string {
  const fate = {
    refused: "; `upgrade` refuses it",
    allowed: `; allowed: ${reason ?? ""}`,
    warned: "",
    clear: "",
  }[verdict];
  return `${code} ${message} (${file}:${line})${fate}`;
}

/** Why nothing ran: every hazard that nobody has accepted, and what can be done about each. */
export function explainRefusal(refused: readonly HazardReport[]): string {
  const number = refused.length === 1 ? "1 hazard" : `${refused.length} hazards`;
  return [
    `The pending revisions have ${number} that nobody has accepted. Nothing was touched.`,
    ...refused.map((hazard) =>
      [
        `${hazard.file}:${hazard.line}: ${hazard.code} ${hazard.message}`,
        ...shorten(hazard.statement).map((line) => `    ${line}`),
        `  what to do: ${describeCode(hazard.code).remedy}`,
        `  ${offerAllowance(hazard.code)}, with this line in ${hazard.file}: ${writeAllowance(hazard.code, "<why>")}`,
      ].join("\n"),
    ),
  ].join("\n");
}

/** Allowing a rule does not make the rows keep it. */
function offerAllowance(code: HazardCode): string {
  return answerTo(code) === "refuses-rows" ? "or let the upgrade try over these rows" : "or accept it";
}

const mostLines = 4;

function shorten(statement: string): string[] {
  const lines = statement.trim().split("\n");
  return lines.length > mostLines ? [...lines.slice(0, mostLines), "…"] : lines;
}

/** What fixes a hazard that `check` has found. */
export function describeFix(code: HazardCode, file: string): string {
  return `${describeCode(code).remedy} Or accept it: write \`${writeAllowance(code, "<why>")}\` into ${file}`;
}

/** A hazard of a new revision, in the output of `revision`. */
export function describeNotice({ code, on, remedy, allowed }: HazardNotice): string {
  return `${code} ${on}: ${allowed === null ? remedy : `allowed, ${allowed}`}`;
}

/**
 * What a code means and what can be done about it.
 *
 * @throws {MigrationError} `USAGE_INVALID` for a text that is no code.
 */
export function explainHazard(text: string): HazardExplanation {
  const code = text.toUpperCase();
  if (isHazardCode(code)) {
    const answer = answerTo(code);
    const allow = answer === "never" ? null : writeAllowance(code, "<why>");
    return { code, ...describeCode(code), upgrade: answers[answer], allow };
  }
  throw new MigrationError(
    "USAGE_INVALID",
    `"${text}" is no hazard's code: expected one of ${allHazardCodes.join(", ")}`,
    { details: { codes: allHazardCodes } },
  );
}

const answers: Readonly<Record<ReturnType<typeof answerTo>, string>> = {
  refuses: "refuses it, unless the script allows it",
  "refuses-values": "refuses it if there are rows, unless the script allows it",
  "refuses-rows":
    "counts the rows that violate it, and refuses if there are any, unless the script allows to try",
  warns: "says so, and runs it",
  never: "refuses it, always",
};
