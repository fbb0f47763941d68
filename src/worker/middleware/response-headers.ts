// Headers of every answer: against misuse in browsers, out of caches unless the route says otherwise, and what the database cost.
import type { MiddlewareHandler } from "hono";
import type { Session } from "../../database/session.ts";
import { settingsOf } from "../env.ts";
import type { AppEnv } from "../env.ts";

/** The same as those of `hono/secure-headers`, which makes them anew for each request and weighs 1 kB. Source: OWASP. */
const security: readonly (readonly [name: string, value: string])[] = [
  ["Strict-Transport-Security", "max-age=15552000; includeSubDomains"],
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
  ["Origin-Agent-Cluster", "?1"],
  ["Referrer-Policy", "no-referrer"],
  ["X-Content-Type-Options", "nosniff"],
  ["X-DNS-Prefetch-Control", "off"],
  ["X-Download-Options", "noopen"],
  ["X-Frame-Options", "SAMEORIGIN"],
  ["X-Permitted-Cross-Domain-Policies", "none"],
  ["X-XSS-Protection", "0"],
];

/** Adds them, and `Server-Timing: db;dur=<milliseconds>;desc="<round trips>rt"` if SERVER_TIMING is on. */
export const responseHeaders: MiddlewareHandler<AppEnv> = async function responseHeaders(c, next) {
  await next();
  // Hono copies the response here, so that the headers of one from `fetch()` can be changed too.
  c.header("Cache-Control", c.res.headers.get("Cache-Control") ?? "no-store");
  for (const [name, value] of security) c.res.headers.set(name, value);
  const session: Session | undefined = c.get("session");
  if (session === undefined || !settingsOf(c).serverTiming) return;
  const { milliseconds, roundTrips, opened } = session.report();
  if (opened)
    c.header("Server-Timing", `db;dur=${milliseconds.toFixed(1)};desc="${roundTrips}rt"`, { append: true });
};
