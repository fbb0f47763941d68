// Gives every request a database session of its own as `c.var.db`, and closes it: a thin skin on openSession.
import type { Context, MiddlewareHandler } from "hono";
import type { DatabaseConfig } from "../../database/config.ts";
import type { Database } from "../../database/drizzle.ts";
import { createEngine, webPorts } from "../../database/engine.ts";
import type { EnginePorts, SessionMode } from "../../database/session-core.ts";
import type { Session } from "../../database/session.ts";
import { settingsOf, type AppEnv } from "../env.ts";
import { runtimePorts } from "../ports.ts";
import { keepAlive } from "./background.ts";
import { watchBodies, watchEnd } from "./response-body.ts";
import { watchForLeak } from "./session-leaks.ts";

/** What the middleware leaves on the context. */
export interface DatabaseVariables {
  /** The request's Drizzle database. Dead once the response has ended. */
  readonly db: Database;
  readonly session: Session;
}

/**
 * How many microtasks a handler is given to return what it has, through all the layers of Hono: each takes up to five. A
 * turn of the event loop would be longer than any, and cost every write 1.4 ms and 0.13 ms of CPU, since workerd has no
 * timer below a millisecond (measured).
 */
const handlerMicrotasks = 100;

/** How a route uses its session. */
export interface DatabaseSessionOptions {
  /** Default: `read` for GET and HEAD, `write` for every other method. */
  readonly mode?: SessionMode;
  /** The most that a statement may take, in milliseconds, where that is less than configured; for the first registration. */
  readonly statementMs?: number;
}

/**
 * Opens the request's database session, lazily, and closes it when the response has ended, its body included.
 * Registered again further inside, it keeps the session and changes at most its mode.
 *
 * @example
 * app.use("/users/*", databaseSession());
 * app.get("/users/:id", async (c) => c.json(await findUser(c.var.db, 1)));
 * app.get("/visits", databaseSession({ mode: "write" }), countVisit);
 */
export function databaseSession(options: DatabaseSessionOptions = {}): MiddlewareHandler<AppEnv> {
  return async function databaseSession(c, next) {
    // Hono's types cannot know that the variable is missing before the first registration.
    const owned: Session | undefined = c.get("session");
    if (owned !== undefined) {
      if (options.mode !== undefined) owned.setMode(options.mode);
      return next();
    }
    const isStreaming = watchBodies(c, () => session.beginStreaming());
    const session = openSession(c, options, isStreaming);
    c.set("session", session);
    c.set("db", session.db);
    try {
      await next();
    } catch (error) {
      // Only a thrown non-Error arrives here: of an Error Hono has made a response, and left it in c.error.
      await closeNow(c, session);
      throw error;
    }
    if (isStreaming()) await closeAfterBody(c, session);
    else await closeNow(c, session);
    return undefined;
  };
}

function defaultMode(method: string): SessionMode {
  return method === "GET" || method === "HEAD" ? "read" : "write";
}

function openSession(
  c: Context<AppEnv>,
  { mode = defaultMode(c.req.method), statementMs }: DatabaseSessionOptions,
  isStreaming: () => boolean,
): Session {
  const requestId = c.get("requestId");
  const ports: EnginePorts = {
    ...webPorts,
    logError: (message, error) =>
      runtimePorts.log(JSON.stringify({ requestId, message, error: nameOf(error) })),
  };
  let isKept = false;
  const session = createEngine(configOf(c, statementMs), ports).openSession({
    requestId,
    mode,
    async handlerTurn() {
      // Of a request whose caller hangs up the runtime would drop the rollback. A read leaves nothing behind.
      if (!isKept) await keepAlive(c, session.closed, "streaming");
      isKept = true;
      // By then a handler that only returns a stream has returned it.
      for (let turn = 0; turn < handlerMicrotasks && !c.finalized; turn++) await Promise.resolve();
      // A middleware further inside may still hold the response, so that its body has not come past this one.
      if (c.finalized && isStreaming()) session.beginStreaming();
    },
  });
  return session;
}

/** The configured database, with less time for a statement where the route asks for it. */
function configOf(c: Context<AppEnv>, statementMs = Infinity): DatabaseConfig {
  const { database } = settingsOf(c);
  const { deadlines } = database;
  if (statementMs >= deadlines.statementMs) return database;
  return { ...database, deadlines: { ...deadlines, statementMs } };
}

async function closeNow(c: Context<AppEnv>, session: Session): Promise<void> {
  const closing = session.close();
  if (session.state === "closed") return;
  watchForLeak(session, runtimePorts.log);
  await keepAlive(c, closing);
}

/** Closes when the body has ended, was cancelled or broke; until then the session only reads. */
async function closeAfterBody(c: Context<AppEnv>, session: Session): Promise<void> {
  session.beginStreaming();
  if (c.res.body === null || c.req.method === "HEAD") {
    // Hono drops the body of a HEAD response, and nobody would ever read it to its end.
    await c.res.body?.cancel().catch(() => undefined);
    return closeNow(c, session);
  }
  // Its first statement may be yet to come, after the response has been returned.
  await keepAlive(c, session.closed, "streaming");
  const { body, ended } = watchEnd(c.res.body);
  c.res = new Response(body, c.res);
  // A failure to close is told in the log.
  void ended.then(() => {
    watchForLeak(session, runtimePorts.log);
    return session.close();
  });
}

/** The name only: messages of foreign errors may hold what a caller sent. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
