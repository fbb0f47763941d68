// The service over a database of the test's own, called in workerd without a network in between.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { createApp } from "../../../src/worker/app.ts";
import type { RequestLogLine } from "../../../src/worker/middleware/request-log.ts";
import { runtimePorts } from "../../../src/worker/ports.ts";
import type { Ports } from "../../../src/worker/ports.ts";
import { expectConforms } from "../../support/conformance.ts";

/** What came back, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON, or an empty object where there is none. */
  readonly json: Record<string, unknown>;
  readonly log: RequestLogLine;
  /** The log line as it was written. */
  readonly line: string;
}

/** One instance of the service. */
export interface Service {
  request(path: string, init?: RequestInit): Promise<Answer>;
  /** Sends `body` as JSON. @param accessToken of the caller, where there is one. */
  send(method: string, path: string, body: unknown, accessToken?: string): Promise<Answer>;
  /** Sends a request without a body in the name of a caller. */
  as(accessToken: string, method: string, path: string): Promise<Answer>;
}

/** A secret for tests; random as one has to be, and known to everybody. */
export const testSecret = "q4jcW0Zl8mVb2uQyT7hN5sXeR1kD9pGfA3iLoC6wYtE";

/** A rate limit that lets everything pass, for tests outside development. */
export const openLimit = { limit: () => Promise.resolve({ success: true }) };

/**
 * Starts the service for development, with a cheap password hash, unless `variables` say otherwise.
 *
 * @param ports to replace, such as the clock.
 */
export function createService(
  variables: Readonly<Record<string, unknown>>,
  ports: Partial<Ports> = {},
): Service {
  const bindings = {
    ENVIRONMENT: "development",
    PASSWORD_SCRYPT: "ln=10,r=8,p=1",
    TOKEN_SECRETS: testSecret,
    ...variables,
  };
  const lines: string[] = [];
  const app = createApp({ ...runtimePorts, ...ports, log: (line) => void lines.push(line) });

  async function request(path: string, init: RequestInit = {}): Promise<Answer> {
    // Parallel requests share the log: each finds its line by its id, the newest where a caller chose one again.
    const id = crypto.randomUUID();
    const headers = new Headers(init.headers);
    if (!headers.has("X-Request-Id")) headers.set("X-Request-Id", id);
    const context = createExecutionContext();
    const response = await app.request(path, { ...init, headers }, bindings, context);
    const text = await response.text();
    expectConforms(init.method ?? "GET", path, { status: response.status, headers: response.headers, text });
    await waitOnExecutionContext(context);
    const used = response.headers.get("X-Request-Id") ?? "";
    const line = lines.findLast((candidate) => candidate.includes(`"requestId":"${used}"`)) ?? "{}";
    const isJson = /json/.test(response.headers.get("Content-Type") ?? "");
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson && text !== "" ? (JSON.parse(text) as Record<string, unknown>) : {},
      log: JSON.parse(line) as RequestLogLine,
      line,
    };
  }

  return {
    request,
    send: (method, path, body, accessToken) =>
      request(path, {
        method,
        body: JSON.stringify(body),
        headers: {
          "Content-Type": "application/json",
          ...(accessToken === undefined ? {} : { Authorization: `Bearer ${accessToken}` }),
        },
      }),
    as: (accessToken, method, path) =>
      request(path, { method, headers: { Authorization: `Bearer ${accessToken}` } }),
  };
}

/** The fields that a 422 or 409 names. */
export function faultyFields(answer: Answer): string[] {
  const errors = answer.json["errors"] as readonly { field: string }[];
  return errors.map(({ field }) => field);
}
