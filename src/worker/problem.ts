// The only place that turns an error into a status: one table from the codes of errors to problems.
// What a caller may not learn (SQL, parameters, settings, stack) has no way into a document made here, except into `debug`,
// which only development has.
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { AuthError } from "../auth/errors.ts";
import { DatabaseError, ForeignKeyViolationError, UniqueViolationError } from "../database/errors.ts";
import { type AppEnv, isDeveloping } from "./env.ts";
import { RequestError } from "./request-error.ts";

interface ProblemKind {
  readonly status: ContentfulStatusCode;
  /** The last part of the problem's type. */
  readonly type: string;
  readonly title: string;
  /** Seconds after which the same request may be sent again. */
  readonly retryAfter?: number;
}

const internal: ProblemKind = { status: 500, type: "internal", title: "The service failed" };
const busy: ProblemKind = { status: 503, type: "busy", title: "The database is busy", retryAfter: 1 };

/** Every code an error may have here, and what it is to a caller. Source: the table of the session rules. */
export const problemKinds: Readonly<Record<string, ProblemKind>> = {
  JSON_MALFORMED: { status: 400, type: "malformed", title: "The body is not JSON" },
  CREDENTIALS_INVALID: { status: 401, type: "credentials", title: "Email and password do not match" },
  REFRESH_TOKEN_INVALID: { status: 401, type: "credentials", title: "The login has ended" },
  TOKEN_MISSING: { status: 401, type: "unauthenticated", title: "An access token is needed" },
  TOKEN_INVALID: { status: 401, type: "unauthenticated", title: "The access token is not valid" },
  PASSWORD_WRONG: { status: 403, type: "credentials", title: "The old password is not right" },
  ROLE_REQUIRED: { status: 403, type: "forbidden", title: "Forbidden" },
  NOT_FOUND: { status: 404, type: "not-found", title: "There is no such thing" },
  ROUTE_NOT_FOUND: { status: 404, type: "not-found", title: "There is nothing at this address" },
  USER_NOT_FOUND: { status: 404, type: "not-found", title: "There is no such user" },
  METHOD_NOT_ALLOWED: { status: 405, type: "method-not-allowed", title: "The method is not allowed here" },
  BODY_TOO_LARGE: { status: 413, type: "too-large", title: "The body is too large" },
  MEDIA_TYPE_UNSUPPORTED: { status: 415, type: "media-type", title: "The media type is not supported" },
  FIELDS_INVALID: { status: 422, type: "invalid-fields", title: "Some fields are not valid" },
  TOO_MANY_ATTEMPTS: { status: 429, type: "too-many", title: "Too many attempts" },
  RATE_LIMITED: { status: 429, type: "too-many", title: "Too many requests", retryAfter: 60 },

  UNIQUE_VIOLATION: { status: 409, type: "conflict", title: "The value is taken" },
  NOT_NULL_VIOLATION: { status: 422, type: "constraint", title: "The data breaks a rule" },
  CHECK_VIOLATION: { status: 422, type: "constraint", title: "The data breaks a rule" },
  FOREIGN_KEY_VIOLATION: { status: 422, type: "constraint", title: "The data refers to something missing" },
  SERVER_BUSY: { status: 503, type: "busy", title: "The service is busy", retryAfter: 5 },
  // If the caller did not send the value, the program has made it from one.
  VALUE_NOT_STORABLE: { status: 422, type: "invalid-value", title: "A value cannot be stored" },
  DATABASE_BUSY: busy,
  TRANSACTION_TIMEOUT: busy,
  TRANSACTION_ABORTED: busy,
  DEADLINE_EXCEEDED: { status: 504, type: "deadline", title: "The database did not answer in time" },
  DATABASE_UNAVAILABLE: {
    status: 503,
    type: "unavailable",
    title: "The database is unreachable",
    retryAfter: 1,
  },
  // No Retry-After: the caller is to look before it asks again.
  COMMIT_UNKNOWN: { status: 503, type: "outcome-unknown", title: "Whether it was done is not known" },
  // Some reasons pass, and most need an operator: routes/health.ts says when to ask again.
  NOT_READY: { status: 503, type: "not-ready", title: "The service is not ready" },

  // To callers of the service its session says which: see middleware/database-session.ts.
  CALLER_REFUSED: { status: 403, type: "forbidden", title: "Forbidden" },
  DATABASE_ACCESS_DENIED: internal,
  DATABASE_ADDRESS_REFUSED: internal,
  RESPONSE_TOO_LARGE: internal,
  RESULT_UNREADABLE: internal,
  STATEMENT_FAILED: internal,
  SESSION_CLOSED: internal,
  READ_ONLY_SESSION: internal,
  TRANSACTION_MISUSED: internal,
  NOT_OFFERED: internal,
  CONFIG_INVALID: { status: 500, type: "configuration", title: "The service is not configured" },
};

