// Where two things happen to a session at the same time, or the database changes under it (S9, S15, S16, S20-S22).
import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import type { Database, Transaction } from "../../../src/database/drizzle.ts";
import { createEngine, webPorts, withSession } from "../../../src/database/engine.ts";
import { createDatabase, type TestDatabase, type TestProxy } from "../../support/database.ts";
import { poll } from "../../support/poll.ts";
import { configOf, createTables, readNames } from "../../support/sessions.ts";

let database: TestDatabase;
let proxy: TestProxy;

beforeAll(async () => {
  database = await createDatabase();
  await createTables(database.url);
  proxy = await database.proxy();
});
afterAll(() => database.stop());
beforeEach(async () => {
  await proxy.clearFaults();
  await proxy.clearRecord();
});
afterEach(() => vi.restoreAllMocks());

const add = (db: Database | Transaction, name: string) =>
  db.run(sql`INSERT INTO pairs (name) VALUES (${name})`);
const names = async (prefix: string) =>
  (await readNames(database.url)).filter((name) => name.startsWith(prefix));
const sent = async () => (await proxy.record()).requests;
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: { code?: unknown }) => error.code,
  );

/** How long the next writer has to wait: the lock is free when that is not long. */
/** Below what the server keeps the lock of a transaction that was not ended, 5 s; above what a busy machine adds. */
const lockMs = 3_000;

async function nextWriterMs(name: string): Promise<number> {
  const began = Date.now();
  await withSession(configOf(database.url), (db) => add(db, name));
  return Date.now() - began;
}

describe("two transactions of one session", () => {
  it("are refused when both write, whichever is first", async () => {
    await withSession(configOf(proxy.url), async (db) => {
      const both = [1, 2].map((number) => codeOf(db.transaction((tx) => add(tx, `a${number}`))));
      expect((await Promise.all(both)).toSorted()).toEqual(["TRANSACTION_MISUSED", "done"]);
      // The refused one has left nothing behind that would stop the next.
      await db.transaction((tx) => add(tx, "a3"));
      await add(db, "a4");
    });
    expect(await names("a")).toEqual(["a1", "a3", "a4"]);
  });

  it("may read at the same time, beside one that writes", async () => {
    await withSession(configOf(proxy.url), async (db) => {
      const read = () => db.transaction((tx) => tx.get(sql`SELECT 1 AS one`), { mode: "read" });
      const write = db.transaction(async (tx) => (await add(tx, "b1"), await read(), await add(tx, "b2")));
      await Promise.all([read(), write, read()]);
    });
    expect(await names("b")).toEqual(["b1", "b2"]);
  });
});

