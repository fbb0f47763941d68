// Gives every request a database session of its own as `c.var.db`, and closes it.
import type { Context, MiddlewareHandler } from "hono";
import type { DatabaseConfig } from "../../database/config.ts";
import type { Database } from "../../database/drizzle.ts";
import { CallerRefusedError } from "../../database/errors.ts";
import { createEngine, webPorts, type Engine } from "../../database/engine.ts";
import type { EnginePorts, SessionMode } from "../../database/session-core.ts";
import type { Session } from "../../database/session.ts";
import { isDeveloping, settingsOf, type AppEnv } from "../env.ts";
import { runtimePorts } from "../ports.ts";
import { RequestError } from "../request-error.ts";
import type { DeclaredRoute } from "../route.ts";
import type { Settings } from "../settings.ts";
import { withStatementLog } from "../statement-log.ts";
import type { CallerCheck } from "./access.ts";
import { keepAlive } from "./background.ts";
import { watchEnd, withdraw } from "./response-body.ts";
import { watchForLeak } from "./session-leaks.ts";

/** What the middleware leaves on the context. */
export interface DatabaseVariables {
  /** The request's Drizzle database. Dead once the response has ended. */
  readonly db: Database;
  readonly session: Session;
  /** Whether the session stays open until the response body has ended. */
  readonly isStreaming: boolean;
}

/** How a route uses its session. */
export interface DatabaseSessionOptions {
  /** Default: `read` for GET and HEAD, `write` for every other method. */
  readonly mode?: SessionMode;
  /** The session stays open until the response body has ended: for a body that reads the database while it is sent. */
  readonly stream?: boolean;
  /** The most that a statement may take, in milliseconds, if that is less than configured; for the first registration. */
  readonly statementMs?: number;
}

/**
 * Opens the request's database session, lazily, and closes it when the handler and the middleware behind this one have
 * returned; with `stream`, when the response body has ended. Registered again further inside, it keeps the session and
 * changes how the route uses it.
 *
 * @example
 * app.use(databaseSession());
 * app.get("/users/:id", async (c) => c.json(await findUser(c.var.db, 1)));
 * app.get("/visits", databaseSession({ mode: "write" }), countVisit);
 * app.get("/rows", databaseSession({ stream: true }), (c) => stream(c, (out) => writeRows(c.var.db, out)));
 */
export function databaseSession(options: DatabaseSessionOptions = {}): MiddlewareHandler<AppEnv> {
  return async function databaseSession(c, next) {
    // Hono's types cannot know that the variable is missing before the first registration.
    const owned: Session | undefined = c.get("session");
    const declared = owned === undefined ? declaredOptions(c) : {};
    if (declared === "none") return next();
    const { mode, stream, statementMs } = { ...declared, ...options };
    const session = owned ?? openSession(c, statementMs);
    if (mode !== undefined) session.setMode(mode);
    if (stream === true) c.set("isStreaming", true);
    const handle = async (): Promise<void> => {
      // Once the body is on its way, a caller cannot be refused any more.
      if (stream === true) await session.checkCaller();
      await next();
    };
    if (owned !== undefined) return handle();
    // Of an Error Hono has made a response, and left it in c.error; only another thrown value rejects.
    const thrown = await handle().then(() => undefined, asFailure);
    const objected = await objection(c, session, thrown);
    if (objected !== undefined) withdraw(c);
    const failure = objected ?? thrown;
    if (failure !== undefined) {
      await closeNow(c, session);
      throw failure.error;
    }
    if (c.get("isStreaming") && c.error === undefined) await closeAfterBody(c, session);
    else await closeNow(c, session);
    return undefined;
  };
}

/** What the route declares; nothing in an app whose routes have no declarations. */
function declaredOptions(c: Context<AppEnv>): DatabaseSessionOptions | "none" {
  const route: DeclaredRoute | undefined = c.get("route");
  const { session = {}, unconfigured } = route?.declaration ?? {};
  return unconfigured === true && settingsOf(c).faults.length > 0 ? "none" : session;
}

interface Failure {
  readonly error: unknown;
}

/** Hono turns only instances of Error into an answer; any other thrown value would end the request without one. */
const asFailure = (thrown: unknown): Failure => ({
  error:
    thrown instanceof Error
      ? thrown
      : new TypeError("A value that is not an Error was thrown", { cause: thrown }),
});

