// Decides whether this deployment serves the request at all.
import type { MiddlewareHandler } from "hono";
import { ConfigError } from "../../database/config.ts";
import { settingsOf } from "../env.ts";
import type { AppEnv } from "../env.ts";
import { RequestError } from "../request-error.ts";

/** What tells how the service is doing has to answer whatever is wrong with it. */
const alwaysServed = new Set(["/health", "/ready"]);

/**
 * Refuses everything but health and readiness outside development, since there are no accounts yet that
 * could be asked for; and everything but these where the configuration is faulty.
 */
export const admission: MiddlewareHandler<AppEnv> = async function admission(c, next) {
  if (alwaysServed.has(c.req.path)) return await next();
  const { environment, faults } = settingsOf(c);
  if (environment !== "development") {
    throw new RequestError("DEVELOPMENT_ONLY", "Outside development only /health and /ready are served");
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return await next();
};
