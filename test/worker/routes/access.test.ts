// Every route times every caller: who is let in, and who is not. The routes are those of the OpenAPI document.
import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Role } from "../../../src/users/roles.ts";
import { createApp } from "../../../src/worker/app.ts";
import type { AppEnv } from "../../../src/worker/env.ts";
import { access as accessMiddleware } from "../../../src/worker/middleware/access.ts";
import { runtimePorts } from "../../../src/worker/ports.ts";
import { problemResponse } from "../../../src/worker/problem.ts";
import { type Access, declaredRoutes, route } from "../../../src/worker/route.ts";
import { createDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { openAccount, password, query } from "./accounts.ts";
import type { Account } from "./accounts.ts";
import { friends, olderSecret, strangers } from "./bearers.ts";
import { createService, testSecret } from "./service.ts";
import type { Answer, Service } from "./service.ts";

/** Who may call what, as the routes declare it; test/node/api-docs/routes.txt is the reviewed copy. */
const access: Readonly<Record<string, Access>> = Object.fromEntries(
  declaredRoutes(createApp().routes).map(({ method, path, declaration }) => [
    `${method} ${path}`,
    declaration.access,
  ]),
);

/** What a request needs for its answer to be the good one. Without it, who is let in hears of a missing body. */
const bodies: Readonly<Record<string, (account: Account) => unknown>> = {
  "POST /users": () => ({ email: fresh(), password }),
  "POST /auth/login": ({ email }) => ({ email, password }),
  "POST /auth/refresh": ({ refreshToken }) => ({ refreshToken }),
  "POST /auth/logout": ({ refreshToken }) => ({ refreshToken }),
  "PATCH /users/me": () => ({ email: fresh() }),
  "POST /users/me/password": () => ({ oldPassword: password, newPassword: "another password" }),
  "PATCH /users/:id": () => ({ role: "user" }),
};

interface Described {
  readonly security: readonly { readonly bearer: readonly string[] }[];
  readonly responses: Readonly<Record<string, unknown>>;
  readonly requestBody?: unknown;
}

/** The operations of the document by method and pattern. */
const operations = new Map(
  Object.entries((JSON.parse(inject("openapi")) as { paths: Record<string, object> }).paths).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [
        `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`,
        operation as Described,
      ]),
  ),
);

let database: TestDatabase;
let service: Service;
let admin: Account;
let user: Account;

beforeAll(async () => {
  database = await createDatabase({ migrated: true });
  const TOKEN_SECRETS = `${testSecret},${olderSecret}`;
  service = createService({ DATABASE_URL: database.url, TOKEN_SECRETS, PASSWORD_SCRYPT: "ln=4,r=8,p=1" });
  admin = await openFresh("admin");
  user = await openFresh("user");
});

afterAll(() => database.stop());

function fresh(): string {
  return `${crypto.randomUUID()}@example.org`;
}

/** Calls with what the route wants, as an account that the call may change or delete where it is let in. */
async function call(
  operation: string,
  credentials: (account: Account) => Promise<string | undefined>,
  account: Account,
  body: unknown = bodies[operation]?.(account) ?? null,
): Promise<Answer> {
  const [method = "", pattern = ""] = operation.split(" ");
  const header = await credentials(account);
  return service.request(pattern.replace(":id", String(account.id)), {
    method,
    headers: {
      ...(header === undefined ? {} : { Authorization: header }),
      ...(body === null ? {} : { "Content-Type": "application/json" }),
    },
    ...(body === null ? {} : { body: JSON.stringify(body) }),
  });
}

const openFresh = (role: Role): Promise<Account> => openAccount(service, database, fresh(), role);

/** What a route may cost, in round trips to the database, if it is more than one. */
const dearer: Readonly<Record<string, number>> = { "POST /auth/login": 2, "POST /users/me/password": 2 };

function expectAdmitted(operation: string, { status, log }: Answer): void {
  expect(log.database?.roundTrips ?? 0).toBeLessThanOrEqual(dearer[operation] ?? 1);
  const { responses = {}, requestBody } = operations.get(operation) ?? {};
  // The id in a path is one of an account: nothing else has it.
  const isFindable = !operation.includes(":") || operation.includes(" /users/");
  if ((requestBody === undefined && isFindable) || operation in bodies) {
    expect(status).toBe(Number(Object.keys(responses).find((code) => code.startsWith("2"))));
  } else {
    expect([401, 403]).not.toContain(status);
  }
}

/** Refused before anything was read or asked of the database. */
function expectRefused(answer: Answer, status: number, code: string, challenge: string): void {
  expect({ status: answer.status, code: answer.json["code"] }).toEqual({ status, code });
  expect(answer.headers.get("WWW-Authenticate")).toBe(challenge);
  expect(answer.log.database).toBeUndefined();
}

describe("access", () => {
  it("is what the document says", () => {
    const described = [...operations].map(([operation, { security }]): [string, string] => {
      const roles = security.flatMap(({ bearer }) => (bearer.length === 0 ? ["user"] : bearer));
      return [operation, roles.join() || "anyone"];
    });
    expect(Object.fromEntries(described)).toEqual(access);
  });

  it("leaves nothing open that is for every method", async () => {
    const app = createApp({ ...runtimePorts, log: () => undefined });
    app.all("/every", (c) => c.text("served"));
    expect((await app.request("/every", {}, bindings())).status).toBe(404);
  });
});

const bindings = () => ({
  ENVIRONMENT: "development",
  DATABASE_URL: database.url,
  TOKEN_SECRETS: testSecret,
});

