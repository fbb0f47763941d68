// What passes and what stays: each status that a database's address may answer with, in every use of a session, and what
// a caller of the service hears of it. Only what passes may be called worth another try.
import { createClient } from "@libsql/client";
import { sql } from "drizzle-orm";
import { Hono } from "hono";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { Database, Transaction } from "../../../src/database/drizzle.ts";
import { webPorts, withSession } from "../../../src/database/engine.ts";
import type { DatabaseError } from "../../../src/database/errors.ts";
import type { AppEnv } from "../../../src/worker/env.ts";
import { problemResponse } from "../../../src/worker/problem.ts";
import { createDatabase, type TestDatabase, type TestProxy } from "../../support/database.ts";
import { configOf, createTables, readNames } from "../../support/sessions.ts";

let database: TestDatabase;
let proxy: TestProxy;

beforeAll(async () => {
  database = await createDatabase();
  await createTables(database.url, createClient);
  proxy = await database.proxy();
});
afterAll(() => database.stop());
beforeEach(() => proxy.clearFaults());

const read = (db: Database | Transaction) => db.all(sql`SELECT 'struck'`);
const write = (db: Database | Transaction) => db.run(sql`INSERT INTO pairs (name) VALUES ('struck')`);
const first = (tx: Transaction) => tx.run(sql`INSERT INTO pairs (name) VALUES ('first')`);

interface Use {
  readonly run: (db: Database) => Promise<unknown>;
  /** Text of the request that is struck. */
  readonly matching: string;
  /** Whether that request may have changed the database for good. */
  readonly commits: boolean;
  /** Whether it goes on with a stream of the server's. */
  readonly goesOn: boolean;
}
const alone = { matching: "struck", goesOn: false };
const uses: Readonly<Record<string, Use>> = {
  "a read": { ...alone, run: read, commits: false },
  "a write": { ...alone, run: write, commits: true },
  "a batch of reads": { ...alone, run: (db) => db.batch([read(db), read(db)]), commits: false },
  "a batch with a write": { ...alone, run: (db) => db.batch([read(db), write(db)]), commits: true },
  "the first statement of a transaction": { ...alone, run: (db) => db.transaction(write), commits: false },
  "a later statement of a transaction": {
    run: (db) => db.transaction(async (tx) => (await first(tx), await write(tx))),
    matching: "struck",
    commits: false,
    goesOn: true,
  },
  COMMIT: { run: (db) => db.transaction(first), matching: "COMMIT", commits: true, goesOn: true },
};

type Verdict =
  | "permanent"
  | "address"
  | "access"
  | "busy"
  | "passing"
  | "unknown-then-passing"
  | "unknown-then-permanent";
const verdicts: Readonly<Record<Verdict, readonly number[]>> = {
  address: [300, 302, 307, 308],
  permanent: [400, 402, 404, 405, 406, 410, 411, 413, 414, 415, 421, 422, 426, 431, 451],
  access: [401, 403],
  busy: [429, 503],
  passing: [425],
  "unknown-then-passing": [408, 502, 504, 520, 521, 522, 523, 524],
  "unknown-then-permanent": [500, 501, 505, 507, 508, 511, 525, 526],
};

const permanent = { code: "STATEMENT_FAILED", status: 500, retryAfter: null };
/** A redirect is never followed, and names the setting. */
const address = { code: "DATABASE_ADDRESS_REFUSED", status: 500, retryAfter: null };
const access = { code: "DATABASE_ACCESS_DENIED", status: 500, retryAfter: null };
const busy = { code: "DATABASE_BUSY", status: 503, retryAfter: "1" };
const unavailable = { code: "DATABASE_UNAVAILABLE", status: 503, retryAfter: "1" };
const unknown = { code: "COMMIT_UNKNOWN", status: 503, retryAfter: null };

/** What a caller hears: where nothing can have been committed, and where it may have been. */
const expected: Readonly<
  Record<Verdict, readonly [typeof busy | typeof permanent, typeof busy | typeof permanent]>
> = {
  address: [address, address],
  permanent: [permanent, permanent],
  access: [access, access],
  busy: [busy, busy],
  passing: [unavailable, unavailable],
  "unknown-then-passing": [unavailable, unknown],
  "unknown-then-permanent": [permanent, unknown],
};

/** Without a pause between the tries of a read. */
const ports = { ...webPorts, random: () => 0 };

/** How work fails in a session, and what a caller of a route hears of it. */
async function hearOf(run: Use["run"]) {
  const error: DatabaseError = await withSession(configOf(proxy.url), run, { ports }).then(
    () => Promise.reject(new Error("it did not fail")),
    (failure: DatabaseError) => failure,
  );
  const app = new Hono<AppEnv>().onError(problemResponse).get("/", () => {
    throw error;
  });
  const response = await app.request("/");
  const { code } = (await response.json()) as { code: string };
  const { status, headers } = response;
  return { error, heard: { code, status, retryAfter: headers.get("Retry-After") } };
}