describe("a transaction whose session ends", () => {
  it("S20: is unknown where its COMMIT had no answer yet, and counts as committed where it had", async () => {
    await proxy.setFaults([
      { fault: { kind: "delay", ms: 150, leg: "answer" }, matching: "COMMIT", times: 1 },
    ]);
    const session = createEngine(configOf(proxy.url)).openSession({ requestId: "r" });
    const work = codeOf(session.db.transaction((tx) => add(tx, "d1")));
    await poll(sent, (requests) => requests.some(({ statements }) => statements.includes("COMMIT")));
    await session.close();
    expect(await work).toBe("done");
    expect(session.report()).toMatchObject({ transaction: "committed" });

    await proxy.setFaults([
      { fault: { kind: "silence", forward: true, keepUpstream: true }, matching: "COMMIT" },
    ]);
    await proxy.clearRecord();
    const config = configOf(proxy.url, { DATABASE_CLOSE_TIMEOUT_MS: "200" });
    const second = createEngine(config).openSession({ requestId: "r" });
    const lost = codeOf(second.db.transaction((tx) => add(tx, "d2")));
    await poll(sent, (requests) => requests.some(({ statements }) => statements.includes("COMMIT")));
    await second.close();
    expect(await lost).toBe("COMMIT_UNKNOWN");
    expect(second.report()).toMatchObject({ transaction: "unknown" });
    expect(await names("d")).toEqual(["d1", "d2"]);
  });

  it("S9: rolls back once, however many ask for it", async () => {
    const session = createEngine(configOf(proxy.url)).openSession({ requestId: "r" });
    const begun = Promise.withResolvers<void>();
    const work = codeOf(
      session.db.transaction(
        async (tx) => (await add(tx, "e1"), begun.resolve(), new Promise(() => undefined)),
      ),
    );
    await begun.promise;
    await Promise.all([session.close(), session.close()]);
    await session.close();
    expect(await work).toBe("SESSION_CLOSED");
    expect((await sent()).filter(({ statements }) => statements.includes("ROLLBACK"))).toHaveLength(1);
    expect(session.report()).toMatchObject({ transaction: "rolled-back", close: "rolled-back" });
  });

  it("S19: says to the statement in flight that the time is up, not that it was broken off", async () => {
    await proxy.setFaults([{ fault: { kind: "silence" }, matching: "slow" }]);
    const config = configOf(proxy.url, { DATABASE_TRANSACTION_TIMEOUT_MS: "150" });
    const told = Promise.withResolvers<unknown>();
    const work = withSession(config, (db) =>
      db.transaction(async (tx) => told.resolve(await codeOf(Promise.resolve(tx.run(sql`SELECT 'slow'`)))), {
        mode: "read",
      }),
    );
    expect(await codeOf(work)).toBe("TRANSACTION_TIMEOUT");
    expect(await told.promise).toBe("TRANSACTION_TIMEOUT");
  });

  it("S21: gives a second try of a read only the time that the first one left", async () => {
    await proxy.setFaults([
      { fault: { kind: "reset-before-send" }, times: 1 },
      { fault: { kind: "silence" } },
    ]);
    const config = configOf(proxy.url, { DATABASE_STATEMENT_TIMEOUT_MS: "600" });
    const error = await withSession(config, (db) => db.get(sql`SELECT 1`)).catch((found: unknown) => found);
    expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED", limitMs: expect.any(Number) });
    // At least 25 ms go by before a second try.
    expect((error as { readonly limitMs: number }).limitMs).toBeLessThan(600);
    expect(await sent()).toHaveLength(2);
  });

  it("S21: frees the lock also when the session's time was up before its statement's", async () => {
    await proxy.setFaults([{ fault: { kind: "silence" }, matching: "f-stuck" }]);
    const config = configOf(proxy.url, { DATABASE_SESSION_TIMEOUT_MS: "300" });
    const work = withSession(config, (db) =>
      db.transaction(async (tx) => (await add(tx, "f-1"), await add(tx, "f-stuck"))),
    );
    await expect(work).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(await nextWriterMs("f-next")).toBeLessThan(lockMs);
    expect(await names("f")).toEqual(["f-next"]);
  });

  it("S21: frees the lock when no time was left for the next statement", async () => {
    const config = configOf(proxy.url, { DATABASE_SESSION_TIMEOUT_MS: "200" });
    let lateMs = 0;
    const ports = {
      ...webPorts,
      now: () => Date.now() + lateMs,
      fetch: async (url: string, init: RequestInit) => {
        const response = await fetch(url, init);
        lateMs += 300;
        return response;
      },
    };
    const work = withSession(
      config,
      (db) => db.transaction(async (tx) => (await add(tx, "g-1"), await add(tx, "g-2"))),
      { ports },
    );
    await expect(work).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED", limitMs: 0 });
    expect((await sent()).some(({ body }) => body.includes("g-2"))).toBe(false);
    expect(await nextWriterMs("g-next")).toBeLessThan(lockMs);
    expect(await names("g")).toEqual(["g-next"]);
  });

  it("S16, S22: sends no second BEGIN once its time was up while it waited for one", async () => {
    await proxy.setFaults([{ fault: { kind: "status", status: 429 }, matching: "BEGIN" }]);
    const config = configOf(proxy.url, { DATABASE_TRANSACTION_TIMEOUT_MS: "80" });
    const ports = { ...webPorts, random: () => 0.999 };
    const work = withSession(config, (db) => db.transaction((tx) => add(tx, "h-1")), { ports });
    await expect(work).rejects.toMatchObject({ code: "TRANSACTION_TIMEOUT" });
    expect((await sent()).filter(({ body }) => body.includes("h-1"))).toHaveLength(1);
  });

  it("S21, S22: gives all tries of a BEGIN together the time of one statement", async () => {
    await proxy.setFaults([
      { fault: { kind: "status", status: 429 }, matching: "BEGIN", times: 1 },
      { fault: { kind: "silence" }, matching: "BEGIN" },
    ]);
    const config = configOf(proxy.url, { DATABASE_STATEMENT_TIMEOUT_MS: "400" });
    const ports = { ...webPorts, random: () => 0.999 };
    const began = Date.now();
    const work = withSession(config, (db) => db.transaction((tx) => add(tx, "i-1")), { ports });
    await expect(work).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(Date.now() - began).toBeLessThan(400 + 150);
  });
});

