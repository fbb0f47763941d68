// Writes one line of JSON for each request, when its database session is closed.
// Holds no query string, no body, no header and no path with its values: what callers send stays out.
import type { MiddlewareHandler } from "hono";
import { AuthError } from "../../auth/errors.ts";
import { ConfigError } from "../../database/config.ts";
import { DatabaseError } from "../../database/errors.ts";
import type { SessionReport } from "../../database/session-core.ts";
import type { Session } from "../../database/session.ts";
import { type AppEnv, isDeveloping } from "../env.ts";
import type { Ports } from "../ports.ts";
import { RequestError } from "../request-error.ts";
import { patternOf } from "../route.ts";
import { keepAlive } from "./background.ts";

/** One line of the log. */
export interface RequestLogLine {
  readonly requestId: string;
  readonly method: string;
  /** The pattern that matched, such as `/users/:id`; null if no route did. */
  readonly route: string | null;
  readonly status: number;
  readonly durationMs: number;
  /** Missing if the route has no database session. */
  readonly database?: SessionReport;
  readonly error?: LoggedError;
}

interface LoggedError {
  readonly name: string;
  readonly code?: string;
  readonly message?: string;
  readonly cause?: LoggedError;
  readonly stack?: readonly string[];
  /** What a {@link RequestError} says to the log alone. */
  readonly [member: string]: unknown;
}

/** Registered first, so that it sees what every other middleware made of the request. */
export function requestLog({ now, log }: Pick<Ports, "now" | "log">): MiddlewareHandler<AppEnv> {
  return async function requestLog(c, next) {
    const began = now();
    // From the start: of a request whose caller hangs up, the runtime would else drop what it is told of.
    const { promise: written, resolve: end } = Promise.withResolvers<void>();
    await keepAlive(c, written, "streaming");
    try {
      await next();
    } catch (error) {
      end();
      throw error;
    }
    const line: RequestLogLine = {
      requestId: c.var.requestId,
      method: c.req.method,
      route: patternOf(c) ?? null,
      status: c.res.status,
      durationMs: Math.round((now() - began) * 10) / 10,
      ...(c.error === undefined
        ? {}
        : { error: describeError(c.error, c.res.status, isDeveloping(c), c.get("callSite")) }),
    };
    // Only routes that registered databaseSession() have one, whatever the type says.
    const session: Session | undefined = c.get("session");
    if (session === undefined) {
      log(JSON.stringify(line));
      return end();
    }
    // Not awaited: the session may wait for the body, which is yet to be read.
    const write = () => log(JSON.stringify({ ...line, database: session.report() }));
    void session.closed.then(write).finally(end);
  };
}

/**
 * Messages of foreign errors may quote what a caller sent, so only ours are written, which are made to be logged; a
 * developer sees all of them, and the SQL. The place in the program is logged if the service itself failed.
 */
function describeError(
  error: Error,
  status: number,
  isForDeveloper: boolean,
  callSite?: string,
): LoggedError {
  const ours =
    error instanceof DatabaseError ||
    error instanceof ConfigError ||
    error instanceof RequestError ||
    error instanceof AuthError;
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  const { cause } = error;
  const stack = (error instanceof DatabaseError ? callSite : undefined) ?? error.stack;
  const frames = status === 500 ? framesOf(stack) : [];
  return {
    name: error.name,
    ...(code === undefined ? {} : { code }),
    ...(ours || isForDeveloper ? { message: error.message } : {}),
    ...(isForDeveloper && error instanceof DatabaseError ? { sql: error.sql } : {}),
    ...(frames.length === 0 ? {} : { stack: frames }),
    ...(error instanceof RequestError ? error.logged : {}),
    ...(cause instanceof Error ? { cause: describeError(cause, 0, isForDeveloper) } : {}),
  };
}

function framesOf(stack = ""): readonly string[] {
  const lines = stack.split("\n").map((line) => line.trim());
  return lines.filter((line) => line.startsWith("at ")).slice(0, 8);
}
