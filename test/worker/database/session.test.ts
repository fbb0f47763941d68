// The life of a session without any web framework: opening, deadlines, retries, closing (S2, S5, S10, S20-S22).
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { Database } from "../../../src/database/drizzle.ts";
import { createEngine, webPorts, withSession } from "../../../src/database/engine.ts";
import type { EnginePorts } from "../../../src/database/session-core.ts";
import type { Session } from "../../../src/database/session.ts";
import { users } from "../../../src/schema/index.ts";
import { createDatabase, type TestDatabase, type TestProxy } from "../../support/database.ts";
import { configOf, countingPorts, createTables, readNames } from "../../support/sessions.ts";

let database: TestDatabase;
let proxy: TestProxy;

beforeAll(async () => {
  database = await createDatabase();
  await createTables(database.url);
  proxy = await database.proxy();
});
afterAll(() => database.stop());
beforeEach(async () => {
  await proxy.accept();
  await proxy.clearFaults();
  await proxy.clearRecord();
});

const quick = { DATABASE_STATEMENT_TIMEOUT_MS: "300", DATABASE_CLOSE_TIMEOUT_MS: "300" };
const select = sql`SELECT 1 AS one`;
const insert = (name: string) => sql`INSERT INTO pairs (name) VALUES (${name})`;
const requests = async () => (await proxy.record()).requests;

describe("withSession", () => {
  it("S2: makes no client and no request when no statement runs", async () => {
    const ports = countingPorts();
    await withSession(configOf(proxy.url), async () => "done", { ports });
    expect(ports.clients).toBe(0);
    expect(await requests()).toEqual([]);
  });

  it("S2: reports an untouched session as not opened, with nothing to close", async () => {
    const session = createEngine(configOf(proxy.url)).openSession({ requestId: "r" });
    expect(session.state).toBe("idle");
    await session.close();
    expect(session.report()).toMatchObject({ opened: false, statements: 0, roundTrips: 0, close: "none" });
  });

  it("S5: returns what the work returns, and closes when it throws", async () => {
    const config = configOf(proxy.url);
    expect(await withSession(config, async (db) => (await db.get<{ one: number }>(select)).one)).toBe(1);
    const kept = await new Promise<unknown>((resolve) => {
      withSession(config, async (db, session) => {
        void session.closed.then(() => resolve(session.state));
        await db.run(select);
        throw new Error("mine");
      }).catch((error: unknown) => expect(error).toMatchObject({ message: "mine" }));
    });
    expect(kept).toBe("closed");
  });

  it("S10: refuses every use after closing, naming the request, without a request to the database", async () => {
    const session = createEngine(configOf(proxy.url)).openSession({ requestId: "request-77" });
    await session.close();
    expect(session.state).toBe("closed");
    const closed = { code: "SESSION_CLOSED", message: expect.stringContaining("request-77") };
    await expect(session.db.run(select)).rejects.toMatchObject(closed);
    await expect(session.db.select().from(users)).rejects.toMatchObject(closed);
    await expect(session.db.query.users.findFirst()).rejects.toMatchObject(closed);
    await expect(session.db.batch([session.db.select().from(users)])).rejects.toMatchObject(closed);
    await expect(session.db.transaction(async () => 1)).rejects.toMatchObject(closed);
    expect(await requests()).toEqual([]);
  });

  it("says by name what a session does not have of Drizzle: a query cache, migrations", async () => {
    await withSession(configOf(proxy.url), async (db) => {
      const refused = { code: "NOT_OFFERED" };
      await expect((async () => db.select().from(users).$withCache())()).rejects.toMatchObject(refused);
      const { session } = db as unknown as { readonly session: { migrate(statements: unknown[]): unknown } };
      expect(() => session.migrate([])).toThrow(expect.objectContaining(refused));
    });
    expect(await requests()).toEqual([]);
  });

  it("S6: closes once, however often it is asked", async () => {
    const session = createEngine(configOf(proxy.url)).openSession({ requestId: "r" });
    await session.db.run(select);
    await Promise.all([session.close(), session.close()]);
    await session.close();
    expect(session.report().close).toBe("clean");
    expect(await requests()).toHaveLength(1);
  });

  it("sends statements in the order in which they were begun, reads and writes alike", async () => {
    const order: string[] = [];
    const ports = {
      ...webPorts,
      fetch: (url: string, init: RequestInit) => {
        order.push(/"(?:first|second|third)"/.exec(String(init.body))?.[0] ?? "another");
        return fetch(url, init);
      },
    };
    const work = (db: Database) =>
      Promise.all([
        // Drizzle begins a statement when its `then` is called, and a batch at once.
        db.run(insert("first")).then(() => undefined),
        db.run(sql`SELECT ${"second"}`).then(() => undefined),
        db.batch([db.run(insert("third"))]),
      ]);
    await withSession(configOf(proxy.url), work, { ports });
    expect(order).toEqual(['"first"', '"second"', '"third"']);
  });

  it("counts statements, round trips and time", async () => {
    const report = await withSession(configOf(proxy.url), async (db, session) => {
      await db.run(select);
      await db.batch([db.select().from(users), db.select().from(users)]);
      return session.report();
    });
    expect(report).toMatchObject({ opened: true, statements: 3, roundTrips: 2, retries: 0 });
    expect(report.milliseconds).toBeGreaterThanOrEqual(0);
  });

  it("runs queries, relational queries and batches of the schema", async () => {
    await withSession(configOf(proxy.url), async (db) => {
      await db.insert(users).values({ email: "q@example.com", password: "x" });
      expect(await db.query.users.findFirst({ where: eq(users.email, "q@example.com") })).toMatchObject({
        role: null,
      });
      const [all, one] = await db.batch([
        db.select().from(users),
        db.select({ email: users.email }).from(users).where(eq(users.email, "q@example.com")),
      ]);
      expect(all.length).toBe(1);
      expect(one).toEqual([{ email: "q@example.com" }]);
    });
  });
});

