// The check of the caller on routes that come later: whatever a handler does, one whose account is disabled, deleted or
// demoted is served nothing and writes nothing; and who may call pays no round trip for it.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { sql } from "drizzle-orm";
import type { Context, MiddlewareHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import { stream } from "hono/streaming";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Database, Transaction } from "../../../src/database/drizzle.ts";
import { createApp } from "../../../src/worker/app.ts";
import type { AppEnv } from "../../../src/worker/env.ts";
import type { RequestLogLine } from "../../../src/worker/middleware/request-log.ts";
import { runtimePorts } from "../../../src/worker/ports.ts";
import { route } from "../../../src/worker/route.ts";
import { createDatabase } from "../../support/database.ts";
import type { TestDatabase, TestProxy } from "../../support/database.ts";
import { openAccount, query } from "./accounts.ts";
import type { Account } from "./accounts.ts";
import { createService, testSecret } from "./service.ts";
import type { Service } from "./service.ts";

type Handler = (c: Context<AppEnv>) => Promise<Response>;

const read = (db: Database | Transaction) => db.get<{ one: number }>(sql`SELECT 1 AS one`);
const write = (db: Database | Transaction) => db.run(sql`INSERT INTO probes VALUES ('written')`);
const refuse = () => {
  throw new HTTPException(418, { message: "secret" });
};

/** What handlers do, and what a caller who may call pays for it, in round trips. */
const probes: Readonly<Record<string, readonly [handler: Handler, status: number, roundTrips: number]>> = {
  "a read": [async (c) => c.json([await read(c.var.db), "secret"]), 200, 1],
  "a read through the tables": [
    async (c) => c.json([await c.var.db.query.users.findMany(), "secret"]),
    200,
    1,
  ],
  "a write": [async (c) => c.json([await write(c.var.db).then(() => 1), "secret"]), 200, 1],
  "a read, then a write": [
    async (c) => (await read(c.var.db), await write(c.var.db), c.text("secret")),
    200,
    2,
  ],
  "a batch of reads": [
    async (c) => c.json([await c.var.db.batch([c.var.db.all(sql`SELECT 1`)]), "secret"]),
    200,
    1,
  ],
  "a batch of writes": [
    async (c) => (await c.var.db.batch([write(c.var.db), write(c.var.db)]), c.text("secret")),
    200,
    1,
  ],
  "a transaction": [
    async (c) => (
      await c.var.db.transaction(async (tx) => (await write(tx), await write(tx))),
      c.text("secret")
    ),
    200,
    3,
  ],
  "a transaction that reads": [
    async (c) => (await c.var.db.transaction(read, { mode: "read" }), c.text("secret")),
    200,
    2,
  ],
  "a nested transaction first": [
    async (c) => (
      await c.var.db.transaction((tx) => tx.transaction((inner) => write(inner))),
      c.text("secret")
    ),
    200,
    4,
  ],
  "a transaction whose failures are swallowed": [
    async (c) => {
      const swallow = async (tx: Transaction) => void (await write(tx).catch(() => undefined));
      await c.var.db
        .transaction(async (tx) => (await tx.transaction(swallow).catch(() => undefined), await swallow(tx)))
        .catch(() => undefined);
      return c.text("secret");
    },
    200,
    5,
  ],
  "two first statements at once": [
    async (c) => (await Promise.all([write(c.var.db), read(c.var.db)]), c.text("secret")),
    200,
    2,
  ],
  "two at once, whose failures are swallowed": [
    async (c) => (await Promise.allSettled([write(c.var.db), write(c.var.db)]), c.text("secret")),
    200,
    2,
  ],
  "a failure that is swallowed": [
    async (c) => (
      await write(c.var.db).catch(() => undefined),
      await write(c.var.db).catch(() => undefined),
      c.text("secret")
    ),
    200,
    2,
  ],
  "a first statement that is not awaited": [
    async (c) => (void write(c.var.db).catch(() => undefined), c.text("secret")),
    200,
    2,
  ],
  "no statement": [async (c) => c.text("secret", 200, { "X-Secret": "secret" }), 200, 1],
  "no statement, and headers that were set earlier": [
    async (c) => (c.header("X-Secret", "secret"), c.header("Set-Cookie", "a=secret"), c.json("secret")),
    200,
    1,
  ],
  "a response of its own": [
    async () => new Response("secret", { status: 201, headers: { Location: "/secret", ETag: "secret" } }),
    201,
    1,
  ],
  "a redirect": [async (c) => c.redirect("/secret"), 302, 1],
  "an error before the first statement": [async () => refuse(), 418, 1],
  "a fault before the first statement": [() => Promise.reject(new TypeError("secret")), 500, 1],
  "a thrown value that is no Error": [() => Promise.reject("secret"), 500, 1],
  "nothing found": [async (c) => await c.notFound(), 405, 1],
  "an error after a swallowed failure": [
    async (c) => (await write(c.var.db).catch(() => undefined), refuse()),
    418,
    1,
  ],
  "a check of its own, then something elsewhere": [
    async (c) => (await c.var.session.checkCaller(), c.text("secret")),
    200,
    1,
  ],
  "a stream that reads": [
    async (c) =>
      stream(
        c,
        async (body) => void (await body.write(JSON.stringify([await read(c.var.db), "secret"]))),
        async () => undefined,
      ),
    200,
    2,
  ],
  "a stream that does not read": [
    async (c) => stream(c, async (body) => void (await body.write("secret"))),
    200,
    1,
  ],
  "a stream after a read": [
    async (c) => (await read(c.var.db), stream(c, async (body) => void (await body.write("secret")))),
    200,
    2,
  ],
  "a stream of its own": [
    async (c) =>
      new Response(
        new ReadableStream({
          async pull(controller) {
            await read(c.var.db);
            controller.enqueue(new TextEncoder().encode("secret"));
            controller.close();
          },
        }),
      ),
    200,
    2,
  ],
};

