// Lets browsers call from the origins of CORS_ORIGINS, and from no other.
import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { settingsOf } from "../env.ts";
import type { AppEnv } from "../env.ts";

const allowNamedOrigins = cors({
  origin: (origin, c) => (settingsOf(c).corsOrigins.includes(origin) ? origin : null),
  allowMethods: ["GET", "HEAD", "POST", "PATCH", "DELETE"],
  allowHeaders: ["Authorization", "Content-Type", "X-Request-Id"],
  exposeHeaders: ["Location", "Retry-After", "Server-Timing", "WWW-Authenticate", "X-Request-Id"],
  maxAge: 600,
});

/** Off, without a trace in the response, unless origins are configured. */
export const configuredCors: MiddlewareHandler<AppEnv> = async function configuredCors(c, next) {
  if (settingsOf(c).corsOrigins.length === 0) return await next();
  return await allowNamedOrigins(c, next);
};
