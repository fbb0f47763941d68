// What a deployed Worker shows to anybody, without an account and without writing anything.
import { expectSame, NotChecked, timed, Unexpected, type Check, type CheckGroup } from "./check.ts";

const requestMs = 15_000;
const parallel = 16;

/** An answer of the Worker, read to its end. */
export interface WorkerAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** Sends a request to the Worker. */
export type Ask = (path: string, init?: RequestInit) => Promise<WorkerAnswer>;

/** Asks a Worker; every request ends. */
export function askOf(origin: string): Ask {
  return async (path, init = {}) => {
    const signal = AbortSignal.timeout(requestMs);
    const response = await fetch(origin + path, { redirect: "manual", ...init, signal });
    const { status, headers } = response;
    const text = await response.text();
    return { status, headers, text, json: parseObject(text) };
  };
}

/** A JSON body as `fetch` wants it. */
export function jsonRequest(method: string, body: object, token?: string): RequestInit {
  return {
    method,
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  };
}

/** @throws {Unexpected} where the status is another, with the code of the problem. */
export function expectStatus({ status, json, text }: WorkerAnswer, expected: number): void {
  if (status === expected) return;
  const said = [json["detail"], json["code"]].find((value) => typeof value === "string") ?? text.slice(0, 80);
  throw new Unexpected(`expected status ${expected}, found ${status}: ${said}`);
}

/** The checks of the Worker. */
export function workerChecks(origin: string): CheckGroup {
  const ask = askOf(origin);
  const checks: readonly Check[] = [
    { name: "speaks TLS, and says so to browsers", run: () => checkTls(origin, ask) },
    { name: "GET /health answers without the database", run: () => checkHealth(ask) },
    { name: "GET /ready reaches the database, and its schema is there", run: () => checkReady(ask) },
    { name: `${parallel} requests at once do not mix`, run: () => checkParallel(ask) },
    { name: "nobody gets in without a token of its own", run: () => checkTokens(ask) },
    { name: "what is wrong is a problem document", run: () => checkProblems(ask) },
  ];
  return { title: `the Worker at ${new URL(origin).host}`, checks, isChain: false };
}

async function checkTls(origin: string, ask: Ask): Promise<string> {
  const { headers } = await ask("/health");
  expectSame("X-Content-Type-Options", headers.get("x-content-type-options"), "nosniff");
  const hsts = headers.get("strict-transport-security");
  if (hsts === null) throw new Unexpected("expected Strict-Transport-Security, found none");
  if (origin.startsWith("http:")) throw new NotChecked("plain http to this machine; the headers are there");
  return hsts;
}

async function checkHealth(ask: Ask): Promise<string> {
  const [answer, ms] = await timed(() => ask("/health"));
  expectStatus(answer, 200);
  expectSame("status", answer.json["status"], "ok");
  return `${ms} ms`;
}

async function checkReady(ask: Ask): Promise<string> {
  const [answer, ms] = await timed(() => ask("/ready"));
  expectStatus(answer, 200);
  return `${String(answer.json["revision"])}, ${ms} ms`;
}

async function checkParallel(ask: Ask): Promise<string> {
  const ids = Array.from({ length: parallel }, (_, index) => `eaves-smoke-${index}`);
  const [answers, ms] = await timed(() =>
    Promise.all(ids.map((id) => ask("/ready", { headers: { "x-request-id": id } }))),
  );
  for (const answer of answers) expectStatus(answer, 200);
  expectSame(
    "request ids",
    answers.map(({ headers }) => headers.get("x-request-id")),
    ids,
  );
  return `all in ${ms} ms`;
}

async function checkTokens(ask: Ask): Promise<string> {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const forged = `${part({ alg: "none", typ: "JWT" })}.${part({ sub: "1", role: "admin" })}.`;
  for (const token of [undefined, "nonsense", forged]) {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    for (const path of ["/users/me", "/users"]) {
      const answer = await ask(path, { headers });
      expectStatus(answer, 401);
      if (!answer.headers.has("www-authenticate")) throw new Unexpected("a 401 without WWW-Authenticate");
    }
  }
  return "401 to none, to nonsense and to one without a signature";
}

async function checkProblems(ask: Ask): Promise<string> {
  const cases = [
    [404, "ROUTE_NOT_FOUND", "/eaves-smoke", {}],
    [405, "METHOD_NOT_ALLOWED", "/health", { method: "POST" }],
    [400, "JSON_MALFORMED", "/users", { ...jsonRequest("POST", {}), body: "{" }],
    [422, "FIELDS_INVALID", "/users", jsonRequest("POST", { email: "nobody@", password: "short" })],
  ] as const;
  for (const [status, code, path, init] of cases) {
    const answer = await ask(path, init);
    expectStatus(answer, status);
    expectSame("code", answer.json["code"], code);
    expectSame("Content-Type", answer.headers.get("content-type"), "application/problem+json");
  }
  return cases.map(([status]) => status).join(", ");
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
