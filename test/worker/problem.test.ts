// The one table from errors to statuses.
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { AuthError } from "../../src/auth/errors.ts";
import type { AuthErrorCode } from "../../src/auth/errors.ts";
import { ConfigError } from "../../src/database/config.ts";
import * as databaseErrors from "../../src/database/errors.ts";
import type { AppEnv } from "../../src/worker/env.ts";
import { problemKinds, problemResponse } from "../../src/worker/problem.ts";
import { RequestError } from "../../src/worker/request-error.ts";

async function answerTo(error: Error): Promise<{ response: Response; document: Record<string, unknown> }> {
  const app = new Hono<AppEnv>().onError(problemResponse).get("/", () => {
    throw error;
  });
  const response = await app.request("/");
  return { response, document: await response.json() };
}

const busy = new databaseErrors.DatabaseBusyError();
const cases: readonly [Error, number, string, string | null][] = [
  [new databaseErrors.UniqueViolationError("users", ["email"]), 409, "conflict", null],
  [new databaseErrors.NotNullViolationError("users", "email"), 422, "constraint", null],
  [new databaseErrors.CheckViolationError("positive"), 422, "constraint", null],
  [new databaseErrors.ForeignKeyViolationError(false), 422, "constraint", null],
  [new databaseErrors.ForeignKeyViolationError(true), 409, "conflict", null],
  [busy, 503, "busy", "1"],
  [new databaseErrors.TransactionTimeoutError(), 503, "busy", "1"],
  [new databaseErrors.TransactionAbortedError({ cause: busy }), 503, "busy", "1"],
  [new databaseErrors.TransactionAbortedError(), 500, "internal", null],
  [new databaseErrors.DeadlineExceededError(2_000), 504, "deadline", null],
  [new databaseErrors.DatabaseUnavailableError(), 503, "unavailable", "1"],
  [new databaseErrors.CommitUnknownError(), 503, "outcome-unknown", null],
  [new databaseErrors.DatabaseAccessError(), 500, "internal", null],
  [new databaseErrors.ResponseTooLargeError(), 500, "internal", null],
  [new databaseErrors.DatabaseAddressError("db.example", "redirect"), 500, "internal", null],
  [new databaseErrors.ResultUnreadableError("an integer is beyond 2^53"), 500, "internal", null],
  [new databaseErrors.StatementError("SQLITE_ERROR"), 500, "internal", null],
  [new databaseErrors.ValueNotStorableError("text"), 422, "invalid-value", null],
  [new databaseErrors.CallerRefusedError(), 403, "forbidden", null],
  [new databaseErrors.SessionClosedError("request-0"), 500, "internal", null],
  [new databaseErrors.ReadOnlySessionError("read-mode"), 500, "internal", null],
  [new databaseErrors.TransactionUsageError("siblings"), 500, "internal", null],
  [new databaseErrors.NotOfferedError("a cache"), 500, "internal", null],
  [new ConfigError([{ variable: "DATABASE_URL", message: "is hidden" }]), 500, "configuration", null],
];

/** Status, type and challenge of every refusal. */
const refusals: Readonly<Record<AuthErrorCode, readonly [number, string, string | null]>> = {
  CREDENTIALS_INVALID: [401, "credentials", "Bearer"],
  REFRESH_TOKEN_INVALID: [401, "credentials", "Bearer"],
  TOKEN_MISSING: [401, "unauthenticated", "Bearer"],
  TOKEN_INVALID: [401, "unauthenticated", 'Bearer error="invalid_token"'],
  PASSWORD_WRONG: [403, "credentials", null],
  ROLE_REQUIRED: [403, "forbidden", 'Bearer error="insufficient_scope"'],
  SERVER_BUSY: [503, "busy", null],
  TOO_MANY_ATTEMPTS: [429, "too-many", null],
};

describe("problemResponse", () => {
  it.each(cases.map((row) => [row[0].name, ...row] as const))(
    "answers %s",
    async (_, error, status, type, retryAfter) => {
      const { response, document } = await answerTo(error);
      expect(response.status).toBe(status);
      expect(response.headers.get("Retry-After")).toBe(retryAfter);
      expect(response.headers.get("Content-Type")).toBe("application/problem+json");
      expect(document).toMatchObject({
        status,
        type: `urn:eaves:problem:${type}`,
        title: expect.any(String),
      });
      expect(JSON.stringify(document)).not.toContain(error.message);
    },
  );

  it("knows every error of the database", () => {
    const classes = Object.keys(databaseErrors).filter((name) => name !== "DatabaseError");
    expect([...new Set(cases.map(([error]) => error.name))].toSorted()).toEqual(
      [...classes, "ConfigError"].toSorted(),
    );
    for (const [error] of cases) expect(problemKinds).toHaveProperty([String(Reflect.get(error, "code"))]);
  });

  it.each(Object.entries(refusals))("answers a refusal with %s", async (code, [status, type, challenge]) => {
    const error = new AuthError(code as AuthErrorCode, "shown to the caller");
    const { response, document } = await answerTo(error);
    expect(response.status).toBe(status);
    expect(response.headers.get("WWW-Authenticate")).toBe(challenge);
    expect(response.headers.get("Retry-After")).toBe(code === "SERVER_BUSY" ? "5" : null);
    expect(document).toMatchObject({
      status,
      code,
      type: `urn:eaves:problem:${type}`,
      detail: "shown to the caller",
    });
  });

  it("says when to try again, and nothing of the cause", async () => {
    const cause = new Error("secret-cause");
    const throttled = await answerTo(new AuthError("TOO_MANY_ATTEMPTS", "wait", { retryAfter: 17, cause }));
    expect(throttled.response.headers.get("Retry-After")).toBe("17");
    expect(JSON.stringify(throttled.document)).not.toContain("secret");
    const limited = await answerTo(new RequestError("RATE_LIMITED", "wait", { cause }));
    expect(limited.response).toMatchObject({ status: 429 });
    expect(limited.response.headers.get("Retry-After")).toBe("60");
    expect(JSON.stringify(limited.document)).not.toContain("secret");
  });
});