describe("a session that is closed while something is under way", () => {
  it("S10: takes nothing more as soon as closing has begun", async () => {
    await proxy.setFaults([{ fault: { kind: "delay", ms: 100 }, matching: "ROLLBACK" }]);
    const session = createEngine(configOf(proxy.url)).openSession({ requestId: "r" });
    const begun = Promise.withResolvers<void>();
    const work = codeOf(
      session.db.transaction(
        async (tx) => (await add(tx, "m-1"), begun.resolve(), new Promise(() => undefined)),
      ),
    );
    await begun.promise;
    const closed = session.close();
    expect(session.state).toBe("closing");
    expect(await codeOf(Promise.resolve(session.db.run(sql`SELECT 'late'`)))).toBe("SESSION_CLOSED");
    expect(await codeOf(session.db.transaction(async () => 1))).toBe("SESSION_CLOSED");
    await closed;
    expect(await work).toBe("SESSION_CLOSED");
    expect((await sent()).some(({ body }) => body.includes("late"))).toBe(false);
  });

  it("S10, S22: sends no second try of a read", async () => {
    await proxy.setFaults([{ fault: { kind: "reset-before-send" } }]);
    const ports = { ...webPorts, random: () => 0.999 };
    const session = createEngine(configOf(proxy.url), ports).openSession({ requestId: "r" });
    const read = codeOf(Promise.resolve(session.db.run(sql`SELECT 1`)));
    await poll(sent, (requests) => requests.length === 1);
    await session.close();
    expect(await read).toBe("SESSION_CLOSED");
    expect(await sent()).toHaveLength(1);
  });

  it("S6, S9: breaks off after its time what nobody waits for", async () => {
    await proxy.setFaults([{ fault: { kind: "silence" } }]);
    const config = configOf(proxy.url, { DATABASE_CLOSE_TIMEOUT_MS: "150" });
    const session = createEngine(config).openSession({ requestId: "r" });
    const outcomes = [
      codeOf(Promise.resolve(session.db.run(sql`SELECT 1`))),
      codeOf(Promise.resolve(add(session.db, "k-1"))),
    ];
    await poll(sent, (requests) => requests.length === 2);
    const began = Date.now();
    await session.close();
    expect(Date.now() - began).toBeGreaterThanOrEqual(140);
    // Without its deadline it would wait for the 2 s of the statements.
    expect(Date.now() - began).toBeLessThan(1_500);
    expect(await Promise.all(outcomes)).toEqual(["SESSION_CLOSED", "COMMIT_UNKNOWN"]);
    expect((await proxy.record()).open.upstream).toBe(0);
  });

  it("S9: gives a transaction's statement its time, and then the next writer the lock", async () => {
    await proxy.setFaults([{ fault: { kind: "silence" }, matching: "l-stuck" }]);
    const config = configOf(proxy.url, { DATABASE_CLOSE_TIMEOUT_MS: "150" });
    const session = createEngine(config).openSession({ requestId: "r" });
    const work = codeOf(
      session.db.transaction(async (tx) => (await add(tx, "l-1"), await add(tx, "l-stuck"))),
    );
    await poll(sent, (requests) => requests.some(({ body }) => body.includes("l-stuck")));
    await session.close();
    expect(await work).toBe("SESSION_CLOSED");
    expect(await nextWriterMs("l-next")).toBeLessThan(lockMs);
    expect(await names("l")).toEqual(["l-next"]);
  });
});

describe("a server that starts again", () => {
  it.each(["a statement", "COMMIT"])(
    "loses the transaction before %s, which may be repeated",
    async (where) => {
      const server = await createDatabase();
      await createTables(server.url);
      const work = withSession(configOf(server.url), (db) =>
        db.transaction(async (tx) => {
          await add(tx, "lost");
          await server.kill();
          await server.restart();
          if (where === "a statement") await add(tx, "after");
        }),
      );
      await expect(work).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE", retryable: true });
      expect(await readNames(server.url)).toEqual([]);
      await server.stop();
    },
  );
});
