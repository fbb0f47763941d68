// A session over a file, in Node, with libSQL's own client: the same behaviour without a server.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Client, type Config, createClient } from "@libsql/client";
import { eq, sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { type DatabaseConfig, parseDatabaseConfig } from "../../../src/database/config.ts";
import type { Database, Transaction } from "../../../src/database/drizzle.ts";
import { createEngine, webPorts, withSession } from "../../../src/database/engine.ts";
import { libsqlClient } from "../../../src/database/libsql-client.ts";
import { users } from "../../../src/schema/index.ts";
import { createTables } from "../../support/sessions.ts";

const ports = { ...webPorts, createClient: libsqlClient(createClient) };
let folder: string;
let config: DatabaseConfig;

function configFor(variables: Readonly<Record<string, string>> = {}): DatabaseConfig {
  return parseDatabaseConfig(
    { DATABASE_URL: "file:local.db", ...variables },
    { runtime: "node", projectFolder: folder, serverFolder: join(folder, ".eaves") },
  );
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "eaves-file-"));
  config = configFor();
  await createTables(config.url, createClient);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const run = <T>(work: (db: Database) => Promise<T>, variables?: Record<string, string>) =>
  withSession(configFor(variables), work, { ports });
const add = (db: Database | Transaction, name: string) =>
  db.run(sql`INSERT INTO pairs (name) VALUES (${name})`);
const names = () =>
  run(async (db) =>
    (await db.all<{ name: string }>(sql`SELECT name FROM pairs ORDER BY id`)).map((row) => row.name),
  );

