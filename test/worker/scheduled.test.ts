// What the Worker does by the clock, over a database of its own.
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import worker from "../../src/worker/index.ts";
import { pruneOnSchedule } from "../../src/worker/scheduled.ts";
import { createDatabase } from "../support/database.ts";
import type { TestDatabase } from "../support/database.ts";
import { query } from "./routes/accounts.ts";
import { openLimit, testSecret } from "./routes/service.ts";

const now = 1_800_000_000;
let database: TestDatabase;

beforeEach(async () => {
  database = await createDatabase({ migrated: true });
  await query(database, "INSERT INTO users (id, email, password) VALUES (1, 'ada@example.org', 'no hash')");
});

afterEach(() => database.stop());

const bindingsFor = (url: string, variables: Readonly<Record<string, unknown>> = {}) => ({
  ENVIRONMENT: "production",
  DATABASE_URL: url,
  TOKEN_SECRETS: testSecret,
  SIGN_IN_LIMIT: openLimit,
  ...variables,
});

/** Prunes at `now`, and gives the lines of the log. */
async function prune(
  url = database.url,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<string[]> {
  const lines: string[] = [];
  const ports = { unixTime: () => now, newId: () => "run-0", log: (line: string) => void lines.push(line) };
  await pruneOnSchedule(bindingsFor(url, variables), ports);
  return lines;
}

/** Stores that many logins and throttles, which are over at this time; their names begin with `name`. */
async function store(name: string, over: number, logins: number, throttles = logins): Promise<void> {
  const numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)";
  const columns = "(user_id, family_hash, token_hash, expires_at)";
  await query(database, {
    sql: `INSERT INTO auth_sessions ${columns} ${numbers} SELECT 1, ? || i, 'secret-hash', ? FROM n LIMIT ?`,
    args: [logins, name, over, logins],
  });
  await query(database, {
    sql: `INSERT INTO login_throttles ${numbers} SELECT ? || i, 3, ? FROM n LIMIT ?`,
    args: [throttles, name, over, throttles],
  });
}

async function left(): Promise<{ logins: unknown[]; throttles: unknown[] }> {
  const logins = await query(database, "SELECT family_hash AS name FROM auth_sessions ORDER BY id");
  const throttles = await query(database, "SELECT subject_hash AS name FROM login_throttles ORDER BY rowid");
  const names = (rows: Record<string, unknown>[]): unknown[] => rows.map((row) => row["name"]);
  return { logins: names(logins), throttles: names(throttles) };
}

describe("pruneOnSchedule", () => {
  it("removes the logins and throttles that are over, and nothing else", async () => {
    await store("over", now - 1, 2, 3);
    await store("just", now, 1);
    await store("live", now + 1, 2, 1);
    const [line = "", ...more] = await prune();
    expect(await left()).toEqual({ logins: ["live1", "live2"], throttles: ["live1"] });
    expect(await query(database, "SELECT id, email FROM users")).toEqual([
      { id: 1, email: "ada@example.org" },
    ]);
    expect(more).toEqual([]);
    expect(JSON.parse(line)).toEqual({
      requestId: "run-0",
      scheduled: "prune",
      removed: { logins: 3, throttles: 4 },
    });
  });

  it("says so in one line where there is nothing to remove, and asks once", async () => {
    const proxy = await database.proxy();
    expect((await prune(proxy.url)).map((line) => JSON.parse(line) as unknown)).toEqual([
      { requestId: "run-0", scheduled: "prune", removed: { logins: 0, throttles: 0 } },
    ]);
    expect((await proxy.record()).requests).toHaveLength(1);
  });

  it("goes on in rounds of 1,000 until all are gone", async () => {
    await store("over", now - 1, 2_500, 1_200);
    await store("live", now + 1, 1);
    const proxy = await database.proxy();
    const [line = ""] = await prune(proxy.url);
    expect(JSON.parse(line)).toMatchObject({ removed: { logins: 2_500, throttles: 1_200 } });
    expect(await left()).toEqual({ logins: ["live1"], throttles: ["live1"] });
    expect((await proxy.record()).requests).toHaveLength(3);
  });

  it("goes on where one table alone has more than a round", async () => {
    await store("over", now - 1, 1, 1_001);
    await prune();
    expect(await left()).toEqual({ logins: [], throttles: [] });
  });

  it("leaves the rest to the next run after 50 rounds", async () => {
    await store("over", now - 1, 50_007, 1);
    const [first = ""] = await prune();
    expect(JSON.parse(first)).toMatchObject({ removed: { logins: 50_000, throttles: 1 } });
    expect((await left()).logins).toHaveLength(7);
    const [second = ""] = await prune();
    expect(JSON.parse(second)).toMatchObject({ removed: { logins: 7 } });
  });

  it("works in a session: it has deadlines, errors of its own, and leaves nothing open", async () => {
    await store("over", now - 1, 5);
    await prune();
    expect((await database.stats()).openStreams).toBe(0);
    const silent = await database.proxy([{ fault: { kind: "silence" } }]);
    const began = performance.now();
    const failure = prune(silent.url, { DATABASE_STATEMENT_TIMEOUT_MS: "300" });
    await expect(failure).rejects.toMatchObject({ name: "CommitUnknownError", code: "COMMIT_UNKNOWN" });
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it("does nothing where the database is not configured, and does not say how", async () => {
    await store("over", now - 1, 1);
    const failure = prune(database.url, { DATABASE_URL: undefined });
    await expect(failure).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    expect((await left()).logins).toHaveLength(1);
  });
});

describe("the Worker", () => {
  it("prunes when the runtime asks, and logs one line without what it removed", async () => {
    await store("secret-family", 1, 2);
    const spy = vi.spyOn(console, "log").mockImplementation(() => {});
    try {
      const context = createExecutionContext();
      expect(Object.keys(worker).toSorted()).toEqual(["fetch", "scheduled"]);
      await worker.scheduled(createScheduledController(), bindingsFor(database.url));
      await waitOnExecutionContext(context);
      const lines = spy.mock.calls.map(([line]) => String(line)).filter((line) => line.includes("prune"));
      expect(lines).toHaveLength(1);
      expect(JSON.parse(lines[0] ?? "")).toEqual({
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        scheduled: "prune",
        removed: { logins: 2, throttles: 2 },
      });
      expect(lines[0]).not.toContain("secret");
      expect(await left()).toEqual({ logins: [], throttles: [] });
    } finally {
      spy.mockRestore();
    }
  });
});