const losses = [
  ["was disabled", "UPDATE users SET disabled_at = 1 WHERE id = ?", "user"],
  ["was deleted", "DELETE FROM users WHERE id = ?", "user"],
  ["was disabled", "UPDATE users SET disabled_at = 1 WHERE id = ?", "admin"],
  ["was deleted", "DELETE FROM users WHERE id = ?", "admin"],
  ["lost the role", "UPDATE users SET role = 'user' WHERE id = ?", "admin"],
  ["lost the role, and any other", "UPDATE users SET role = NULL WHERE id = ?", "admin"],
] as const;
const refusals = {
  user: { status: 401, code: "TOKEN_INVALID" },
  admin: { status: 403, code: "ROLE_REQUIRED" },
};

let database: TestDatabase;
let proxy: TestProxy;
let service: Service;
let lines: string[] = [];
const app = createApp({ ...runtimePorts, log: (line) => void lines.push(line) });
/** A route as its handlers here see it. */
const declared = (...given: Parameters<typeof route>) =>
  route(...given) as unknown as MiddlewareHandler<AppEnv>;
for (const role of ["user", "admin"] as const) {
  for (const [index, [name, [handler]]] of Object.entries(probes).entries()) {
    const session = name.startsWith("a stream") ? { stream: true } : {};
    app.post(`/${role}-probes/${index}`, declared({ access: role, answers: {}, session }), handler);
  }
}

beforeAll(async () => {
  database = await createDatabase({ migrated: true });
  proxy = await database.proxy();
  service = createService({ DATABASE_URL: database.url });
  await query(database, "CREATE TABLE probes (name text NOT NULL)");
});
afterAll(() => database.stop());
beforeEach(async () => {
  lines = [];
  await query(database, "DELETE FROM probes");
  await proxy.clearFaults();
  await proxy.clearRecord();
});

const open = (): Promise<Account> =>
  openAccount(service, database, `${crypto.randomUUID()}@example.org`, "admin");
const pathOf = (name: string, role: "user" | "admin") =>
  `/${role}-probes/${Object.keys(probes).indexOf(name)}`;

async function send(path: string, { accessToken }: Account, method = "POST", variables: object = {}) {
  const bindings = {
    ENVIRONMENT: "development",
    DATABASE_URL: proxy.url,
    PASSWORD_SCRYPT: "ln=4,r=8,p=1",
    TOKEN_SECRETS: testSecret,
    ...variables,
  };
  const context = createExecutionContext();
  const headers = { Authorization: `Bearer ${accessToken}`, Origin: "https://app.example.org" };
  const response = await app.request(path, { method, headers }, bindings, context);
  const text = await response.text();
  await waitOnExecutionContext(context);
  return { response, status: response.status, text, log: JSON.parse(lines.at(-1) ?? "{}") as RequestLogLine };
}

describe.each(Object.entries(probes))("a route with %s", (name, [, status, roundTrips]) => {
  it("serves who may call it, and pays nothing for asking", async () => {
    const answer = await send(pathOf(name, "admin"), await open());
    expect(answer.status).toBe(status);
    if (status < 300) expect(answer.text).toContain("secret");
    expect(answer.log.database).toMatchObject({ roundTrips, close: "clean" });
  });

  it.each(losses)("serves nothing and writes nothing after the account %s", async (_how, sqlText, role) => {
    const former = await open();
    await query(database, { sql: sqlText, args: [former.id] });
    const answer = await send(pathOf(name, role), former);
    const problem = JSON.parse(answer.text) as Record<string, unknown>;
    expect({ status: answer.status, code: problem["code"] }).toEqual(refusals[role]);
    expect(JSON.stringify([...answer.response.headers])).not.toContain("secret");
    expect(answer.text).not.toContain("secret");
    expect(answer.response.headers.get("X-Request-Id")).toBe(problem["requestId"]);
    expect(answer.response.headers.get("WWW-Authenticate")).toContain("Bearer error=");
    expect(answer.log).toMatchObject({ status: answer.status, error: { name: "AuthError" } });
    expect(await query(database, "SELECT * FROM probes")).toEqual([]);
  });
});

describe("the check of a caller", () => {
  const noStatement = pathOf("no statement", "user");

  it("serves nothing where it cannot be made, and says that it may be asked again", async () => {
    const caller = await open();
    await proxy.setFaults([{ fault: { kind: "status", status: 502 } }]);
    const answer = await send(noStatement, caller);
    expect(answer.status).toBe(503);
    expect(answer.response.headers.get("Retry-After")).toBe("1");
    expect(answer.text).not.toContain("secret");
  });

  it("leaves a failure as it is where the database does not answer", async () => {
    const caller = await open();
    await proxy.setFaults([{ fault: { kind: "status", status: 502 } }]);
    expect((await send(pathOf("an error before the first statement", "user"), caller)).status).toBe(418);
    await proxy.clearRecord();
    expect((await send(pathOf("a write", "user"), caller)).status).toBe(503);
    expect((await proxy.record()).requests).toHaveLength(1);
  });

  it("keeps what browsers need on the answer that takes the place of another", async () => {
    const former = await open();
    await query(database, { sql: "DELETE FROM users WHERE id = ?", args: [former.id] });
    const origin = "https://app.example.org";
    const { status, response } = await send(noStatement, former, "POST", { CORS_ORIGINS: origin });
    expect(status).toBe(401);
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe(origin);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
  });
});