describe("a deadline", () => {
  it("S21: ends a silent read after the statement's time", async () => {
    await proxy.setFaults([{ fault: { kind: "silence" } }]);
    const began = Date.now();
    const read = withSession(configOf(proxy.url, quick), (db) => db.run(select));
    await expect(read).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED", limitMs: expect.any(Number) });
    expect(Date.now() - began).toBeLessThan(300 + 250);
    expect(await requests()).toHaveLength(1);
  });

  it("S21: covers the body of the answer too", async () => {
    await proxy.setFaults([{ fault: { kind: "delay", ms: 2_000, leg: "answer" } }]);
    const read = withSession(configOf(proxy.url, quick), (db) => db.run(select));
    await expect(read).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  });

  it("S21: gives the whole session a budget, from its first statement on", async () => {
    let clock = 0;
    const fetchSlowly: EnginePorts["fetch"] = (url, init) => {
      clock += 600;
      return webPorts.fetch(url, init);
    };
    const ports = { ...webPorts, now: () => clock, fetch: fetchSlowly };
    const work = async (db: Database, session: Session) => {
      await db.run(select);
      await db.run(select);
      await proxy.setFaults([{ fault: { kind: "silence" } }]);
      const late = { code: "DEADLINE_EXCEEDED" };
      await expect(db.run(select)).rejects.toMatchObject({ ...late, limitMs: 1700 - 2 * 600 });
      // Nothing is sent once the budget is used up.
      await expect(db.run(insert("late"))).rejects.toMatchObject({ ...late, limitMs: 0 });
      expect(session.report().roundTrips).toBe(3);
    };
    await withSession(configOf(proxy.url, { DATABASE_SESSION_TIMEOUT_MS: "1700" }), work, { ports });
    expect(await readNames(database.url)).not.toContain("late");
  });

  it("S21: does not count time that is spent elsewhere, and counts overlapping work once", async () => {
    const config = configOf(proxy.url, { DATABASE_SESSION_TIMEOUT_MS: "700" });
    await withSession(config, async (db) => {
      await proxy.setFaults([{ fault: { kind: "delay", ms: 250 } }]);
      await Promise.all([db.run(select), db.run(select), db.run(select)]);
      await proxy.clearFaults();
      await new Promise((resolve) => setTimeout(resolve, 800));
      await db.run(select);
    });
  });

  it("S20: calls a silent write unknown, and does not send it again", async () => {
    await proxy.setFaults([{ fault: { kind: "silence", forward: true } }]);
    const write = withSession(configOf(proxy.url, quick), (db) => db.run(insert("silent")));
    await expect(write).rejects.toMatchObject({ code: "COMMIT_UNKNOWN", retryable: false });
    expect(await requests()).toHaveLength(1);
    expect(await readNames(database.url)).toContain("silent");
  });
});

