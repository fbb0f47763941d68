// A session on a replica reads what it has written (session rule S27), over a real primary and a real replica.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createClient } from "@libsql/client/http";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Database, Transaction } from "../../../src/database/drizzle.ts";
import { withSession } from "../../../src/database/engine.ts";
import { findFreePort } from "../../../src/migrate/server/ports.ts";
import { type SqldServer, startServer } from "../../../src/migrate/server/server.ts";
import { startAlteringProxy } from "../../support/altering-proxy.ts";
import { poll } from "../../support/poll.ts";
import { configOf } from "../../support/sessions.ts";
import { count } from "../../support/tier.ts";

let folder: string;
let primary: SqldServer;
let replica: SqldServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "eaves-replica-"));
  const rpc = `127.0.0.1:${await findFreePort()}`;
  primary = await startServer({ folder: join(folder, "primary"), serverArgs: ["--grpc-listen-addr", rpc] });
  replica = await startServer({
    folder: join(folder, "replica"),
    serverArgs: ["--primary-grpc-url", `http://${rpc}`],
  });
  await createClient({ url: primary.url }).execute("CREATE TABLE notes (text TEXT)");
  const tables = async () =>
    (await createClient({ url: replica.url }).execute("SELECT name FROM sqlite_schema")).rows.length;
  await poll(tables, (found) => found === 1);
});
afterAll(async () => {
  await replica.stop();
  await primary.stop();
  await rm(folder, { recursive: true, force: true });
});

const write = (db: Database | Transaction, text: string) => db.run(sql`INSERT INTO notes VALUES (${text})`);
const find = (db: Database | Transaction, text: string) =>
  db.all(sql`SELECT text FROM notes WHERE text = ${text}`);

const reads: Readonly<Record<string, (db: Database, text: string) => Promise<unknown[]>>> = {
  "a statement": async (db, text) => find(db, text),
  "a batch": async (db, text) => (await db.batch([find(db, "none"), find(db, text)]))[1],
  "a transaction": (db, text) => db.transaction((tx) => find(tx, text), { mode: "read" }),
};
const writes: Readonly<Record<string, (db: Database, text: string) => Promise<unknown>>> = {
  "a statement": async (db, text) => write(db, text),
  "a batch": (db, text) => db.batch([write(db, text), write(db, text)]),
  "a transaction": (db, text) => db.transaction((tx) => write(tx, text)),
};
const ways = Object.keys(writes).flatMap((by) => Object.keys(reads).map((read) => [by, read] as const));

describe("a session on a replica", () => {
  it.each(ways)("S27: reads what %s has written, by %s", async (by, read) => {
    let stale = 0;
    for (let round = 0; round < count({ quick: 10, long: 40 }); round++) {
      const text = `${by} ${read} ${round}`;
      await withSession(configOf(replica.url), async (db) => {
        await writes[by]?.(db, text);
        if ((await reads[read]?.(db, text))?.length === 0) stale += 1;
      });
    }
    expect(stale).toBe(0);
  });

  it("S27: ends by its deadline if the replica does not get that far", async () => {
    const ahead = (text: string) =>
      text.replaceAll(/"replication_index":"\d+"/g, '"replication_index":"999999"');
    await using proxy = await startAlteringProxy(replica.url, { answer: (text) => ({ body: ahead(text) }) });
    const config = configOf(`http://127.0.0.1:${proxy.port}`, { DATABASE_STATEMENT_TIMEOUT_MS: "300" });
    await withSession(config, async (db) => {
      await find(db, "x");
      await expect(find(db, "x")).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    });
  });
});
