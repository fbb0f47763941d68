// Answers that cannot be read: what was stored is never called failed, and what failed is never stored (rules S20, S28).
import { createClient } from "@libsql/client/http";
import { sql } from "drizzle-orm";
import * as fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { Database } from "../../../src/database/drizzle.ts";
import { withSession } from "../../../src/database/engine.ts";
import { DatabaseError } from "../../../src/database/errors.ts";
import { createDatabase, type TestDatabase } from "../../support/database.ts";
import { startAlteringProxy, type Received } from "../../support/altering-proxy.ts";
import { configOf } from "../../support/sessions.ts";
import { count, seed } from "../../support/tier.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
  await direct("CREATE TABLE orders (id integer PRIMARY KEY, what text, amount real)");
});

beforeEach(() => direct("DELETE FROM orders"));

afterAll(() => database.stop());

async function direct(text: string) {
  return createClient({ url: database.url, intMode: "bigint" }).execute(text);
}

async function stored(): Promise<unknown[]> {
  return (await direct("SELECT what FROM orders ORDER BY id")).rows.map((row) => row["what"]);
}

/** The code that work in a session fails with, or "done". */
async function outcomeOf(
  work: (db: Database) => Promise<unknown>,
  url = database.url,
  mode: "read" | "write" = "write",
): Promise<unknown> {
  try {
    await withSession(configOf(url), work, { mode });
    return "done";
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return error.code;
  }
}

/** Values that the server holds and JavaScript, or JSON, does not. */
const unreadable = ["9007199254740993", "-9007199254740992", "9223372036854775807", "1e999", "-1e999"];

describe.each(unreadable)("the value %s", (value) => {
  const column = value.includes("e") ? "amount" : "id";
  const insert = sql.raw(
    `INSERT INTO orders (${column}, what) VALUES (${value}, 'kept') RETURNING ${column}`,
  );
  const read = sql.raw(`SELECT ${value}`);

  it("in RETURNING makes the outcome of a stored row unknown, and its cause says why", async () => {
    const failure: unknown = await withSession(configOf(database.url), (db) => db.all(insert)).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: "COMMIT_UNKNOWN", cause: { code: "RESULT_UNREADABLE" } });
    expect(await stored()).toEqual(["kept"]);
  });

  it("in a batch with a write makes its outcome unknown, wherever it is read", async () => {
    const add = () => sql`INSERT INTO orders (what) VALUES ('added')`;
    expect(await outcomeOf((db) => db.batch([db.run(add()), db.all(read)]))).toBe("COMMIT_UNKNOWN");
    expect(await outcomeOf((db) => db.batch([db.all(read), db.run(add())]))).toBe("COMMIT_UNKNOWN");
    expect(await stored()).toEqual(["added", "added"]);
  });

  it("in a transaction rolls it back, whether or not the callback looks at the error", async () => {
    expect(await outcomeOf((db) => db.transaction((tx) => tx.all(insert)))).toBe("RESULT_UNREADABLE");
    const swallow = (db: Database) =>
      db.transaction(async (tx) => {
        await tx.run(sql`INSERT INTO orders (what) VALUES ('before')`);
        await Promise.resolve(tx.all(insert)).catch(() => undefined);
      });
    expect(await outcomeOf(swallow)).toBe("TRANSACTION_ABORTED");
    expect(await stored()).toEqual([]);
  });

  it.each(["read", "write"] as const)("that is only read is a permanent error, in mode %s", async (mode) => {
    const failure: unknown = await withSession(configOf(database.url), (db) => db.all(read), { mode }).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: "RESULT_UNREADABLE", retryable: false });
    expect(String(failure)).not.toContain(value);
    expect(await outcomeOf((db) => db.batch([db.all(read), db.all(read)]), database.url, mode)).toBe(
      "RESULT_UNREADABLE",
    );
  });

  it("can be read as text", async () => {
    const text = await withSession(configOf(database.url), (db) =>
      db.get<{ text: string }>(sql.raw(`SELECT cast(${value} AS text) AS text`)),
    );
    expect(text).toBeDefined();
  });
});

