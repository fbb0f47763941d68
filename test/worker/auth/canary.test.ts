// Unlike anything else: texts that are put wherever a caller or a deployment can put one, and then looked for in all
// that comes out. Passwords, tokens and hashes come out nowhere; addresses in the answers to those they belong to only.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createApp } from "../../../src/worker/app.ts";
import { runtimePorts } from "../../../src/worker/ports.ts";
import { problemResponse } from "../../../src/worker/problem.ts";
import { createDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import type { Fault } from "../../support/faults.ts";
import { query } from "../routes/accounts.ts";
import { openLimit, testSecret } from "../routes/service.ts";

/** Everything that left the service, in one go through all of its routes. */
interface Outcome {
  readonly answers: readonly { readonly what: string; readonly status: number; readonly text: string }[];
  /** Log lines, and whatever else was written to the console. */
  readonly logs: string;
  /** What was thrown, with all that hangs on it. */
  readonly errors: string;
}

let database: TestDatabase;
const written: string[] = [];

beforeAll(async () => {
  database = await createDatabase({ migrated: true });
  for (const method of ["log", "info", "warn", "error", "debug"] as const) {
    vi.spyOn(console, method).mockImplementation((...values: unknown[]) => {
      written.push(values.map((value) => (value instanceof Error ? textOf(value) : String(value))).join(" "));
    });
  }
});

afterAll(async () => {
  vi.restoreAllMocks();
  await database.stop();
});

/** A canary of each kind; the number makes those of one run unlike those of the others. */
let runs = 0;
function canaries() {
  runs += 1;
  const make = (name: string) => `canary${name}${runs}x7Qz`;
  return {
    password: make("password"),
    newPassword: make("newpassword"),
    wrongPassword: make("wrongpassword"),
    email: make("email").toLowerCase(),
    newEmail: make("changed").toLowerCase(),
    unknownEmail: make("unknown").toLowerCase(),
    adminEmail: make("admin").toLowerCase(),
    token: make("token"),
    refreshToken: make("refresh").padEnd(64, "x"),
    header: make("header"),
    path: make("path"),
    query: make("query"),
    field: make("field"),
    value: make("value"),
  };
}
type Canaries = ReturnType<typeof canaries>;

/** All of an error: what it says, where it happened, what it carries and what caused it. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? String(error);
  const carried = JSON.stringify(Object.fromEntries(Object.entries(error)));
  return `${error.name} ${error.message} ${error.stack ?? ""} ${carried} ${textOf(error.cause ?? null)}`;
}

/** Goes through every route as it is meant, and as it is not, with a canary in every place. */
async function useEverything(
  variables: Readonly<Record<string, unknown>>,
  canary: Canaries,
): Promise<Outcome> {
  const lines: string[] = [];
  const errors: unknown[] = [];
  const app = createApp({ ...runtimePorts, log: (line) => void lines.push(line) });
  app.onError((error, c) => {
    errors.push(error);
    return problemResponse(error, c);
  });
  const bindings = {
    ENVIRONMENT: "development",
    PASSWORD_SCRYPT: "ln=4,r=8,p=1",
    TOKEN_SECRETS: testSecret,
    SERVER_TIMING: "on",
    CORS_ORIGINS: "https://app.example",
    ...variables,
  };
  const answers: { what: string; status: number; text: string }[] = [];
  written.length = 0;

  async function send(what: string, body?: unknown, token?: string): Promise<Record<string, unknown>> {
    const [method = "", path = ""] = what.split(" ");
    const context = createExecutionContext();
    const headers = new Headers({
      "Content-Type": "application/json",
      "User-Agent": canary.header,
      Cookie: `session=${canary.header}`,
      Referer: `https://app.example/?${canary.header}`,
      Origin: "https://app.example",
      "CF-Connecting-IP": canary.header,
      "X-Request-Id": `${canary.header} is not fit`,
      "X-Canary": canary.header,
    });
    if (token !== undefined) headers.set("Authorization", `Bearer ${token}`);
    const sent = typeof body === "string" ? body : JSON.stringify(body);
    const init = { method, headers, ...(body === undefined ? {} : { body: sent }) };
    const response = await app.request(path, init, bindings, context);
    const text = await response.text();
    await waitOnExecutionContext(context);
    answers.push({ what, status: response.status, text: `${text} ${JSON.stringify([...response.headers])}` });
    return text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : {};
  }

  const email = `${canary.email}@example.org`;
  const adminEmail = `${canary.adminEmail}@example.org`;
  const { password } = canary;
  const { id = 1 } = await send("POST /users", { email, password });
  await send("POST /users", { email, password });
  await send("POST /users", { email: adminEmail, password });
  await query(database, {
    sql: "UPDATE users SET role = 'admin' WHERE email = ?",
    args: [adminEmail],
  }).catch(() => undefined);
  const login = await send("POST /auth/login", { email, password });
  const own = typeof login["accessToken"] === "string" ? login["accessToken"] : canary.token;
  const refreshToken = login["refreshToken"] ?? canary.refreshToken;
  const adminLogin = await send("POST /auth/login", { email: adminEmail, password });
  const admin = typeof adminLogin["accessToken"] === "string" ? adminLogin["accessToken"] : canary.token;
  const tampered = `${own.slice(0, -8)}${canary.token.slice(0, 8)}`;

  await send("POST /auth/login", { email, password: canary.wrongPassword });
  await send("POST /auth/login", {
    email: `${canary.unknownEmail}@example.org`,
    password: canary.wrongPassword,
  });
  await send("POST /auth/login", { email, password, [canary.field]: canary.value });
  await send("POST /auth/login", { email: [email], password: { password } });
  await send("POST /auth/login", `{"email":"${email}","password":"${password}"`);
  const renewed = await send("POST /auth/refresh", { refreshToken });
  for (const path of ["/auth/refresh", "/auth/logout"]) {
    await send(`POST ${path}`, { refreshToken: canary.refreshToken });
    await send(`POST ${path}`, { refreshToken: [canary.refreshToken], [canary.field]: canary.value });
  }
  for (const token of [undefined, canary.token, tampered, own]) {
    await send("GET /users/me", undefined, token);
    await send("GET /users", undefined, token);
  }
  const moved = { email: `${canary.newEmail}@example.org` };
  await send("PATCH /users/me", moved, own);
  await send("PATCH /users/me", { email: adminEmail }, own);
  await send("PATCH /users/me", { ...moved, password, [canary.field]: canary.value }, own);
  const change = { oldPassword: password, newPassword: canary.newPassword };
  await send("POST /users/me/password", { ...change, oldPassword: canary.wrongPassword }, own);
  await send("POST /users/me/password", { ...change, newPassword: canary.newPassword.repeat(9) }, own);
  await send("POST /users/me/password", change, own);
  await send(`GET /users?limit=100&emailPrefix=${canary.newEmail}`, undefined, admin);
  await send(
    `GET /users?emailPrefix=${canary.query}&role=${canary.query}&cursor=${canary.query}`,
    undefined,
    admin,
  );
  await send(`GET /users?${canary.field}=${canary.query}`, undefined, admin);
  await send(`GET /users/${String(id)}`, undefined, admin);
  await send(`PATCH /users/${String(id)}`, { role: canary.value, disabled: canary.value }, admin);
  await send(`PATCH /users/${String(id)}`, { disabled: true }, admin);
  for (const method of ["GET", "PATCH", "DELETE"]) {
    const body = method === "PATCH" ? { disabled: true } : undefined;
    await send(`${method} /users/${canary.path}?${canary.field}=${canary.query}`, body, admin);
  }
  await send("POST /auth/logout", { refreshToken: renewed["refreshToken"] ?? canary.refreshToken });
  await send("DELETE /users/me", undefined, admin);
  await send(`DELETE /users/${String(id)}`, undefined, admin);
  await send(`GET /health?${canary.query}`);
  await send(`GET /ready?${canary.query}`);
  await send(`GET /${canary.path}/${canary.path}?${canary.query}`);
  await send(`PUT /users?${canary.query}`, { [canary.field]: canary.value });
  await send(`OPTIONS /users?${canary.query}`);
  return { answers, logs: [...lines, ...written].join("\n"), errors: errors.map(textOf).join("\n") };
}

/** What makes each token that was given to callers its own: the payloads, signatures and refresh tokens. */
function givenTokens(answers: Outcome["answers"]): string[] {
  const given = answers.flatMap(({ text }) => [...text.matchAll(/"(?:access|refresh)Token":"([^"]+)"/g)]);
  return given.flatMap(([, token = ""]) => token.split(".").slice(-2));
}

/** Where addresses may be: answers to who has them or administers them, where they succeeded. */
const showsAddresses = /^(?:POST \/users|(?:GET|PATCH) \/users(?:[/?]\S*)?)$/;

function expectNoCanary(outcome: Outcome, canary: Canaries, secrets: readonly string[] = []): void {
  const { answers, logs, errors } = outcome;
  const { email, newEmail, unknownEmail, adminEmail, field, ...others } = canary;
  const hidden = [...Object.values(others), "$scrypt$", testSecret, ...secrets];
  const addresses = [email, newEmail, unknownEmail, adminEmail];
  expect(answers.length).toBeGreaterThan(45);
  for (const { what, status, text } of answers) {
    const mayShow = status < 300 && showsAddresses.test(what);
    const found = [...hidden, ...(mayShow ? [] : addresses)].filter((one) => text.includes(one));
    expect({ what, status, found }).toEqual({ what, status, found: [] });
    expect(text).not.toMatch(/\b(?:select|insert into|update|delete from) ["`]|SQLITE_|\.[jt]s:\d|\n\s+at /i);
  }
  const nowhere = [...hidden, ...addresses, ...givenTokens(answers), "example.org"];
  expect(nowhere.filter((one) => errors.includes(one))).toEqual([]);
  // The name of a field that is not ours is told to the caller who made it up, and not written down.
  expect([...nowhere, field].filter((one) => logs.includes(one))).toEqual([]);
  expect(logs).toContain('"status":');
}

describe("the service", () => {
  it("lets nothing out that it was given, while all is well", async () => {
    const canary = canaries();
    const outcome = await useEverything({ DATABASE_URL: database.url }, canary);
    expectNoCanary(outcome, canary);
    const statuses = new Set(outcome.answers.map(({ status }) => status));
    expect([...statuses].toSorted()).toEqual([200, 201, 204, 400, 401, 403, 404, 405, 409, 422]);
    // The tokens and addresses are there where they belong, so that looking for them means something.
    const all = outcome.answers.map(({ text }) => text).join("\n");
    expect(all.match(/"refreshToken":"/g)).toHaveLength(3);
    for (const address of [canary.email, canary.newEmail, canary.adminEmail]) expect(all).toContain(address);
  });

  it("lets nothing out where somebody is throttled", async () => {
    const canary = canaries();
    const limit = () => Promise.resolve({ success: false });
    const outcome = await useEverything({ DATABASE_URL: database.url, SIGN_IN_LIMIT: { limit } }, canary);
    expectNoCanary(outcome, canary);
    expect(outcome.answers.some(({ status }) => status === 429)).toBe(true);
  });

  it.each<Fault>([
    { kind: "reset-before-send" },
    { kind: "reset-after-send" },
    { kind: "cut-body" },
    { kind: "status", status: 500 },
    { kind: "status", status: 401 },
    { kind: "status", status: 429 },
    { kind: "html" },
    { kind: "silence" },
  ])("lets nothing out where the database fails in one of three requests: %j", async (fault) => {
    const canary = canaries();
    const proxy = await database.proxy(
      // Spread over the routes; a rule strikes once, and those after it do not see that request.
      Array.from({ length: 24 }, (_, n) => ({ fault, skip: 2 * n + (n % 2), times: 1 })),
    );
    const databaseToken = `${canary.token}OfTheDatabase`;
    const outcome = await useEverything(
      {
        DATABASE_URL: proxy.url,
        DATABASE_AUTH_TOKEN: databaseToken,
        DATABASE_STATEMENT_TIMEOUT_MS: "100",
        DATABASE_CLOSE_TIMEOUT_MS: "50",
      },
      canary,
    );
    expectNoCanary(outcome, canary, [databaseToken]);
    expect(outcome.answers.some(({ status }) => status >= 500)).toBe(true);
  });

  it("lets nothing out where every statement is refused", async () => {
    const canary = canaries();
    const empty = await createDatabase();
    const deployed = { ENVIRONMENT: "staging", PASSWORD_SCRYPT: "", SIGN_IN_LIMIT: openLimit };
    const outcome = await useEverything({ DATABASE_URL: empty.url, ...deployed }, canary);
    await empty.stop();
    expectNoCanary(outcome, canary);
    expect(outcome.logs).toContain("STATEMENT_FAILED");
  });

  it.each([
    ["TOKEN_SECRETS", "canarysecret-too-weak-9z"],
    ["TOKEN_SECRETS", `${testSecret},canarysecret-too-weak-9z`],
    ["DATABASE_URL", "libsql://user:canarysecret-too-weak-9z@db.example.org"],
    ["DATABASE_AUTH_TOKEN", "canarysecret-too-weak-9z with a space"],
  ])("lets nothing of a faulty %s out (%#)", async (variable, value) => {
    const canary = canaries();
    const outcome = await useEverything({ DATABASE_URL: database.url, [variable]: value }, canary);
    expectNoCanary(outcome, canary, ["canarysecret"]);
    expect(outcome.logs).toContain(variable);
  });
});