/**
 * Why the response may not leave: the caller was refused, even if the handler has swallowed that, or was not
 * checked yet and is refused now. If the check cannot be made, a failure of the handler's own is the one to report.
 */
async function objection(
  c: Context<AppEnv>,
  session: Session,
  thrown: Failure | undefined,
): Promise<Failure | undefined> {
  if (session.caller === "admitted") return undefined;
  if (session.caller === "unchecked" && isFailureAnyway(c, session, thrown)) return undefined;
  const failed = await session.checkCaller().then(() => undefined, asFailure);
  if (failed?.error instanceof CallerRefusedError) return asFailure(c.var.callerCheck.refusal());
  return thrown === undefined && c.error === undefined ? failed : undefined;
}

/** A rate limit spares the database; and what it has failed to answer once is not asked again. */
function isFailureAnyway(c: Context<AppEnv>, session: Session, thrown: Failure | undefined): boolean {
  if (c.error instanceof RequestError && c.error.code === "RATE_LIMITED") return true;
  const hasFailed = thrown !== undefined || (c.error !== undefined && c.res.status >= 500);
  return session.report().opened && hasFailed;
}

function defaultMode(method: string): SessionMode {
  return method === "GET" || method === "HEAD" ? "read" : "write";
}

/** The engine of each configuration that this isolate has seen. Engines hold settings only. */
const engines = new WeakMap<DatabaseConfig, Engine>();

function engineOf({ database, logsStatements }: Settings): Engine {
  const known = engines.get(database);
  if (known !== undefined) return known;
  const ports = withStatementLog(enginePorts, { log: runtimePorts.log, all: logsStatements });
  const engine = createEngine(database, ports);
  engines.set(database, engine);
  return engine;
}

const enginePorts: EnginePorts = {
  ...webPorts,
  logError: (requestId, message, error) =>
    runtimePorts.log(JSON.stringify({ requestId, message, error: nameOf(error) })),
};

function openSession(c: Context<AppEnv>, statementMs: number | undefined): Session {
  let isKept = false;
  // Undefined if the request has no caller, whatever the type says.
  const check: CallerCheck | undefined = c.get("callerCheck");
  const session = engineOf(settingsOf(c)).openSession({
    requestId: c.get("requestId"),
    mode: defaultMode(c.req.method),
    ...(statementMs === undefined ? {} : { statementMs }),
    ...(check === undefined ? {} : { callerCheck: check.statement }),
    onHold() {
      // If the caller hangs up, the runtime would drop the rollback.
      if (!isKept) void keepAlive(c, session.closed, "streaming");
      isKept = true;
    },
  });
  c.set("session", session);
  c.set("db", isDeveloping(c) ? noteCallSites(c, session.db) : session.db);
  return session;
}

/** Notes the place at which the program uses the database: the stack of an error does not lead through Drizzle's promises. */
function noteCallSites(c: Context<AppEnv>, db: Database): Database {
  return new Proxy(db, {
    get(target, name) {
      // Without its first frame, which is this function.
      c.set("callSite", new Error().stack?.split("\n").toSpliced(1, 1).join("\n"));
      return Reflect.get(target, name) as unknown;
    },
  });
}

async function closeNow(c: Context<AppEnv>, session: Session): Promise<void> {
  const closing = session.close();
  if (session.state === "closed") return;
  watchForLeak(session, runtimePorts.log);
  await keepAlive(c, closing);
}

/** Closes when the body has ended, was cancelled or broke. */
async function closeAfterBody(c: Context<AppEnv>, session: Session): Promise<void> {
  if (c.res.body === null || c.req.method === "HEAD") {
    // Hono drops the body of a HEAD response, and nothing would read it to its end.
    await c.res.body?.cancel().catch(() => undefined);
    return closeNow(c, session);
  }
  // Its first statement may be yet to come, after the response has been returned.
  await keepAlive(c, session.closed, "streaming");
  const { body, ended } = watchEnd(c.res.body);
  c.res = new Response(body, c.res);
  // The log has a failure to close.
  void ended.then(() => {
    watchForLeak(session, runtimePorts.log);
    return session.close();
  });
}

/** The name only: messages of foreign errors may hold what a caller sent. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