describe("createApp", () => {
  it("does not begin with a route that declares nothing", () => {
    const app = new Hono<AppEnv>().get("/plain", (c) => c.text("served"));
    expect(() => declaredRoutes(app.routes)).toThrow("GET /plain has no declaration");
  });

  it("serves no route that came later and declares nothing", async () => {
    const app = createApp({ ...runtimePorts, log: () => undefined });
    app.get("/later", (c) => c.text("served"));
    const response = await app.request("/later", {}, bindings());
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("served");
  });
});

describe("the database session", () => {
  it("answers 500 on a route with a caller that is registered before the session", async () => {
    const { accessToken } = await openFresh("user");
    const early = new Hono<AppEnv>()
      .onError(problemResponse)
      .use(accessMiddleware(runtimePorts))
      .get("/early", route({ access: "user", answers: {} }), (c) => c.text("secret"));
    const headers = { Authorization: `Bearer ${accessToken}` };
    const response = await early.request("/early", { headers }, bindings());
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("secret");
  });
});

describe("an optional caller", () => {
  const app = createApp({ ...runtimePorts, log: () => undefined });
  app.get("/greeting", route({ access: "optional", answers: {} }), (c) =>
    c.json({ caller: c.var.caller?.userId ?? null }),
  );
  const greet = async (headers: Record<string, string>) => {
    const response = await app.request("/greeting", { headers }, bindings());
    return { status: response.status, body: await response.json() };
  };

  it("is undefined without a token, and the account of a good one", async () => {
    const account = await openFresh("user");
    expect(await greet({})).toEqual({ status: 200, body: { caller: null } });
    const headers = { Authorization: `Bearer ${account.accessToken}` };
    expect(await greet(headers)).toEqual({ status: 200, body: { caller: account.id } });
  });

  it("is refused with a token that is not valid, and after the account was disabled", async () => {
    const account = await openFresh("user");
    const refused = { status: 401, body: { code: "TOKEN_INVALID" } };
    expect(await greet({ Authorization: "Bearer x" })).toMatchObject(refused);
    await query(database, { sql: "UPDATE users SET disabled_at = 1 WHERE id = ?", args: [account.id] });
    expect(await greet({ Authorization: `Bearer ${account.accessToken}` })).toMatchObject(refused);
  });
});

describe("an older token", () => {
  const losses = [
    ["was disabled", "UPDATE users SET disabled_at = 1 WHERE id = ?", ["user", "admin"]],
    ["was deleted", "DELETE FROM users WHERE id = ?", ["user", "admin"]],
    ["lost the role", "UPDATE users SET role = 'user' WHERE id = ?", ["admin"]],
  ] as const;
  // Of the routes themselves, so that a new one is asked for without a word here.
  const cases = Object.entries(access).flatMap(([operation, least]) =>
    losses
      .filter(([, , served]) => served.some((role) => role === least))
      .flatMap(([how, sql]) => [true, false].map((withBody) => ({ operation, least, how, sql, withBody }))),
  );
  const rowsOf = (table: string, columns: string) =>
    `(SELECT json_group_array(json_array(${columns})) FROM (SELECT * FROM ${table} ORDER BY 1))`;
  const everything = async (): Promise<unknown> =>
    query(
      database,
      `SELECT ${rowsOf("users", "id, email, password, role, disabled_at")} AS users,
        ${rowsOf("auth_sessions", "id, user_id, family_hash, token_hash, expires_at")} AS logins,
        ${rowsOf("login_throttles", "subject_hash, attempts, resets_at")} AS throttles`,
    );

  it.each(cases)(
    "is refused to $operation after the account $how (with its body: $withBody)",
    async ({ operation, least, sql, withBody }) => {
      const former = await openFresh("admin");
      await query(database, { sql, args: [former.id] });
      const before = await everything();
      const header = async () => `Bearer ${former.accessToken}`;
      const answer = await call(operation, header, former, withBody ? bodies[operation]?.(former) : null);
      const [status, code] = least === "admin" ? [403, "ROLE_REQUIRED"] : [401, "TOKEN_INVALID"];
      expect(answer).toMatchObject({ status, json: { code }, log: { database: { roundTrips: 1 } } });
      expect(await everything()).toEqual(before);
    },
  );
});

describe.each([...operations.keys()])("%s", (operation) => {
  const least = access[operation] ?? "admin";
  // A request that only reads may come from an account that others use too.
  const open = (role: Role): Promise<Account> =>
    operation.startsWith("GET ") ? Promise.resolve(role === "admin" ? admin : user) : openFresh(role);

  it("is for nobody without a token, unless it is for anyone", async () => {
    const answer = await call(operation, async () => undefined, await open("user"));
    if (least === "anyone") expectAdmitted(operation, answer);
    else expectRefused(answer, 401, "TOKEN_MISSING", "Bearer");
  });

  it.each(["user", "admin"] as const)("asks for enough of a role: %s", async (role) => {
    const answer = await call(
      operation,
      async ({ accessToken }) => `Bearer ${accessToken}`,
      await open(role),
    );
    if (role === "admin" || least !== "admin") expectAdmitted(operation, answer);
    else expectRefused(answer, 403, "ROLE_REQUIRED", 'Bearer error="insufficient_scope"');
  });

  it.each(friends)("is open to %s", async (_, header) => {
    expectAdmitted(operation, await call(operation, header, await open("admin")));
  });

  it.each(strangers)("takes %s for no token", async (_, header) => {
    // Who is refused changes nothing, so that all of them may come with the tokens of one.
    const isOpen = least === "anyone";
    const answer = await call(operation, header, isOpen && operation in bodies ? await open("user") : admin);
    if (isOpen) expectAdmitted(operation, answer);
    else expectRefused(answer, 401, "TOKEN_INVALID", 'Bearer error="invalid_token"');
  });
});
