// Middleware that misbehaves where a fault is planted, and is not there otherwise.
import { createClient } from "@libsql/client/http";
import type { MiddlewareHandler } from "hono";
import { settingsOf } from "../../../../src/worker/env.ts";
import type { AppEnv, Bindings } from "../../../../src/worker/env.ts";
import { isDue } from "./planted.ts";
import { pairs } from "./tables.ts";

const lateMs = 12_000;
let refusedUntil = 0;

/** Stands before the routes of the load; `kind` and `key` are in their addresses. */
export const planted: MiddlewareHandler<AppEnv, "/:kind/:key"> = async function planted(c, next) {
  const { kind, key } = c.req.param();
  const isWrite = c.req.method === "POST";
  if (isDue(c, "drops-writes", key) && isWrite) return c.json({ written: true }, 201);
  if (isDue(c, "halves-pairs", key) && kind === "pairs") {
    await c.var.db.insert(pairs).values({ key, side: "left" });
    return c.json({ code: "DATABASE_BUSY" }, 503, { "Retry-After": "1" });
  }
  if (isDue(c, "keeps-undone-rows", key) && kind === "undone-pairs") {
    await c.var.db.batch([
      c.var.db.insert(pairs).values({ key, side: "left" }),
      c.var.db.insert(pairs).values({ key, side: "right" }),
    ]);
    return c.json({ undone: true });
  }
  if (isDue(c, "leaks-sessions", key)) Object.assign(c.var.session, { close: () => Promise.resolve() });
  if (isDue(c, "leaks-streams", key)) await leaveStream(settingsOf(c).database.url);
  if (isDue(c, "rejects-unheard", key)) void Promise.reject(new Error("Nobody listens"));
  if (isDue(c, "answers-teapot", key)) return c.json({ code: "TEAPOT" }, 418);
  if (isDue(c, "answers-late", key)) await new Promise((resolve) => setTimeout(resolve, 6_000));
  if (Date.now() < refusedUntil) return c.json({ code: "DATABASE_BUSY" }, 503, { "Retry-After": "1" });
  await next();
  if (c.error !== undefined && c.env["SOAK_PLANTED"] === "recovers-late") refusedUntil = Date.now() + lateMs;
  if (!isWrite) return undefined;
  if (isDue(c, "denies-writes", key)) {
    c.res = c.json({ code: "DATABASE_BUSY" }, 503, { "Retry-After": "1" });
  }
  if (isDue(c, "acknowledges-lost-writes", key) && c.error !== undefined) {
    c.res = undefined;
    c.res = c.json({ written: true }, 201);
  }
  return undefined;
};

/** The path that is served in place of the one asked for; the same where no fault of health or readiness is planted. */
export function plantedPath(path: string, { SOAK_PLANTED: fault }: Bindings): string {
  if (path === "/ready" && fault === "is-always-ready") return "/health";
  return path === "/health" && fault === "is-sick-without-database" ? "/ready" : path;
}

async function leaveStream(url: string): Promise<void> {
  const transaction = await createClient({ url }).transaction("read");
  await transaction.execute("SELECT 1");
}
