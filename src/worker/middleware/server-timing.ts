// Tells the caller what the database cost, where SERVER_TIMING is on.
import type { MiddlewareHandler } from "hono";
import type { Session } from "../../database/session.ts";
import { settingsOf } from "../env.ts";
import type { AppEnv } from "../env.ts";

/** Adds `Server-Timing: db;dur=<milliseconds>;desc="<round trips>rt"` to what used the database. */
export const serverTiming: MiddlewareHandler<AppEnv> = async function serverTiming(c, next) {
  await next();
  const session: Session | undefined = c.get("session");
  if (session === undefined || !settingsOf(c).serverTiming) return;
  const { milliseconds, roundTrips } = session.report();
  c.header("Server-Timing", `db;dur=${milliseconds.toFixed(1)};desc="${roundTrips}rt"`, { append: true });
};
