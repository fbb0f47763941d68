// Transactions: atomic, poisoned by whatever breaks them, nested as savepoints (S9, S14-S19).
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { Database, Transaction } from "../../../src/database/drizzle.ts";
import { withSession } from "../../../src/database/engine.ts";
import { createDatabase, type TestDatabase, type TestProxy } from "../../support/database.ts";
import { count } from "../../support/tier.ts";
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

describe("transaction", () => {
  it("S14: commits on return, in n+1 round trips", async () => {
    const report = await withSession(configOf(proxy.url), async (db, session) => {
      expect(await db.transaction(async (tx) => (await add(tx, "a1"), await add(tx, "a2"), "returned"))).toBe(
        "returned",
      );
      return session.report();
    });
    expect(report).toMatchObject({ roundTrips: 3, transaction: "committed" });
    expect(await names("a")).toEqual(["a1", "a2"]);
    expect(await statements()).toContain("BEGIN IMMEDIATE");
  });

  it.each([
    ["an Error", new Error("mine")],
    ["a string", "mine"],
    ["undefined", undefined],
  ])("S14: rolls back when the callback throws %s, and rejects with it", async (_name, thrown) => {
    const failed = run((db) =>
      db.transaction(async (tx) => {
        await add(tx, "b");
        throw thrown;
      }),
    );
    await expect(
      failed.then(
        () => "resolved",
        (error: unknown) => error,
      ),
    ).resolves.toBe(thrown);
    expect(await names("b")).toEqual([]);
  });

  it("costs nothing when no statement runs", async () => {
    expect(await run((db) => db.transaction(async () => 7))).toBe(7);
    expect(await statements()).toEqual([]);
  });

  it("S15: keeps the outer level usable after a nested one failed", async () => {
    await run((db) =>
      db.transaction(async (tx) => {
        await add(tx, "c-outer");
        await tx
          .transaction(async (inner) => (await add(inner, "c-inner"), inner.rollback()))
          .catch(() => undefined);
        await tx.transaction(async (inner) => add(inner, "c-second"));
      }),
    );
    expect(await names("c")).toEqual(["c-outer", "c-second"]);
  });

  it("S15: loses the success of a nested one when the outer fails", async () => {
    const failed = run((db) =>
      db.transaction(async (tx) => {
        await tx.transaction(async (inner) => add(inner, "d-inner"));
        throw new Error("outer");
      }),
    );
    await expect(failed).rejects.toThrow("outer");
    expect(await names("d")).toEqual([]);
  });

  it("S15: gives every savepoint a name of its own, three levels deep", async () => {
    await run((db) =>
      db.transaction(async (tx) => {
        await tx.transaction(async (two) => two.transaction(async (three) => add(three, "e-3")));
        await tx.transaction(async (two) => add(two, "e-2"));
      }),
    );
    const savepoints = (await statements()).filter((text) => text.startsWith("SAVEPOINT"));
    expect(new Set(savepoints).size).toBe(3);
    expect((await statements()).filter((text) => text.startsWith("RELEASE"))).toHaveLength(3);
    expect(await names("e")).toEqual(["e-3", "e-2"]);
  });

  it("S15: refuses siblings at the same time, and the outer level while a nested one is open", async () => {
    const siblings = run((db) =>
      db.transaction(async (tx) => {
        await Promise.all([
          tx.transaction(async (inner) => add(inner, "f-1")),
          tx.transaction(async (inner) => add(inner, "f-2")),
        ]);
      }),
    );
    await expect(siblings).rejects.toMatchObject({ code: "TRANSACTION_MISUSED" });
    const outer = run((db) =>
      db.transaction((tx) =>
        tx.transaction(async (inner) => (await add(inner, "f-3"), await add(tx, "f-4"))),
      ),
    );
    await expect(outer).rejects.toMatchObject({ code: "TRANSACTION_MISUSED" });
    expect(await names("f")).toEqual([]);
  });

  it("refuses a write beside the session's own open transaction instead of waiting for its lock", async () => {
    const beside = run((db) => db.transaction(async (tx) => (await add(tx, "g-1"), await add(db, "g-2"))));
    await expect(beside).rejects.toMatchObject({ code: "TRANSACTION_MISUSED" });
    expect(await names("g")).toEqual([]);
  });

  it("counts statements that were begun and not awaited, and their failure", async () => {
    await run((db) => db.transaction(async (tx) => void add(tx, "h-1").catch(() => undefined)));
    expect(await names("h")).toEqual(["h-1"]);
    const failed = run((db) =>
      db.transaction(async (tx) => void tx.run(sql`INSERT INTO nowhere VALUES (1)`).catch(() => undefined)),
    );
    await expect(failed).rejects.toMatchObject({ code: "TRANSACTION_ABORTED" });
  });

  it("refuses statements after its end", async () => {
    let escaped: Transaction | undefined;
    await run(async (db) => {
      await db.transaction(async (tx) => void (escaped = tx));
      if (escaped === undefined) throw new Error("the transaction did not run");
      await expect(add(escaped, "late")).rejects.toMatchObject({ code: "TRANSACTION_MISUSED" });
    });
  });

  it.each(["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT x", "release x", "END"])(
    "refuses %s as a statement",
    async (text) => {
      const misuse = { code: "TRANSACTION_MISUSED" };
      await expect(run((db) => db.run(sql.raw(text)))).rejects.toMatchObject(misuse);
      await expect(run((db) => db.transaction((tx) => tx.run(sql.raw(text))))).rejects.toMatchObject(misuse);
      expect(await statements()).toEqual([]);
    },
  );
});