describe("a retry", () => {
  const passing = [
    ["reset before send", { kind: "reset-before-send" }],
    ["reset after send", { kind: "reset-after-send" }],
    ["cut body", { kind: "cut-body" }],
    ["429", { kind: "status", status: 429 }],
    ["502", { kind: "status", status: 502 }],
    ["503", { kind: "status", status: 503, retryAfter: "1" }],
    ["504", { kind: "status", status: 504 }],
    ["a page of HTML", { kind: "html" }],
  ] as const;

  it.each(passing)("S22: answers a read after one %s", async (_name, fault) => {
    await proxy.setFaults([{ fault, times: 1 }]);
    const report = await withSession(configOf(proxy.url), async (db, session) => {
      expect((await db.get<{ one: number }>(select)).one).toBe(1);
      return session.report();
    });
    expect(report).toMatchObject({ retries: 1, roundTrips: 2 });
  });

  it.each(passing)("S20, S22: never sends a write twice after %s", async (name, fault) => {
    await proxy.setFaults([{ fault }]);
    const nothingRan = name === "429" || name === "503";
    const write = withSession(configOf(proxy.url), (db) => db.run(insert(`once-${name}`)));
    await expect(write).rejects.toMatchObject({ code: nothingRan ? "DATABASE_BUSY" : "COMMIT_UNKNOWN" });
    expect(await requests()).toHaveLength(1);
  });

  it.each(["reset-after-send", "cut-body"] as const)(
    "S20: a batch whose answer is lost (%s) is unknown",
    async (kind) => {
      await proxy.setFaults([{ fault: { kind } }]);
      const batch = withSession(configOf(proxy.url), (db) =>
        db.batch([db.run(insert(kind)), db.run(insert(kind))]),
      );
      await expect(batch).rejects.toMatchObject({ code: "COMMIT_UNKNOWN" });
      expect((await readNames(database.url)).filter((name) => name === kind)).toHaveLength(2);
    },
  );

  it("S22: gives up a read after two retries, with pauses between 25 and 250 ms", async () => {
    await proxy.setFaults([{ fault: { kind: "reset-before-send" } }]);
    const ports = { ...webPorts, random: () => 0 };
    const read = withSession(configOf(proxy.url), (db) => db.run(select), { ports });
    await expect(read).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
    expect(await requests()).toHaveLength(3);
  });

  it("S22: makes no retry that the deadline leaves no room for", async () => {
    await proxy.setFaults([{ fault: { kind: "reset-before-send" } }]);
    const ports = { ...webPorts, random: () => 0.999 };
    const config = configOf(proxy.url, { DATABASE_STATEMENT_TIMEOUT_MS: "200" });
    const read = withSession(config, (db) => db.run(select), { ports });
    await expect(read).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
    expect(await requests()).toHaveLength(1);
  });

  it("S22: asks once where the statement itself was refused", async () => {
    const read = withSession(configOf(proxy.url), async (db) => db.run(sql`SELECT missing`));
    await expect(read).rejects.toMatchObject({ code: "STATEMENT_FAILED" });
    expect(await requests()).toHaveLength(1);
  });

  it("S22: a WITH that inserts is no read, and is sent once", async () => {
    await proxy.setFaults([{ fault: { kind: "reset-after-send" } }]);
    const hidden = sql`WITH n AS (SELECT 'hidden' AS name) INSERT INTO pairs (name) SELECT name FROM n`;
    await expect(withSession(configOf(proxy.url), (db) => db.run(hidden))).rejects.toMatchObject({
      code: "COMMIT_UNKNOWN",
    });
    expect(await requests()).toHaveLength(1);
  });

  it("ends at once where nothing listens", async () => {
    await proxy.refuse();
    const read = withSession(configOf(proxy.url), (db) => db.run(select));
    await expect(read).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE", retryable: true });
  });

  it("answers again after the server was killed and came back", async () => {
    await database.kill();
    await expect(withSession(configOf(proxy.url), (db) => db.run(select))).rejects.toMatchObject({
      code: "DATABASE_UNAVAILABLE",
    });
    await database.restart();
    expect(await withSession(configOf(proxy.url), (db) => db.get(select))).toEqual({ one: 1 });
  });
});