describe("a write whose result has a rowid beyond 2^53", () => {
  it("is done, and gives the rowid as a bigint", async () => {
    const insert = sql`INSERT INTO orders VALUES (9007199254740993, 'big', 1)`;
    const result = await withSession(configOf(database.url), (db) => db.run(insert));
    expect(result.lastInsertRowid).toBe(9007199254740993n);
    expect(await stored()).toEqual(["big"]);
  });
});

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Every place in a value, as the keys that lead there. */
function placesIn(value: Json, path: readonly string[] = []): (readonly string[])[] {
  const inside = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return [path, ...inside.flatMap(([key, item]) => placesIn(item, [...path, key]))];
}

/** Removes, cuts or replaces what is at one place of an answer. */
function alter(text: string, place: number, change: Json): string {
  const answer = JSON.parse(text) as Json;
  const places = placesIn(answer).slice(1);
  const path = places[place % places.length] ?? [];
  if (change === "cut") return text.slice(0, place % text.length);
  const key = path.at(-1) ?? "";
  const holder = path
    .slice(0, -1)
    .reduce<Json>((at, step) => (at as Record<string, Json>)[step] ?? null, answer);
  if (change !== "remove") (holder as Record<string, Json>)[key] = change;
  else if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete (holder as Record<string, Json>)[key];
  return JSON.stringify(answer);
}

const change = fc.oneof(
  fc.constantFrom<Json>("remove", "cut"),
  fc.constantFrom<Json>(null, true, 5, -1.5, "", "x", "9007199254740993", [], {}, [null], { type: "new" }),
);

const add = sql`INSERT INTO orders (what, amount) VALUES ('kept', 1.5) RETURNING id, what, amount`;
const look = sql`SELECT 1 AS one, 'two' AS two, 3.5 AS three, x'04' AS four, NULL AS five`;

const works: Readonly<Record<string, (db: Database) => Promise<unknown>>> = {
  statement: async (db) => db.all(add),
  batch: (db) => db.batch([db.all(look), db.all(add)]),
  transaction: (db) => db.transaction(async (tx) => (await tx.all(look), await tx.all(add))),
};

describe.each(Object.entries(works))("a write by %s", (by, work) => {
  it("is never called failed if it is stored, however its answer is altered", async () => {
    const isWrite = ({ statements }: Received) =>
      statements.some((text) => text.startsWith("INSERT") || text === "COMMIT");
    let altered = (text: string): string | undefined => text;
    await using proxy = await startAlteringProxy(database.url, {
      answer(text, received) {
        const body = isWrite(received) ? altered(text) : undefined;
        return body === undefined ? undefined : { body };
      },
    });
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat({ max: 1 }), change, async (place, nth, how) => {
        await direct("DELETE FROM orders");
        let seen = 0;
        altered = (text) => (seen++ === nth ? alter(text, place, how) : undefined);
        const outcome = await outcomeOf(work, `http://127.0.0.1:${proxy.port}`);
        const isStored = (await stored()).length > 0;
        if (outcome === "done") expect(isStored).toBe(true);
        else if (outcome !== "COMMIT_UNKNOWN")
          expect({ outcome, isStored }).toEqual({ outcome, isStored: false });
      }),
      // A transaction whose answer named no stream keeps its lock for 5 s.
      { seed: seed(), numRuns: count({ quick: 40, long: by === "transaction" ? 100 : 500 }) },
    );
  });
});

describe("a read", () => {
  it("gives what the server said or a typed error, however its answer is altered", async () => {
    let altered = (text: string) => text;
    await using proxy = await startAlteringProxy(database.url, {
      answer: (text) => ({ body: altered(text) }),
    });
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.constantFrom("remove", "cut"), async (place, how) => {
        altered = (text) => alter(text, place, how);
        let rows: unknown[] = [];
        const read = async (db: Database) => (rows = await db.all(look));
        const outcome = await outcomeOf(read, `http://127.0.0.1:${proxy.port}`, "read");
        // A row that is missing cannot be noticed; a part of one can.
        if (outcome === "done") for (const row of rows) expect(Object.keys(row as object)).toHaveLength(5);
        else expect(["RESULT_UNREADABLE", "DATABASE_UNAVAILABLE"]).toContain(outcome);
      }),
      { seed: seed(), numRuns: count({ quick: 25, long: 500 }) },
    );
  });
});
