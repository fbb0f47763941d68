// Every route times every caller: who is let in, and who is not. The routes are those of the OpenAPI document.
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import type { Role } from "../../../src/users/roles.ts";
import { access, isEndpoint } from "../../../src/worker/access.ts";
import type { Access } from "../../../src/worker/access.ts";
import { createApp } from "../../../src/worker/app.ts";
import { runtimePorts } from "../../../src/worker/ports.ts";
import { createDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { openAccount, password } from "./accounts.ts";
import type { Account } from "./accounts.ts";
import { friends, olderSecret, strangers } from "./bearers.ts";
import { createService, testSecret } from "./service.ts";
import type { Answer, Service } from "./service.ts";

/** Who may call what, once more and by hand: who changes the table of access.ts has to mean it. */
const expected: Readonly<Record<string, Access>> = {
  "GET /health": "anyone",
  "GET /ready": "anyone",
  "POST /users": "anyone",
  "POST /auth/login": "anyone",
  "POST /auth/refresh": "anyone",
  "POST /auth/logout": "anyone",
  "GET /users/me": "user",
  "PATCH /users/me": "user",
  "DELETE /users/me": "user",
  "POST /users/me/password": "user",
  "GET /users": "admin",
  "GET /users/:id": "admin",
  "PATCH /users/:id": "admin",
  "DELETE /users/:id": "admin",
};

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

/** The operations of the document by method and pattern, as the table of access.ts has them. */
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

beforeAll(async () => {
  database = await createDatabase({ migrated: true });
  const TOKEN_SECRETS = `${testSecret},${olderSecret}`;
  service = createService({ DATABASE_URL: database.url, TOKEN_SECRETS, PASSWORD_SCRYPT: "ln=4,r=8,p=1" });
  admin = await open("admin");
});

afterAll(() => database.stop());

function fresh(): string {
  return `${crypto.randomUUID()}@example.org`;
}

/** Calls with what the route wants, as an account that the call may change or delete where it is let in. */
async function call(
  operation: string,
  authorization: (account: Account) => Promise<string | undefined>,
  account: Account,
): Promise<Answer> {
  const [method = "", pattern = ""] = operation.split(" ");
  const header = await authorization(account);
  const body = bodies[operation]?.(account);
  return service.request(pattern.replace(":id", String(account.id)), {
    method,
    headers: {
      ...(header === undefined ? {} : { Authorization: header }),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const open = (role: Role): Promise<Account> => openAccount(service, database, fresh(), role);

function expectAdmitted(operation: string, { status }: Answer): void {
  const { responses = {}, requestBody } = operations.get(operation) ?? {};
  if (requestBody === undefined || operation in bodies) {
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
  it("is what the document says, what is served, and what is meant", () => {
    const served = createApp()
      .routes.filter(isEndpoint)
      .map(({ method, path }) => `${method} ${path}`);
    const described = [...operations].map(([operation, { security }]): [string, string] => {
      const roles = security.flatMap(({ bearer }) => (bearer.length === 0 ? ["user"] : bearer));
      return [operation, roles.join() || "anyone"];
    });
    expect(access).toEqual(expected);
    expect(Object.fromEntries(described)).toEqual(expected);
    expect([...new Set(served)].toSorted()).toEqual(Object.keys(expected).toSorted());
  });

  it("leaves nothing open that is for every method", async () => {
    const app = createApp({ ...runtimePorts, log: () => undefined });
    app.all("/every", (c) => c.text("served"));
    const bindings = { ENVIRONMENT: "development", TOKEN_SECRETS: testSecret, DATABASE_URL: database.url };
    expect((await app.request("/every", {}, bindings)).status).toBe(404);
  });
});

describe("createApp", () => {
  it.each(Object.keys(expected))("does not begin where the table says nothing of %s", (route) => {
    const table = access as Record<string, Access>;
    const before = access[route] ?? "anyone";
    onTestFinished(() => void (table[route] = before));
    Reflect.deleteProperty(table, route);
    expect(() => createApp()).toThrow(`${route} is not in the table of src/worker/access.ts`);
  });

  it("serves no route that came later and is not in the table", async () => {
    const app = createApp({
      now: () => 0,
      unixTime: () => 0,
      newId: () => "request-0",
      randomBytes: (length) => new Uint8Array(length),
      log: () => undefined,
    });
    app.get("/later", (c) => c.text("served"));
    const bindings = { ENVIRONMENT: "development", DATABASE_URL: database.url, TOKEN_SECRETS: testSecret };
    const response = await app.request("/later", {}, bindings);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("served");
  });
});

describe.each([...operations.keys()])("%s", (operation) => {
  const least = expected[operation] ?? "admin";

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
