// The check of the caller (session rule S25): one statement that must find a row. It rides in front of a session's
// statements, in their transaction, until it has once succeeded; if it finds nothing, nothing behind it runs.
import type { ResultSet } from "@libsql/client/http";
import { CallerRefusedError } from "./errors.ts";
import type { SessionCore, Statement } from "./session-core.ts";

/** The check of one session. */
export interface CallerCheck {
  readonly statement: Statement;
  outcome: CallerOutcome;
}

/** What is known of a session's caller: `admitted` also if there is no check. */
export type CallerOutcome = "unchecked" | "admitted" | "refused";

/** Part of the server's message if the check found nothing: SQLite quotes the faulty path. */
const mark = "eaves-caller-refused";

/** Makes the check of a statement that selects. SQLite has no RAISE outside triggers, hence a path that is none. */
export function createCallerCheck({ sql, args }: Statement): CallerCheck {
  const checked = `SELECT CASE WHEN EXISTS (${sql}) THEN 1 ELSE json_extract('{}', '${mark}') END`;
  return {
    statement: { sql: checked, ...(args === undefined ? {} : { args }) },
    outcome: "unchecked",
  };
}

/** Whether the check still has to ride along. */
export function isUnchecked({ caller }: SessionCore): boolean {
  return caller?.outcome === "unchecked";
}

/**
 * Sends statements behind the check, as long as that has not succeeded.
 *
 * @param send runs all it is given in one transaction, in one round trip, and none behind one that failed.
 * @throws {CallerRefusedError} if the check found nothing; and what `send` throws.
 */
export async function sendChecked(
  { caller }: SessionCore,
  statements: readonly Statement[],
  send: (statements: Statement[]) => Promise<ResultSet[]>,
): Promise<ResultSet[]> {
  if (caller?.outcome !== "unchecked") return send([...statements]);
  try {
    const [, ...results] = await send([caller.statement, ...statements]);
    admit(caller);
    return results;
  } catch (error) {
    // Of a statement alone a client need not say that it was the one.
    const failed = statements.length === 0 ? 0 : failedStatement(error);
    if (failed === 0 && error instanceof Error && error.message.includes(mark)) {
      caller.outcome = "refused";
      throw new CallerRefusedError({ cause: error });
    }
    // The statement that failed follows the check, which therefore succeeded.
    if (failed > 0) {
      admit(caller);
      (error as { statementIndex: number }).statementIndex = failed - 1;
    }
    throw error;
  }
}

/** Another request of the session may have been refused meanwhile, and that stays. */
function admit(caller: CallerCheck): void {
  if (caller.outcome === "unchecked") caller.outcome = "admitted";
}

/** Which statement of those that were sent the server refused, counted from 0; -1 if it was none, or is not known. */
function failedStatement(error: unknown): number {
  return error instanceof Error && "statementIndex" in error && typeof error.statementIndex === "number"
    ? error.statementIndex
    : -1;
}
