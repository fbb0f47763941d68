// Keeps answers out of caches: they are about the moment, or about people.
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../env.ts";

/** Adds `Cache-Control: no-store` unless the route says otherwise. */
export const noStore: MiddlewareHandler<AppEnv> = async function noStore(c, next) {
  await next();
  if (!c.res.headers.has("Cache-Control")) c.header("Cache-Control", "no-store");
};
