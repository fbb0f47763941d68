// `-- eaves:allow CODE reason` in an upgrade script: somebody has seen that hazard, and says why it may be.
import { allHazardCodes, answerTo, type HazardCode, isHazardCode } from "../hazards/hazard-codes.ts";
import type { ScriptFault } from "./revision.ts";
import { tokenize } from "../sql/sql-tokens.ts";

/** A code that is accepted for a whole script. */
export interface Allowance {
  readonly code: HazardCode;
  readonly reason: string;
  /** From 1. */
  readonly line: number;
}

/** The line that accepts a code. */
export function writeAllowance(code: HazardCode, reason: string): string {
  return `-- eaves:allow ${code} ${reason}`;
}

const mention = /--\s*eaves:\s*allow/;
const pattern = /^--\s*eaves:\s*allow(?:\s+(\S+))?(?:\s+(.*?))?\s*$/s;

/** The lines of a script that allow something, and those that mean to and do not. */
export function readAllowances(text: string): {
  readonly allowances: readonly Allowance[];
  readonly faults: readonly ScriptFault[];
} {
  const allowances: Allowance[] = [];
  const faults: ScriptFault[] = [];
  for (const { text: comment, start } of mention.test(text) ? tokenize(text) : []) {
    const parts = pattern.exec(comment);
    if (parts === null) continue;
    const [, code = "", reason = ""] = parts;
    const lines = text.slice(0, start).split("\n");
    const line = lines.length;
    const message = findFault(code, reason, lines.at(-1)?.trim() === "");
    if (message !== undefined) faults.push({ message, statement: comment.trim(), line });
    else if (isHazardCode(code)) allowances.push({ code, reason, line });
  }
  return { allowances, faults };
}

function findFault(code: string, reason: string, isAlone: boolean): string | undefined {
  if (!isAlone) return "`eaves:allow` stands behind a statement; give it a line of its own";
  if (code === "") return `\`eaves:allow\` names no code and no reason; write \`${example}\``;
  if (!isHazardCode(code)) {
    return `\`eaves:allow\` names ${code}, which is no hazard; the codes are ${allowableCodes.join(", ")}`;
  }
  if (!allowableCodes.includes(code)) {
    return `${code} cannot be allowed, since no libSQL server runs it; leave the statement out`;
  }
  if (reason === "") return `\`eaves:allow ${code}\` gives no reason; write why behind the code`;
  return undefined;
}

/** The others no server runs. */
const allowableCodes = allHazardCodes.filter((code) => answerTo(code) !== "never");

const example = writeAllowance("DROPS_COLUMN", "no Worker reads it since May");