describe("a poisoned transaction", () => {
  const broken = [
    ["a constraint", []],
    ["a reset", [{ fault: { kind: "reset-after-send" }, matching: "k-bad", times: 1 }]],
    ["a cut answer", [{ fault: { kind: "cut-body" }, matching: "k-bad", times: 1 }]],
    ["a 502", [{ fault: { kind: "status", status: 502 }, matching: "k-bad", times: 1 }]],
    ["a silence", [{ fault: { kind: "silence" }, matching: "k-bad", times: 1 }]],
  ] as const;

  it.each(broken)(
    "S16: sends nothing more after %s, and rejects though the callback swallowed it",
    async (name, rules) => {
      // After a lost answer the server holds the lock until it takes it away: a server for each case.
      const server = await createDatabase();
      await createTables(server.url);
      const faulty = await server.proxy(rules);
      const work = withSession(configOf(faulty.url, { DATABASE_STATEMENT_TIMEOUT_MS: "400" }), (db) =>
        db.transaction(async (tx) => {
          await add(tx, "k-first");
          const bad =
            name === "a constraint"
              ? sql`INSERT INTO pairs (name) VALUES (NULL) -- k-bad`
              : sql`SELECT 'k-bad'`;
          await tx.run(bad).catch(() => undefined);
          await add(tx, "k-after").catch((error: unknown) =>
            expect(error).toMatchObject({ code: "TRANSACTION_ABORTED" }),
          );
          return "swallowed";
        }),
      );
      await expect(work).rejects.toMatchObject({ code: "TRANSACTION_ABORTED", cause: expect.anything() });
      const sent = (await faulty.record()).requests;
      expect(sent.some((request) => request.body.includes("k-after"))).toBe(false);
      expect(sent.some((request) => request.statements.includes("COMMIT"))).toBe(false);
      expect(await readNames(server.url)).toEqual([]);
      await server.stop();
    },
  );

  it("S16: a nested one that swallowed an error rejects, and leaves the outer usable", async () => {
    await run((db) =>
      db.transaction(async (tx) => {
        const inner = tx.transaction(async (nested) => {
          await nested.run(sql`INSERT INTO pairs (name) VALUES (NULL)`).catch(() => undefined);
          return "swallowed";
        });
        await expect(inner).rejects.toMatchObject({ code: "TRANSACTION_ABORTED" });
        await add(tx, "l-outer");
      }),
    );
    expect(await names("l")).toEqual(["l-outer"]);
  });

  it("S16: commits no statement once the server has taken the lock away", async () => {
    const tries = count({ quick: 10, long: 100 });
    const width = 10;
    const outcomes: unknown[] = [];
    for (let done = 0; done < tries; done += width) {
      outcomes.push(
        ...(await Promise.all(Array.from({ length: width }, (_, index) => loseTheLock(done + index)))),
      );
    }
    expect(outcomes).toEqual(Array.from({ length: tries }, () => "TRANSACTION_TIMEOUT"));
  });

  it("S20: calls a COMMIT whose answer is lost unknown", async () => {
    await proxy.setFaults([{ fault: { kind: "reset-after-send" }, matching: "COMMIT" }]);
    const report = await withSession(configOf(proxy.url), async (db, session) => {
      const work = db.transaction((tx) => add(tx, "m-1"));
      await expect(work).rejects.toMatchObject({ code: "COMMIT_UNKNOWN" });
      return session.report();
    });
    expect(report.transaction).toBe("unknown");
    expect(await names("m")).toEqual(["m-1"]);
  });

  it("S22: tries a BEGIN again that was refused, since nothing ran", async () => {
    await proxy.setFaults([{ fault: { kind: "status", status: 429 }, matching: "BEGIN", times: 2 }]);
    await run((db) => db.transaction((tx) => add(tx, "n-1")));
    expect(await names("n")).toEqual(["n-1"]);
  });

  it("S22: sends a request that goes on with a transaction never twice", async () => {
    await proxy.setFaults([{ fault: { kind: "status", status: 429 }, matching: "SELECT 'again'" }]);
    const work = run((db) =>
      db.transaction(async (tx) => (await add(tx, "o-1"), await tx.run(sql`SELECT 'again'`))),
    );
    await expect(work).rejects.toMatchObject({ code: "DATABASE_BUSY" });
    expect((await statements()).filter((text) => text === "SELECT 'again'")).toHaveLength(1);
    expect(await names("o")).toEqual([]);
  });
});

/** Holds the lock until the server takes it away for another writer, then goes on as if nothing were. */
async function loseTheLock(index: number): Promise<unknown> {
  const server = await createDatabase();
  await createTables(server.url);
  const patient = configOf(server.url, {
    DATABASE_TRANSACTION_TIMEOUT_MS: "30000",
    DATABASE_STATEMENT_TIMEOUT_MS: "10000",
    DATABASE_SESSION_TIMEOUT_MS: "30000",
  });
  try {
    const stolen = await withSession(patient, (db) =>
      db.transaction(async (tx) => {
        await add(tx, `stolen-${index}`);
        await withSession(patient, (other) => add(other, "competitor"));
        // The second is queued behind the first, and was begun before anything was known to be wrong.
        const [after] = await Promise.all([
          add(tx, "after-1").then(
            () => "ran",
            (error: unknown) => error,
          ),
          add(tx, "queued").catch(() => undefined),
        ]);
        await add(tx, "after-2").catch(() => undefined);
        await tx.transaction((nested) => add(nested, "after-3")).catch(() => undefined);
        return after;
      }),
    ).catch((error: unknown) => (error instanceof Error ? (error.cause as { code?: string }).code : error));
    expect(await readNames(server.url)).toEqual(["competitor"]);
    return stolen;
  } finally {
    await server.stop();
  }
}
