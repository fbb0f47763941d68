// How transactions end that nobody ended, and what the modes allow (S9, S17-S19).
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { Database, Transaction } from "../../../src/database/drizzle.ts";
import { createEngine, webPorts, withSession } from "../../../src/database/engine.ts";
import { users } from "../../../src/schema/index.ts";
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

const add = (db: Database | Transaction, name: string) =>
  db.run(sql`INSERT INTO pairs (name) VALUES (${name})`);
const run = <T>(work: (db: Database) => Promise<T>, variables: Record<string, string> = {}) =>
  withSession(configOf(proxy.url, variables), work);
const names = async (prefix: string) =>
  (await readNames(database.url)).filter((name) => name.startsWith(prefix));
const statements = async () => (await proxy.record()).requests.flatMap((request) => request.statements);

describe("an abandoned transaction", () => {
  it("S9: frees the lock for the next writer when it closes", async () => {
    const session = createEngine(configOf(proxy.url)).openSession({ requestId: "r" });
    const begun = Promise.withResolvers<void>();
    const abandoned = session.db.transaction(async (tx) => {
      await add(tx, "p-abandoned");
      begun.resolve();
      await new Promise(() => undefined);
    });
    void abandoned.catch(() => undefined);
    await begun.promise;
    const began = Date.now();
    await session.close();
    await run((db) => add(db, "p-next"));
    // 20 ms, and what a busy machine adds; without a ROLLBACK the server keeps the lock for 5 s.
    expect(Date.now() - began).toBeLessThan(3_000);
    expect(session.report()).toMatchObject({ transaction: "rolled-back", close: "rolled-back" });
    expect(await names("p")).toEqual(["p-next"]);
  });

  it("S9: frees it also when a statement was given up on its way", async () => {
    await proxy.setFaults([
      { fault: { kind: "silence" }, matching: "q-stuck", times: 1 },
      // What frees it is the client's close request, which closing has to wait for.
      { fault: { kind: "delay", ms: 1_500 }, matching: '"type":"close"', times: 1 },
    ]);
    const config = configOf(proxy.url, { DATABASE_STATEMENT_TIMEOUT_MS: "300" });
    const work = withSession(config, (db) =>
      db.transaction(async (tx) => (await add(tx, "q-1"), await add(tx, "q-stuck"))),
    );
    await expect(work).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    const began = Date.now();
    await run((db) => add(db, "q-next"));
    expect(Date.now() - began).toBeLessThan(1_300);
    expect(await names("q")).toEqual(["q-next"]);
  });

  it("S19: ends after its time, whatever its callback waits for", async () => {
    const variables = { DATABASE_TRANSACTION_TIMEOUT_MS: "250" };
    const began = Date.now();
    const work = run(
      (db) => db.transaction(async (tx) => (await add(tx, "r-1"), await new Promise(() => undefined))),
      variables,
    );
    await expect(work).rejects.toMatchObject({ code: "TRANSACTION_TIMEOUT", retryable: true });
    // Without it the default would be 3 s, and a busy machine is late.
    expect(Date.now() - began).toBeLessThan(250 + 2_000);
    expect(await names("r")).toEqual([]);
  });

  it("S22: begins once where the answer to its BEGIN was lost, since something may have run", async () => {
    await proxy.setFaults([{ fault: { kind: "reset-before-send" }, matching: "BEGIN" }]);
    const work = run((db) => db.transaction((tx) => add(tx, "x-1")));
    await expect(work).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
    expect((await statements()).filter((text) => text.startsWith("BEGIN"))).toHaveLength(1);
  });

  it("S9: closing gives up after its time when the database is silent, and says so", async () => {
    // The lost ROLLBACK leaves the lock at the server until it takes it away: a server of its own.
    const server = await createDatabase();
    await createTables(server.url);
    const silent = await server.proxy();
    const errors: string[] = [];
    const ports = { ...webPorts, logError: (_: string, message: string) => void errors.push(message) };
    const config = configOf(silent.url, { DATABASE_CLOSE_TIMEOUT_MS: "300" });
    const session = createEngine(config, ports).openSession({ requestId: "r" });
    const begun = Promise.withResolvers<void>();
    const work = session.db.transaction(async (tx) => {
      await add(tx, "s-1");
      begun.resolve();
      await new Promise(() => undefined);
    });
    const ended = expect(work).rejects.toMatchObject({ code: "SESSION_CLOSED" });
    await begun.promise;
    await silent.setFaults([{ fault: { kind: "silence" } }]);
    const began = Date.now();
    await session.close();
    expect(Date.now() - began).toBeLessThan(1_000);
    expect(session.report().close).toBe("failed");
    expect(errors).toHaveLength(1);
    await ended;
    await server.stop();
  });

  it("S9: closing ends by its time also where a statement is under way, and the goodbye behind it is lost too", async () => {
    // The lock stays at the server: one of its own.
    const server = await createDatabase();
    await createTables(server.url);
    const silent = await server.proxy();
    const config = configOf(silent.url, { DATABASE_CLOSE_TIMEOUT_MS: "1000" });
    const session = createEngine(config).openSession({ requestId: "r" });
    const work = session.db.transaction(async (tx) => {
      await add(tx, "u-1");
      await silent.setFaults([{ fault: { kind: "silence" } }]);
      await add(tx, "u-2");
    });
    const ended = expect(work).rejects.toMatchObject({ code: "SESSION_CLOSED" });
    await poll(
      async () => (await silent.record()).requests,
      (requests) => requests.some(({ body }) => body.includes("u-2")),
    );
    const began = Date.now();
    await session.close();
    // A goodbye may take a tenth of a second more, and not another second.
    expect(Date.now() - began).toBeLessThan(1_000 + 500);
    expect((await silent.record()).open.upstream).toBe(0);
    await ended;
    await server.stop();
  });
});