const relatedRows: ProblemKind = { status: 409, type: "conflict", title: "Other data still refers to this" };

interface Problem {
  readonly kind: ProblemKind;
  readonly code: string;
  readonly detail?: string;
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer to a request that failed with this error, as `application/problem+json` (RFC 9457). */
export function problemResponse(error: unknown, c: Context<AppEnv>): Response {
  const { kind, code, detail, members, headers } = problemOf(error);
  const document = {
    type: `urn:eaves:problem:${kind.type}`,
    title: kind.title,
    status: kind.status,
    code,
    detail,
    ...members,
    requestId: c.get("requestId"),
    ...(kind.status >= 500 && !isForCaller(error) && isDeveloping(c) ? { debug: debugOf(error) } : {}),
  };
  const retry = kind.retryAfter === undefined ? undefined : { "Retry-After": String(kind.retryAfter) };
  return c.body(JSON.stringify(document), kind.status, {
    ...retry,
    ...headers,
    "Content-Type": "application/problem+json",
  });
}

/** Whether the message of an error was written for the caller: it is in the answer already. */
function isForCaller(error: unknown): boolean {
  return error instanceof RequestError || error instanceof AuthError;
}

/** What a developer sees of an error: its message, those of its causes, and the SQL with placeholders. */
function debugOf(error: unknown): object {
  const messages: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) messages.push(`${at.name}: ${at.message}`);
  const [message = String(error), ...causes] = messages;
  return { message, causes, sql: error instanceof DatabaseError ? error.sql : undefined };
}

function problemOf(error: unknown): Problem {
  if (error instanceof RequestError) {
    const { code, message, members, headers } = error;
    return { kind: problemKinds[code] ?? internal, code, detail: message, members, headers };
  }
  if (error instanceof AuthError) return authProblem(error);
  if (error instanceof HTTPException) return httpProblem(error);
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const kind = typeof code === "string" && Object.hasOwn(problemKinds, code) ? problemKinds[code] : undefined;
  // The code of an error that is not ours, such as a driver's, is not the caller's business.
  if (kind === undefined || typeof code !== "string") return { kind: internal, code: "INTERNAL" };
  if (error instanceof DatabaseError) return databaseProblem(error, kind);
  return { kind, code, headers: challengeOf(code) };
}

/** Every 401 says how to come back. Source: RFC 9110, 11.6.1, and RFC 6750, 3. */
const challenges: Readonly<Record<string, string>> = {
  CREDENTIALS_INVALID: "Bearer",
  REFRESH_TOKEN_INVALID: "Bearer",
  TOKEN_MISSING: "Bearer",
  TOKEN_INVALID: 'Bearer error="invalid_token"',
  ROLE_REQUIRED: 'Bearer error="insufficient_scope"',
};

function authProblem({ code, message, retryAfter }: AuthError): Problem {
  const kind = problemKinds[code] ?? internal;
  const retry = retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) };
  return { kind, code, detail: message, headers: { ...challengeOf(code), ...retry } };
}

function challengeOf(code: string): Readonly<Record<string, string>> {
  const challenge = challenges[code];
  return challenge === undefined ? {} : { "WWW-Authenticate": challenge };
}

function databaseProblem(error: DatabaseError, kind: ProblemKind): Problem {
  const { code } = error;
  if (error instanceof UniqueViolationError) {
    const errors = error.columns.map((field) => ({ field, message: "is taken" }));
    return { kind, code, members: { errors } };
  }
  if (error instanceof ForeignKeyViolationError && error.onDelete) return { kind: relatedRows, code };
  // An abort whose cause would come again, such as a fault of the program, is no reason to try again.
  if (code === "TRANSACTION_ABORTED" && !error.retryable) return { kind: internal, code };
  return { kind, code };
}

/** Hono's own errors: their status and headers count, their text may be anything and is dropped. */
function httpProblem(error: HTTPException): Problem {
  const kind: ProblemKind =
    error.status >= 500
      ? { ...internal, status: error.status }
      : { status: error.status, type: "http", title: "The request was refused" };
  const headers = Object.fromEntries(error.res?.headers ?? []);
  delete headers["content-type"];
  delete headers["content-length"];
  return { kind, code: `HTTP_${error.status}`, headers };
}
