// Many requests at once that need a password hash, in the runtime itself: what was stored is never called failed, and
// other requests get in between.
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { defaultPasswordCost, writePasswordCost } from "../../../src/auth/password-cost.ts";
import { createClient } from "@libsql/client/http";
import { startTestServer } from "../../support/server.ts";
import { count, isLong } from "../../support/tier.ts";
import { startWorkerd, type RunningWorkerd } from "../../support/workerd.ts";

/** About a quarter of the default cost in the quick tests. */
const cost = isLong() ? defaultPasswordCost : { ln: 14, r: 8, p: 1 };
const burst = count({ quick: 24, long: 30 });
const password = "correct horse battery";

interface Answer {
  readonly status: number;
  readonly code: string | undefined;
  readonly retryAfter: string | null;
  readonly json: Record<string, unknown>;
}

let server: Awaited<ReturnType<typeof startTestServer>>;
let worker: RunningWorkerd;

beforeAll(async () => {
  server = await startTestServer({ migrated: true });
  worker = await startWorkerd({
    entry: new URL("../../../src/worker/index.ts", import.meta.url).pathname,
    hasRateLimit: true,
    variables: {
      ENVIRONMENT: "development",
      DATABASE_URL: server.url,
      TOKEN_SECRETS: "q4jcW0Zl8mVb2uQyT7hN5sXeR1kD9pGfA3iLoC6wYtE",
      PASSWORD_SCRYPT: writePasswordCost(cost),
    },
  });
});

afterAll(async () => {
  await worker?.stop();
  await server?.stop();
});

async function send(method: string, path: string, body?: unknown, token?: string): Promise<Answer> {
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (token !== undefined) headers["Authorization"] = `Bearer ${token}`;
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(worker.origin + path, { method, headers, ...init });
  const text = await response.text();
  const json = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  const code = typeof json["code"] === "string" ? json["code"] : undefined;
  return { status: response.status, code, retryAfter: response.headers.get("Retry-After"), json };
}

async function signUpAndLogIn(email: string): Promise<string> {
  await send("POST", "/users", { email, password });
  return String((await send("POST", "/auth/login", { email, password })).json["accessToken"]);
}

async function storedEmails(like: string): Promise<string[]> {
  const client = createClient({ url: server.url });
  const { rows } = await client.execute({ sql: "SELECT email FROM users WHERE email LIKE ?", args: [like] });
  return rows.map((row) => String(row["email"])).toSorted();
}

/** Sends all at once, and others one after the other meanwhile; tells the order in which they were answered. */
async function runBurst(
  jobs: readonly (() => Promise<Answer>)[],
  others: readonly (() => Promise<Answer>)[],
) {
  let hashed = 0;
  const burstAnswers = jobs.map(async (job) => {
    const answer = await job();
    if (answer.code !== "SERVER_BUSY") hashed += 1;
    return answer;
  });
  const otherAnswers: Answer[] = [];
  const hashesPassed: number[] = [];
  for (const other of others) {
    const before = hashed;
    otherAnswers.push(await other());
    hashesPassed.push(hashed - before);
  }
  return { answers: await Promise.all(burstAnswers), otherAnswers, hashesPassed };
}

/** Each was answered as hashed, or refused before a hash. */
function expectHashedOrBusy(answers: readonly Answer[], hashed: number): void {
  for (const { status, code, retryAfter } of answers) {
    if (status === hashed) continue;
    expect({ status, code }).toEqual({ status: 503, code: "SERVER_BUSY" });
    expect(retryAfter).toMatch(/^[1-9]\d*$/);
  }
  expect(answers.some(({ status }) => status === hashed)).toBe(true);
}

describe("a burst of requests that need a password hash", () => {
  it("stores every sign-up that it answers with 201, and no other; other requests wait for one hash", async () => {
    const tokens = await Promise.all(["one@other.test", "two@other.test"].map(signUpAndLogIn));
    const emails = Array.from({ length: burst }, (_, at) => `u${String(at).padStart(2, "0")}@burst.test`);
    const { answers, otherAnswers, hashesPassed } = await runBurst(
      emails.map((email) => () => send("POST", "/users", { email, password })),
      Array.from(
        { length: 10 },
        (_, at) => () =>
          at % 2 === 0
            ? send("GET", "/users/me", undefined, tokens[0])
            : send("PATCH", "/users/me", { email: `changed${at}@other.test` }, tokens[1]),
      ),
    );
    expectHashedOrBusy(answers, 201);
    const created = answers.flatMap(({ status, json }) => (status === 201 ? [String(json["email"])] : []));
    expect(await storedEmails("%@burst.test")).toEqual(created.toSorted());
    expect(otherAnswers.map(({ status }) => status)).toEqual(otherAnswers.map(() => 200));
    // The hash that runs when it arrives; and the answer to the one before it may be on its way.
    expect(Math.max(...hashesPassed)).toBeLessThanOrEqual(2);
  });

  it("answers every login whose turn comes in time", async () => {
    const emails = await storedEmails("%@burst.test");
    const { answers } = await runBurst(
      emails.map((email) => () => send("POST", "/auth/login", { email, password })),
      [],
    );
    expectHashedOrBusy(answers, 200);
  });

  it("changes every password whose turn comes in time, and no other", async () => {
    const emails = (await storedEmails("%@burst.test")).slice(0, 6);
    const tokens: string[] = [];
    for (const email of emails) {
      const { json } = await send("POST", "/auth/login", { email, password });
      tokens.push(String(json["accessToken"]));
    }
    const change = { oldPassword: password, newPassword: "battery horse correct" };
    const { answers } = await runBurst(
      tokens.map((token) => () => send("POST", "/users/me/password", change, token)),
      [],
    );
    expectHashedOrBusy(answers, 204);
  });
});
