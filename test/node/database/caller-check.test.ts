// S25: the check of a caller in a session of its own, with our client and with libSQL's, over a server and a file.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Client, createClient } from "@libsql/client";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { type DatabaseConfig, parseDatabaseConfig } from "../../../src/database/config.ts";
import type { Database, Transaction } from "../../../src/database/drizzle.ts";
import { webPorts, withSession } from "../../../src/database/engine.ts";
import { libsqlClient } from "../../../src/database/libsql-client.ts";
import type { EnginePorts } from "../../../src/database/session-core.ts";
import type { Session } from "../../../src/database/session.ts";
import { findCaller } from "../../../src/users/caller.ts";
import { createDatabase, type TestDatabase, type TestProxy } from "../../support/database.ts";
import { createTables } from "../../support/sessions.ts";

let database: TestDatabase;
let proxy: TestProxy;
let folder: string;

beforeAll(async () => {
  database = await createDatabase();
  proxy = await database.proxy();
  folder = await mkdtemp(join(tmpdir(), "eaves-caller-"));
  for (const url of [database.url, `file:${folder}/local.db`]) await createTables(url, createClient);
});
afterAll(async () => {
  await database.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await proxy.clearFaults();
  await proxy.clearRecord();
});

const read = (db: Database | Transaction) => db.get<{ one: number }>(sql`SELECT 1 AS one`);
const write = (db: Database | Transaction) => db.run(sql`INSERT INTO pairs (name) VALUES ('written')`);
const broken = (db: Database | Transaction) => db.run(sql`INSERT INTO pairs (name) VALUES (NULL)`);

const uses: readonly (readonly [string, (db: Database) => Promise<unknown>])[] = [
  ["a read", read],
  ["a write", write],
  ["a batch", (db) => db.batch([read(db), write(db)])],
  ["a transaction", (db) => db.transaction(write)],
  ["a nested transaction", (db) => db.transaction((tx) => tx.transaction(write))],
  ["a transaction that reads", (db) => db.transaction(read, { mode: "read" })],
  ["two at once", (db) => Promise.all([read(db), read(db)])],
];

interface Way {
  readonly config: () => DatabaseConfig;
  readonly ports: EnginePorts;
}
const remote = () => parseDatabaseConfig({ DATABASE_URL: proxy.url }, { runtime: "worker" });
const local = () =>
  parseDatabaseConfig(
    { DATABASE_URL: "file:local.db" },
    { runtime: "node", projectFolder: folder, serverFolder: join(folder, ".eaves") },
  );
const ways: Readonly<Record<string, Way>> = {
  "our client": { config: remote, ports: webPorts },
  "libSQL's client over HTTP": {
    config: remote,
    ports: { ...webPorts, createClient: libsqlClient(createClient) },
  },
  "libSQL's client over a file": {
    config: local,
    ports: { ...webPorts, createClient: libsqlClient(createClient) },
  },
};

