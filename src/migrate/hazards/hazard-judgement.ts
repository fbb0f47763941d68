// What `upgrade` does about a hazard, once the rows of the target were asked.
import { answerTo, describeCode, type HazardCode } from "./hazard-codes.ts";

/** What the target said; undefined for what could not be asked. */
export interface Stakes {
  /** Rows, or values of a column, that are touched. */
  readonly touched: number | undefined;
  /** All rows of the table. */
  readonly rows: number | undefined;
  /** Rows that break the new rule. */
  readonly violating: number | undefined;
}

/**
 * `refused`: nothing runs · `allowed`: a line in the script accepts it · `warned`: it runs, and is told ·
 * `clear`: no row of this target is in danger.
 */
export type Verdict = "refused" | "allowed" | "warned" | "clear";

/** Judges a hazard. A table that nobody has written to is used by no Worker. */
export function judgeHazard(code: HazardCode, stakes: Stakes, isAllowed: boolean): Verdict {
  const answer = answerTo(code);
  const { groups } = describeCode(code);
  if (answer === "never") return "refused";
  if (groups.includes("long lock") && stakes.touched === 0) return "clear";
  if (isAllowed) return "allowed";
  if (answer === "refuses") return "refused";
  if (answer === "refuses-values") return isInUse(code, stakes) ? "refused" : "warned";
  if (answer === "refuses-rows" && stakes.violating !== undefined) {
    return stakes.violating > 0 ? "refused" : "clear";
  }
  return answer === "refuses-rows" && stakes.touched === 0 ? "clear" : "warned";
}

/** What goes breaks a Worker that names it, also if it holds nothing but NULL; rows that are deleted do not. */
function isInUse(code: HazardCode, { touched, rows }: Stakes): boolean {
  return (describeCode(code).groups.includes("breaking") ? rows : touched) !== 0;
}

/** After this time the server takes the write lock away, if another client waits for it. */
export const lockSeconds = 5;

/**
 * Rows a second that are copied, or put into an index. Measured on sqld 0.24.32 with rows of about 130 bytes, 100 and
 * 500 thousand of them: 690 to 990 thousand copied, 730 to 1630 thousand indexed. Wider rows take longer.
 */
const rowsPerSecond = 700_000;

/** How long a lock is held, roughly: the table is gone through once to copy it, and once for each index. */
export function estimateSeconds(rows: number, passes: number): number {
  return Math.round((rows * passes * 1000) / rowsPerSecond) / 1000;
}