describe("withSession over a file", () => {
  it("runs queries, relational queries and batches", async () => {
    await run(async (db) => {
      await db.insert(users).values({ email: "a@example.org", password: "x" });
      expect(await db.query.users.findFirst({ where: eq(users.email, "a@example.org") })).toMatchObject({
        id: 1,
      });
      const [all, none] = await db.batch([
        db.select().from(users),
        db.select().from(users).where(eq(users.id, 9)),
      ]);
      expect([all.length, none.length]).toEqual([1, 0]);
    });
  });

  it("keeps a batch whole", async () => {
    const batch = run((db) =>
      db.batch([add(db, "one"), db.run(sql`INSERT INTO pairs (name) VALUES (NULL)`)] as const),
    );
    await expect(batch).rejects.toMatchObject({ code: "NOT_NULL_VIOLATION" });
    expect(await names()).toEqual([]);
  });

  it("commits, rolls back, and nests transactions", async () => {
    expect(await run((db) => db.transaction(async (tx) => (await add(tx, "kept"), 7)))).toBe(7);
    const failed = run((db) =>
      db.transaction(async (tx) => {
        await add(tx, "lost");
        throw new Error("mine");
      }),
    );
    await expect(failed).rejects.toThrow("mine");
    await run((db) =>
      db.transaction(async (tx) => {
        await tx.transaction(async (inner) => (await add(inner, "inner"), inner.rollback())).catch(() => 0);
        await tx.transaction((inner) => add(inner, "second"));
      }),
    );
    expect(await names()).toEqual(["kept", "second"]);
  });

  it("S16: does not commit what swallowed an error", async () => {
    const work = run((db) =>
      db.transaction(async (tx) => {
        await add(tx, "half");
        await tx.run(sql`INSERT INTO pairs (name) VALUES (NULL)`).catch(() => undefined);
      }),
    );
    await expect(work).rejects.toMatchObject({ code: "TRANSACTION_ABORTED" });
    expect(await names()).toEqual([]);
  });

  it("S9: rolls back what was left open, and frees the lock", async () => {
    const session = createEngine(config, ports).openSession({ requestId: "r" });
    const begun = Promise.withResolvers<void>();
    const work = session.db.transaction(async (tx) => {
      await add(tx, "abandoned");
      begun.resolve();
      await new Promise(() => undefined);
    });
    const ended = expect(work).rejects.toMatchObject({ code: "SESSION_CLOSED" });
    await begun.promise;
    await session.close();
    await ended;
    await run((db) => add(db, "next"));
    expect(await names()).toEqual(["next"]);
  });

  const refusals = [
    [
      "UNIQUE",
      "INSERT INTO users VALUES (2, 'a', 'x', NULL, NULL)",
      { code: "UNIQUE_VIOLATION", columns: ["email"] },
    ],
    [
      "a primary key",
      "INSERT INTO users VALUES (1, 'b', 'x', NULL, NULL)",
      { code: "UNIQUE_VIOLATION", columns: ["id"] },
    ],
    [
      "NOT NULL",
      "INSERT INTO users (email) VALUES ('c')",
      { code: "NOT_NULL_VIOLATION", column: "password" },
    ],
    ["CHECK", "INSERT INTO children VALUES (2, 1, 3)", { code: "CHECK_VIOLATION", constraint: "grown" }],
    [
      "FOREIGN KEY",
      "INSERT INTO children VALUES (2, 9, 18)",
      { code: "FOREIGN_KEY_VIOLATION", onDelete: false },
    ],
    ["FOREIGN KEY on delete", "DELETE FROM parents", { code: "FOREIGN_KEY_VIOLATION", onDelete: true }],
    ["an unknown table", "SELECT * FROM nowhere", { code: "STATEMENT_FAILED" }],
  ] as const;
  it.each(refusals)("tells %s apart, outside and inside a transaction", async (_name, text, expected) => {
    await run(async (db) => {
      await db.run(sql`INSERT INTO users VALUES (1, 'a', 'x', NULL, NULL)`);
      await db.run(sql`INSERT INTO parents VALUES (1)`);
      await db.run(sql`INSERT INTO children VALUES (1, 1, 18)`);
    });
    await expect(run(async (db) => db.run(sql.raw(text)))).rejects.toMatchObject(expected);
    await expect(run((db) => db.transaction((tx) => tx.run(sql.raw(text))))).rejects.toMatchObject(expected);
    await expect(run((db) => db.batch([db.run(sql.raw(text))]))).rejects.toMatchObject(expected);
  });

  it("S17: keeps to its mode", async () => {
    const reading = withSession(config, (db) => add(db, "x"), { ports, mode: "read" });
    await expect(reading).rejects.toMatchObject({ code: "READ_ONLY_SESSION" });
    await expect(run((db) => db.run(sql`/* hidden */ COMMIT`))).rejects.toMatchObject({
      code: "TRANSACTION_MISUSED",
    });
  });

  it("another writer's lock is BUSY, not an unknown outcome", async () => {
    await run((db) =>
      db.transaction(async (tx) => {
        await add(tx, "first");
        await expect(run((other) => add(other, "second"))).rejects.toMatchObject({ code: "DATABASE_BUSY" });
        await expect(run((other) => other.transaction((inner) => add(inner, "third")))).rejects.toMatchObject(
          {
            code: "DATABASE_BUSY",
          },
        );
      }),
    );
    expect(await names()).toEqual(["first"]);
  });

  it("S21: has no deadline for a statement, since there is nothing to break off", async () => {
    const slow = sql`WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 300000) SELECT count(*) AS n FROM n`;
    const variables = { DATABASE_STATEMENT_TIMEOUT_MS: "1", DATABASE_SESSION_TIMEOUT_MS: "1" };
    expect(await run((db) => db.get(slow), variables)).toEqual({ n: 300_000 });
  });

  it("closes every client that it opens", async () => {
    const clients: Client[] = [];
    const counting = {
      ...ports,
      createClient: libsqlClient((settings: Config) => {
        const client = createClient(settings);
        clients.push(client);
        return client;
      }),
    };
    const work = async (db: Database): Promise<void> => {
      await add(db, "a");
      await db.transaction((tx) => add(tx, "b"));
      await db.transaction(async (tx) => (await add(tx, "c"), tx.rollback())).catch(() => undefined);
      await db.transaction((tx) => tx.run(sql`nonsense`)).catch(() => undefined);
      await db.run(sql`nonsense`).catch(() => undefined);
    };
    await withSession(config, work, { ports: counting });
    expect(clients).toHaveLength(5);
    expect(clients.filter((client) => !client.closed)).toEqual([]);
  });
});