const cases = Object.entries(verdicts).flatMap(([verdict, statuses]) =>
  statuses.map((status) => [status, verdict as Verdict] as const),
);

describe.each(Object.entries(uses))("%s", (_name, use) => {
  it.each(cases)("that is answered %s is %s", async (status, verdict) => {
    await proxy.setFaults([{ fault: { kind: "status", status }, matching: use.matching }]);
    const { error, heard } = await hearOf(use.run);
    expect(heard).toEqual(expected[verdict][use.commits ? 1 : 0]);
    expect(error.retryable).toBe(heard.retryAfter !== null);
  });

  it.each([
    [400, "Received an invalid baton"],
    [400, '{"message":"The stream has expired due to inactivity","code":"STREAM_EXPIRED"}'],
    [404, '{"error":"stream not found: 4711"}'],
  ])("is worth another try after %i %s only where it goes on with a stream", async (status, body) => {
    await proxy.setFaults([{ fault: { kind: "status", status, body }, matching: use.matching }]);
    // A transaction's first statement opens the stream, so that it cannot have been lost: the message is believed.
    const isBelieved = use.goesOn || use.run === uses["the first statement of a transaction"]?.run;
    expect((await hearOf(use.run)).heard).toEqual(isBelieved ? unavailable : permanent);
  });

  it.each([
    [400, "Cannot deserialize client message from JSON: unexpected end of hex escape at line 1 column 108"],
    [404, "<!doctype html><title>Not found</title>upstream stream"],
    [413, "the stream is too large"],
  ])("is a fault that stays after %i %s", async (status, body) => {
    await proxy.setFaults([{ fault: { kind: "status", status, body }, matching: use.matching }]);
    expect((await hearOf(use.run)).heard).toEqual(permanent);
  });
});

describe("a COMMIT that arrives twice", () => {
  it("S20: finds its baton used, and is never called a failure: the first one has committed", async () => {
    const body = "Received a baton that has already been used";
    const fault = { kind: "status", status: 400, forward: true, body } as const;
    await proxy.setFaults([{ fault, matching: "COMMIT" }]);
    const { heard } = await hearOf((db) =>
      db.transaction((tx) => tx.run(sql`INSERT INTO pairs (name) VALUES ('committed')`)),
    );
    expect(heard).toEqual(unknown);
    expect(await readNames(database.url)).toContain("committed");
  });
});

describe("a value that cannot be stored", () => {
  const half = "\ud800";
  const values: readonly (readonly [string, unknown, string])[] = [
    ["the first half of a surrogate pair", half, "text"],
    ["the second half", `x\udc00y`, "text"],
    ["the halves in the wrong order", "\udc00\ud800", "text"],
    ["NaN", Number.NaN, "number"],
    ["an infinite number", Infinity, "number"],
    ["a negative infinite number", -Infinity, "number"],
    ["an integer beyond 64 bits", 2n ** 63n, "integer"],
    ["a negative one", -(2n ** 63n) - 1n, "integer"],
    ["no date", new Date(Number.NaN), "number"],
  ];
  const put = (db: Database | Transaction, value: unknown) =>
    db.run(sql`INSERT INTO pairs (name) VALUES (${sql.param(value)})`);
  const ways: Readonly<Record<string, (db: Database, value: unknown) => Promise<unknown>>> = {
    "a statement": put,
    "a batch": (db, value) => db.batch([write(db), put(db, value)]),
    "a transaction": (db, value) => db.transaction((tx) => put(tx, value)),
    "a transaction that has begun": (db, value) =>
      db.transaction(async (tx) => (await first(tx), await put(tx, value))),
  };
  const combined = Object.keys(ways).flatMap((way) => values.map((value) => [way, ...value] as const));

  it.each(combined)("is refused in %s before anything is sent: %s", async (way, _what, value, reason) => {
    await proxy.clearRecord();
    const { error, heard } = await hearOf((db) => ways[way]?.(db, value) ?? Promise.resolve());
    expect(error).toMatchObject({ code: "VALUE_NOT_STORABLE", reason, retryable: false });
    expect(heard).toEqual({ code: "VALUE_NOT_STORABLE", status: 422, retryAfter: null });
    const { requests } = await proxy.record();
    // What had begun is rolled back.
    expect(requests).toHaveLength(way === "a transaction that has begun" ? 2 : 0);
    expect(await readNames(database.url)).not.toContain("first");
  });

  it("is refused in the text of a statement", async () => {
    const { error } = await hearOf((db) => db.run(sql.raw(`INSERT INTO pairs (name) VALUES ('${half}')`)));
    expect(error).toMatchObject({ code: "VALUE_NOT_STORABLE", reason: "text" });
  });

  it("leaves the transaction around a nested one usable", async () => {
    const ended = await withSession(configOf(proxy.url), (db) =>
      db.transaction(async (tx) => {
        await tx.transaction((inner) => put(inner, half)).catch(() => undefined);
        return tx.get<{ one: number }>(sql`SELECT 1 AS one`);
      }),
    );
    expect(ended).toEqual({ one: 1 });
  });
});
