// Whether the service lives, and whether it can do its work. Served in every environment.
import { Hono } from "hono/tiny";
import type { MiddlewareHandler } from "hono";
import { ConfigError } from "../../database/config.ts";
import { settingsOf } from "../env.ts";
import type { AppEnv } from "../env.ts";
import { databaseSession } from "../middleware/database-session.ts";
import { checkReadiness } from "../readiness.ts";
import type { Readiness } from "../readiness.ts";
import { RequestError } from "../request-error.ts";

/** Who asks for readiness gives up after a second, and is to hear why before that. */
const answerWithinMs = 800;

/** `/health` touches no database; `/ready` asks it one thing. */
export function healthRoutes() {
  return new Hono<AppEnv>()
    .get("/health", (c) => c.json({ status: "ok" }))
    .get("/ready", configured, databaseSession({ statementMs: answerWithinMs }), async (c) => {
      const readiness = await checkReadiness(c.var.db);
      if (!readiness.ready) throw notReady(readiness);
      return c.json({ status: "ready", revision: readiness.revision });
    });
}

/** Names the variables only: what is wrong with them may tell too much, and is in the log. */
const configured: MiddlewareHandler<AppEnv> = async function configured(c, next) {
  const { faults } = settingsOf(c);
  if (faults.length > 0) {
    const variables = [...new Set(faults.map(({ variable }) => variable))];
    throw new RequestError("NOT_READY", `Missing or not usable: ${variables.join(", ")}`, {
      members: { reason: "configuration", variables },
      cause: new ConfigError(faults),
    });
  }
  await next();
};

function notReady(readiness: Readiness & { ready: false }): RequestError {
  const { reason } = readiness;
  if (reason === "behind") {
    const { pending } = readiness;
    return new RequestError("NOT_READY", `The schema is behind: revision ${pending.join(", ")} pending`, {
      members: { reason, pending },
    });
  }
  const detail = reason === "refused" ? "The database refused the token" : "The database is unreachable";
  return new RequestError("NOT_READY", detail, { members: { reason }, cause: readiness.cause });
}
