// The service over a database of the test's own, called in workerd without a network in between.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { createApp } from "../../../src/worker/app.ts";
import type { RequestLogLine } from "../../../src/worker/middleware/request-log.ts";
import { runtimePorts } from "../../../src/worker/ports.ts";

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
  /** Sends `body` as JSON. */
  send(method: string, path: string, body: unknown): Promise<Answer>;
}

/** Starts the service for development, with a cheap password hash, unless `variables` say otherwise. */
export function createService(variables: Readonly<Record<string, unknown>>): Service {
  const bindings = { ENVIRONMENT: "development", PASSWORD_SCRYPT: "ln=10,r=8,p=1", ...variables };
  const lines: string[] = [];
  const app = createApp({ ...runtimePorts, log: (line) => void lines.push(line) });

  async function request(path: string, init: RequestInit = {}): Promise<Answer> {
    // Parallel requests share the log: each finds its line by its id.
    const id = crypto.randomUUID();
    const headers = new Headers(init.headers);
    if (!headers.has("X-Request-Id")) headers.set("X-Request-Id", id);
    const context = createExecutionContext();
    const response = await app.request(path, { ...init, headers }, bindings, context);
    const text = await response.text();
    await waitOnExecutionContext(context);
    const used = response.headers.get("X-Request-Id") ?? "";
    const line = lines.find((candidate) => candidate.includes(`"requestId":"${used}"`)) ?? "{}";
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
    send: (method, path, body) =>
      request(path, {
        method,
        body: JSON.stringify(body),
        headers: { "Content-Type": "application/json" },
      }),
  };
}

/** The fields that a 422 or 409 names. */
export function faultyFields(answer: Answer): string[] {
  const errors = answer.json["errors"] as readonly { field: string }[];
  return errors.map(({ field }) => field);
}