describe.each(Object.entries(ways))("a session with a caller check, by %s", (_name, { config, ports }) => {
  let beside: Client;
  const run = <T>(id: number, work: (db: Database, session: Session) => Promise<T>) =>
    withSession(config(), work, { ports, callerCheck: findCaller(id, "admin") });
  const countPairs = async () => Number((await beside.execute("SELECT count(*) FROM pairs")).rows[0]?.[0]);

  beforeAll(() => {
    beside = createClient({ url: config().url });
  });
  afterAll(() => beside.close());
  const createAccounts = () =>
    beside.executeMultiple(
      "DELETE FROM pairs; DELETE FROM users; INSERT INTO users VALUES (1, 'a', 'x', 'admin', NULL), (2, 'b', 'x', 'user', NULL), (3, 'c', 'x', 'admin', 1)",
    );
  beforeEach(() => createAccounts());

  it.each(uses)("lets %s through for who may call", async (_use, use) => {
    await run(1, async (db, session) => {
      await use(db);
      expect(session.caller).toBe("admitted");
    });
  });

  it.each(uses)("refuses %s to who may not, runs nothing, and nothing later", async (_use, use) => {
    for (const id of [2, 3, 4]) {
      await createAccounts();
      await run(id, async (db, session) => {
        await expect(use(db)).rejects.toMatchObject({ code: "CALLER_REFUSED" });
        expect(session.caller).toBe("refused");
        await beside.execute({ sql: "UPDATE users SET role = 'admin', disabled_at = NULL", args: [] });
        const { roundTrips } = session.report();
        for (const [, other] of uses) await expect(other(db)).rejects.toMatchObject({ retryable: false });
        await expect(session.checkCaller()).rejects.toMatchObject({ code: "CALLER_REFUSED" });
        expect(session.report().roundTrips).toBe(roundTrips);
      });
      expect(await countPairs()).toBe(0);
    }
  });

  it("is made by itself where it is asked for, once", async () => {
    await run(1, async (_db, session) => {
      await session.checkCaller();
      await session.checkCaller();
      expect(session.report()).toMatchObject({ opened: true, statements: 0 });
      expect(session.caller).toBe("admitted");
    });
    await expect(run(2, (_db, session) => session.checkCaller())).rejects.toMatchObject({
      code: "CALLER_REFUSED",
    });
  });

  it("has succeeded where the statement behind it is refused, whose error is its own", async () => {
    for (const use of [
      broken,
      (db: Database) => db.batch([read(db), broken(db)]),
      (db: Database) => db.transaction(broken),
    ])
      await run(1, async (db, session) => {
        await expect(use(db)).rejects.toMatchObject({ code: "NOT_NULL_VIOLATION", column: "name" });
        expect(session.caller).toBe("admitted");
      });
  });

  it("is not mistaken for a statement that fails with the same words", async () => {
    await run(1, async (db, session) => {
      const same = db.all(sql`SELECT json_extract('{}', ${"eaves-caller-refused"})`);
      await expect(same).rejects.toMatchObject({ code: "STATEMENT_FAILED" });
      expect(session.caller).toBe("admitted");
    });
  });

  it("is nothing to a session without a caller", async () => {
    await withSession(
      config(),
      async (db, session) => {
        await session.checkCaller();
        expect(session.report()).toMatchObject({ opened: false, roundTrips: 0 });
        await write(db);
      },
      { ports },
    );
    expect(await countPairs()).toBe(1);
  });
});

describe("the check of a caller on its way", () => {
  const run = <T>(work: (db: Database, session: Session) => Promise<T>) =>
    withSession(remote(), work, { callerCheck: findCaller(1, "user") });
  const checked = async () =>
    (await proxy.record()).requests.map(({ statements }) =>
      statements.join().includes("eaves-caller-refused"),
    );

  beforeEach(async () => {
    const client = createClient({ url: database.url });
    await client.executeMultiple("DELETE FROM users; INSERT INTO users VALUES (1, 'a', 'x', NULL, NULL)");
    client.close();
  });

  it("rides with each first statement of several at once, and with none that follows", async () => {
    await run(async (db) => {
      await Promise.all([read(db), write(db)]);
      await read(db);
      await db.transaction(write);
    });
    expect(await checked()).toEqual([true, true, false, false, false]);
  });

  it("rides along again where a read is repeated", async () => {
    await proxy.setFaults([{ fault: { kind: "status", status: 502 }, times: 2 }]);
    await run(read);
    expect(await checked()).toEqual([true, true, true]);
  });

  it("S20, S22: makes no write repeatable, and leaves its outcome open", async () => {
    await proxy.setFaults([{ fault: { kind: "reset-after-send" }, times: 1 }]);
    await run(async (db, session) => {
      await expect(write(db)).rejects.toMatchObject({ code: "COMMIT_UNKNOWN" });
      expect(session.caller).toBe("unchecked");
    });
    expect(await checked()).toEqual([true]);
  });

  it("stands in the transaction of what it lets through", async () => {
    await run((db) => db.transaction(write));
    await run(write);
    const [begun, , alone] = (await proxy.record()).requests.map(({ statements }) => statements);
    expect(begun?.[0]).toBe("BEGIN IMMEDIATE");
    expect(alone).toMatchObject({ 0: "BEGIN IMMEDIATE", 3: "COMMIT" });
  });
});
