// Refuses to serve where the configuration is faulty.
import type { MiddlewareHandler } from "hono";
import { ConfigError } from "../../database/config.ts";
import { settingsOf } from "../env.ts";
import type { AppEnv } from "../env.ts";

/** What tells how the service is doing has to answer whatever is wrong with it. */
const alwaysServed = new Set(["/health", "/ready"]);

/** Lets nothing but health and readiness through where a setting is missing, weak or not usable. */
export const admission: MiddlewareHandler<AppEnv> = async function admission(c, next) {
  const { faults } = settingsOf(c);
  if (faults.length > 0 && !alwaysServed.has(c.req.path)) throw new ConfigError(faults);
  await next();
};
