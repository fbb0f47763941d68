// What the Worker does by the clock: it forgets logins and throttles that are over.
import { pruneLogins } from "../auth/auth-session.ts";
import { withSession } from "../database/engine.ts";
import type { Bindings } from "./env.ts";
import { runtimePorts } from "./ports.ts";
import type { Ports } from "./ports.ts";
import { parseSettings } from "./settings.ts";

/** Rows of each table in one statement, and statements in one run: what is left waits for the next run. */
const rowsAtOnce = 1000;
const mostRounds = 50;

/**
 * Prunes, and writes one line with what was removed.
 *
 * @throws {ConfigError | DatabaseError} for the runtime to report; what was removed until then stays so.
 */
export async function pruneOnSchedule(
  bindings: Bindings,
  { unixTime, newId, log }: Pick<Ports, "unixTime" | "newId" | "log"> = runtimePorts,
): Promise<void> {
  const requestId = newId();
  const total = { logins: 0, throttles: 0 };
  await withSession(
    parseSettings(bindings).database,
    async (db) => {
      for (let round = 0; round < mostRounds; round++) {
        // One after the other: each is small, so that others can write in between.
        const { logins, throttles } = await pruneLogins(db, unixTime(), rowsAtOnce);
        total.logins += logins;
        total.throttles += throttles;
        if (logins < rowsAtOnce && throttles < rowsAtOnce) return;
      }
    },
    { requestId },
  );
  log(JSON.stringify({ requestId, scheduled: "prune", removed: total }));
}
