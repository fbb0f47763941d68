// Sends one request to the Worker and reads what comes back. Judges nothing.
import type { Answer, AnsweredKind } from "./answers.ts";
import { domain } from "./stage.ts";

/** What is sent. */
export interface Sending {
  readonly kind: AnsweredKind;
  readonly key: string;
  readonly keys: readonly string[];
  /** After so many milliseconds the caller goes away. */
  readonly hangUpAfterMs?: number;
}

/** What came of it; times are by the clock of `performance`. */
export interface Exchange {
  readonly answer: Answer;
  readonly hungUp: boolean;
  readonly sentAt: number;
  readonly endedAt: number;
}

/** A Worker that keeps a caller waiting longer than this is given up. */
const patienceMs = 25_000;
const password = "correct horse battery";
const nothing: Answer = { status: 0, code: undefined, hasRetryAfter: false, whole: false, body: "" };

interface Target {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: Readonly<Record<string, string>>;
}

/** Sends a request, and waits for the end of its answer. Does not throw. */
export async function exchange(origin: string, sending: Sending): Promise<Exchange> {
  const { method, path, body } = targets[sending.kind](sending);
  const caller = new AbortController();
  const hangUp = setTimeout(() => caller.abort(), sending.hangUpAfterMs ?? patienceMs);
  const sentAt = performance.now();
  const answer = await read(
    sending.kind,
    fetch(origin + path, {
      method,
      signal: caller.signal,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    }),
  );
  clearTimeout(hangUp);
  const hungUp = caller.signal.aborted && sending.hangUpAfterMs !== undefined;
  return { answer, hungUp, sentAt, endedAt: performance.now() };
}

async function read(kind: AnsweredKind, coming: Promise<Response>): Promise<Answer> {
  let answer = nothing;
  try {
    const response = await coming;
    const hasRetryAfter = response.headers.has("retry-after");
    answer = { ...nothing, status: response.status, hasRetryAfter };
    const decoder = new TextDecoder();
    let body = "";
    // Piece by piece, since what came before a body broke off counts as well.
    for await (const piece of response.body ?? []) {
      body += decoder.decode(piece, { stream: true });
      answer = { ...answer, body };
    }
    // Hono ends a stream whose callback failed as if it were whole: its last line says whether it is.
    const whole = kind !== "stream" || body.endsWith("end\n");
    return { ...answer, whole, code: codeOf(body) };
  } catch {
    return answer;
  }
}

function codeOf(body: string): string | undefined {
  try {
    const value: unknown = JSON.parse(body);
    const isProblem = typeof value === "object" && value !== null && "code" in value;
    return isProblem && typeof value.code === "string" ? value.code : undefined;
  } catch {
    return undefined;
  }
}

const post =
  (path: string) =>
  ({ key }: Sending): Target => ({ method: "POST", path: `/soak/${path}/${key}` });
const get =
  (path: (sending: Sending) => string) =>
  (sending: Sending): Target => ({ method: "GET", path: path(sending) });
const account =
  (path: string) =>
  ({ key }: Sending): Target => ({ method: "POST", path, body: { email: `${key}${domain}`, password } });

const targets: Readonly<Record<AnsweredKind, (sending: Sending) => Target>> = {
  entry: post("entries"),
  duplicate: post("entries"),
  read: get(({ key }) => `/soak/entries/${key}`),
  pair: post("pairs"),
  careless: post("careless-pairs"),
  nested: post("nested-pairs"),
  batch: post("batched-pairs"),
  undone: post("undone-pairs"),
  forgotten: post("forgotten-pairs"),
  background: post("background-pairs"),
  pairs: get(({ keys }) => `/soak/pairs?keys=${keys.join(",")}`),
  stream: get(({ keys }) => `/soak/stream?keys=${keys.join(",")}`),
  "sign-up": account("/users"),
  login: account("/auth/login"),
  health: get(() => "/health"),
  ready: get(() => "/ready"),
};