describe("a statement that rolls the whole transaction back at the server", () => {
  const rollsBack = sql`INSERT OR ROLLBACK INTO pairs (name) VALUES (NULL)`;

  it("S16: leaves none behind that waited for it, and would run by itself", async () => {
    const work = run((db) =>
      db.transaction(async (tx) => {
        await add(tx, "y-1");
        await Promise.allSettled([tx.run(rollsBack), add(tx, "y-2"), add(tx, "y-3")]);
      }),
    );
    await expect(work).rejects.toMatchObject({ code: "TRANSACTION_ABORTED" });
    expect(await names("y")).toEqual([]);
  });

  it("S16: breaks the outer level too, where a nested one caught it", async () => {
    const work = run((db) =>
      db.transaction(async (tx) => {
        await add(tx, "z-1");
        await tx.transaction((nested) => nested.run(rollsBack)).catch(() => undefined);
        await add(tx, "z-2");
      }),
    );
    await expect(work).rejects.toMatchObject({ code: "TRANSACTION_ABORTED" });
    expect(await names("z")).toEqual([]);
  });

  it("S15: refuses to end while a nested transaction that nobody awaits is open", async () => {
    const work = run((db) =>
      db.transaction(async (tx) => {
        void tx.transaction(() => new Promise(() => undefined)).catch(() => undefined);
      }),
    );
    await expect(work).rejects.toMatchObject({ code: "TRANSACTION_MISUSED" });
  });
});

describe("a mode", () => {
  it("S17: reading takes no write lock, and refuses a write before the network", async () => {
    await withSession(configOf(proxy.url), async (db) => {
      await db
        .transaction(
          async (tx) => {
            await tx.select().from(users);
            await run((other) => add(other, "t-1"));
            await expect(add(tx, "t-2")).rejects.toMatchObject({
              code: "READ_ONLY_SESSION",
              reason: "read-transaction",
            });
          },
          { mode: "read" },
        )
        .catch((error: unknown) => expect(error).toMatchObject({ code: "TRANSACTION_ABORTED" }));
    });
    expect(await names("t")).toEqual(["t-1"]);
    expect((await statements()).join("\n")).not.toContain("t-2");
  });

  it.each([
    "INSERT INTO pairs (name) VALUES ('u')",
    "PRAGMA user_version = 3",
    "/* harmless */ DELETE FROM pairs",
    "WITH n AS (SELECT 'u' AS name) INSERT INTO pairs (name) SELECT name FROM n",
    "SELECT 1; DELETE FROM pairs",
  ])("S17: a reading session refuses %s", async (text) => {
    const refused = withSession(configOf(proxy.url), (db) => db.run(sql.raw(text)), { mode: "read" });
    await expect(refused).rejects.toMatchObject({ code: "READ_ONLY_SESSION", reason: "read-mode" });
    expect(await statements()).toEqual([]);
  });

  it("S17: a batch that reads takes no write lock, one that writes is immediate", async () => {
    await run((db) => db.batch([db.select().from(users), db.select().from(users)]));
    expect(await statements()).toContain("BEGIN TRANSACTION READONLY");
    await proxy.clearRecord();
    await run((db) =>
      db.batch([db.select().from(users), db.run(sql`INSERT INTO pairs (name) VALUES ('v')`)]),
    );
    expect(await statements()).toContain("BEGIN IMMEDIATE");
  });

  it("S18: a batch is one round trip, and all or nothing", async () => {
    const batch = run((db) =>
      db.batch([
        db.run(sql`INSERT INTO pairs (name) VALUES ('w')`),
        db.run(sql`INSERT INTO pairs (name) VALUES (NULL)`),
      ]),
    );
    await expect(batch).rejects.toMatchObject({ code: "NOT_NULL_VIOLATION", table: "pairs", column: "name" });
    expect((await proxy.record()).requests).toHaveLength(1);
    expect(await names("w")).toEqual([]);
  });
});
