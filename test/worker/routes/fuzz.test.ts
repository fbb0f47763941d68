// Whatever is sent to whatever route, in whoever's name: no failure of the service's own, nothing of its inside, and
// always an answer in the form that callers were told.
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signAccessToken } from "../../../src/worker/access-token.ts";
import { parseTokenKeys } from "../../../src/auth/token-keys.ts";
import { createApp } from "../../../src/worker/app.ts";
import { declaredRoutes } from "../../../src/worker/route.ts";
import { createDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { count, seed } from "../../support/tier.ts";
import { query } from "./accounts.ts";
import { bodies, credentials, headersOf, methods, paths } from "./fuzz-requests.ts";
import type { Sent } from "./fuzz-requests.ts";
import { createService, testSecret } from "./service.ts";
import type { Answer, Service } from "./service.ts";

let database: TestDatabase;
let service: Service;
let tokens: readonly string[];

beforeAll(async () => {
  database = await createDatabase({ migrated: true });
  // Enough of them that some are left, however many delete themselves.
  await query(database, {
    sql: `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
      INSERT INTO users (email, password, role) SELECT i || '@example.org', 'none', iif(i % 2, 'user', 'admin') FROM n`,
    args: [2_000],
  });
  const context = {
    keys: parseTokenKeys({ TOKEN_SECRETS: testSecret }),
    issuer: "urn:eaves:development",
    now: Math.floor(Date.now() / 1000),
  };
  tokens = Array.from({ length: 200 }, (_, index) => {
    const role = index % 2 === 0 ? "admin" : "user";
    return signAccessToken({ userId: 1_800 + index, sessionId: 1, role }, context, crypto.randomUUID());
  });
});

afterAll(() => database.stop());

async function send({ method, path, headers, body, credential }: Sent): Promise<Answer> {
  const sent = new Headers(headers);
  const token = credential.kind === "good" ? (tokens[credential.index % tokens.length] ?? "") : "";
  if (credential.kind === "good") sent.set("Authorization", `Bearer ${token}`);
  if (credential.kind === "bad") sent.set("Authorization", credential.text);
  const bodiless = method === "GET" || method === "HEAD" || body === undefined;
  return service.request(path, { method, headers: sent, ...(bodiless ? {} : { body }) });
}

/** What nobody outside may see: SQL, its errors, places in the program, hashes. */
const inside =
  /\b(?:select|update|insert into|delete from) ["'`]|SQLITE|sqlite3?_|libsql|drizzle|\n\s*at |\.[jt]s:\d|\$scrypt\$|Error:/i;

/** The statuses of refusals which no other credentials would undo; 403 is among them for a wrong old password. */
const others = [400, 403, 404, 405, 409, 413, 415, 422, 429];

function expectForm(answer: Answer, sent: Sent): void {
  const { status, headers, text, json } = answer;
  const requestId = headers.get("X-Request-Id");
  expect(status).toBeGreaterThanOrEqual(200);
  expect(status).toBeLessThan(500);
  expect(requestId).toMatch(/^[\w-]{8,64}$/);
  expect(headers.get("Cache-Control")).toBe("no-store");
  expect(`${text} ${JSON.stringify([...headers])}`).not.toMatch(inside);
  expect(answer.log).toMatchObject({ status, requestId });
  if (status < 400) return;
  expect(headers.get("Content-Type")).toBe("application/problem+json");
  expect(headers.has("WWW-Authenticate") ? [401, 403] : others).toContain(status);
  if (sent.method === "HEAD") return;
  expect(json).toMatchObject({
    type: expect.stringMatching(/^urn:eaves:problem:[a-z-]+$/),
    title: expect.any(String),
    status,
    code: expect.stringMatching(/^[A-Z_]+$/),
    requestId,
  });
}

describe("createApp", () => {
  const seen = new Set<number>();

  it.each(declaredRoutes(createApp().routes).map(({ method, path }) => `${method} ${path}`))(
    "answers whatever is sent to %s in the form it promises",
    async (route) => {
      const [own = "", pattern = ""] = route.split(" ");
      // One for each route: its log is searched for every request.
      service = createService({
        DATABASE_URL: database.url,
        PASSWORD_SCRYPT: "ln=1,r=8,p=1",
        CORS_ORIGINS: "https://app.example",
        SERVER_TIMING: "on",
      });
      const request: fc.Arbitrary<Sent> = fc.record({
        method: fc.oneof({ weight: 4, arbitrary: fc.constant(own) }, methods),
        path: paths(pattern),
        headers: headersOf,
        body: bodies,
        credential: credentials,
      });
      await fc.assert(
        fc.asyncProperty(request, async (sent) => {
          const answer = await send(sent);
          seen.add(answer.status);
          expectForm(answer, sent);
        }),
        { seed: seed(), numRuns: count({ quick: 200, long: 2_000 }) },
      );
    },
    600_000,
  );

  it("has by then refused in every way, and taken some", () => {
    expect([...seen].toSorted()).toEqual(
      expect.arrayContaining([200, 201, 204, 400, 401, 403, 404, 405, 409, 413, 415, 422]),
    );
  });
});
