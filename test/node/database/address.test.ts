// The token and the statements go to the configured database, and nowhere that DATABASE_URL could not name (rule S29).
import { createClient } from "@libsql/client/http";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { parseDatabaseConfig } from "../../../src/database/config.ts";
import type { Database } from "../../../src/database/drizzle.ts";
import { withSession } from "../../../src/database/engine.ts";
import { fetchAtHome } from "../../../src/dev/backup/exact-transaction.ts";
import { openDatabase } from "../../../src/migrate/runtime/connection.ts";
import { startAlteringProxy, type AlteringProxy, type Alterations } from "../../support/altering-proxy.ts";
import { createDatabase, type TestDatabase } from "../../support/database.ts";
import { startWorkerd } from "../../support/workerd.ts";

const token = "the-database-token";
let database: TestDatabase;
/** At 127.0.0.2, which no configuration here allows unless it says so. */
let elsewhere: AlteringProxy;

beforeAll(async () => {
  database = await createDatabase();
  elsewhere = await startAlteringProxy(database.url, {}, "127.0.0.2");
});

beforeEach(() => void elsewhere.received.splice(0));

afterAll(async () => {
  await elsewhere[Symbol.asyncDispose]();
  await database.stop();
});

function configAt(port: number, variables: Readonly<Record<string, string>> = {}) {
  const own = { DATABASE_URL: `http://127.0.0.1:${port}`, DATABASE_AUTH_TOKEN: token };
  return parseDatabaseConfig({ ...own, ...variables }, { runtime: "worker" });
}

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => "done",
    (error: { code: unknown }) => error.code,
  );
}

const transact = (db: Database) =>
  db.transaction(async (tx) => {
    await tx.run(sql`SELECT 1`);
    await tx.run(sql`SELECT 'secret'`);
  });

/** Says that the rest of a transaction is to be sent to this address. */
function naming(baseUrl: () => unknown): Alterations {
  return {
    answer: (text) => ({ body: JSON.stringify({ ...(JSON.parse(text) as object), base_url: baseUrl() }) }),
  };
}

describe("a server that names another address for the rest of a transaction", () => {
  const refused = [
    "http://127.0.0.2:PORT",
    "HTTP://127.0.0.2:PORT",
    "http://127.0.0.2:PORT/v2/",
    "http://2130706434:PORT",
    "http://0x7f.2:PORT",
    "http:127.0.0.2:PORT",
    "http:\\\\127.0.0.2:PORT",
    "http://[::ffff:127.0.0.2]:PORT",
    "libsql://127.0.0.2:PORT?tls=0",
    "LIBSQL://127.0.0.2:PORT?tls=0",
    "libsql://127.0.0.2:PORT?tls=1&tls=0",
    "https://127.0.0.2:PORT?tls=0",
    "https://someone:secret@127.0.0.2:PORT",
    "http://localhost@127.0.0.2:PORT",
    "https://127.0.0.2:PORT?authToken=other",
    "ws://127.0.0.2:PORT",
    "file:///127.0.0.2:PORT",
    "//127.0.0.2:PORT",
    "127.0.0.2:PORT",
    "nonsense",
  ];

  it.each(refused)("is not followed to %s", async (address) => {
    const baseUrl = address.replace("PORT", `${elsewhere.port}`);
    await using home = await startAlteringProxy(
      database.url,
      naming(() => baseUrl),
    );
    const work = withSession(configAt(home.port), transact);
    await expect(work).rejects.toMatchObject({
      code: "DATABASE_ADDRESS_REFUSED",
      retryable: false,
      host: `127.0.0.1:${home.port}`,
    });
    expect(elsewhere.received).toEqual([]);
    // The lock is freed at home, as far as it is there.
    expect(home.received.at(-1)?.kinds).toEqual(["close"]);
    expect(home.received.some(({ body }) => body.includes("secret"))).toBe(false);
  });

  it("is followed where DATABASE_URL could name the address", async () => {
    const baseUrl = () => `http://127.0.0.2:${elsewhere.port}`;
    await using home = await startAlteringProxy(database.url, naming(baseUrl));
    const config = configAt(home.port, { DATABASE_ALLOW_HTTP: "other.test, 127.0.0.2" });
    await withSession(config, transact);
    expect(home.received).toHaveLength(1);
    expect(elsewhere.received.map(({ headers }) => headers.authorization)).toEqual(
      elsewhere.received.map(() => `Bearer ${token}`),
    );
    expect(elsewhere.received.length).toBeGreaterThan(0);
  });

  it("has committed if it does so in its answer to COMMIT", async () => {
    await using home = await startAlteringProxy(database.url, {
      answer(text, { statements }) {
        if (!statements.includes("COMMIT")) return undefined;
        const answer = JSON.parse(text) as object;
        return { body: JSON.stringify({ ...answer, base_url: `http://127.0.0.2:${elsewhere.port}` }) };
      },
    });
    expect(await codeOf(withSession(configAt(home.port), transact))).toBe("done");
    expect(elsewhere.received).toEqual([]);
  });
});

describe.each([300, 301, 302, 303, 307, 308])("a redirect with status %i", (status) => {
  const location = () => ({ location: `http://127.0.0.2:${elsewhere.port}/v2/pipeline` });
  const redirect: Alterations = { request: () => ({ status, headers: location() }) };

  it.each<readonly [string, (db: Database) => Promise<unknown>]>([
    ["read", async (db) => db.run(sql`SELECT 'secret'`)],
    ["write", async (db) => db.run(sql`INSERT INTO t VALUES ('secret')`)],
    ["batch", (db) => db.batch([db.run(sql`SELECT 'secret'`), db.run(sql`SELECT 'secret'`)])],
    ["transaction", transact],
  ])("is not followed for a %s, nor is it tried again", async (_, work) => {
    await using home = await startAlteringProxy(database.url, redirect);
    await expect(withSession(configAt(home.port), work)).rejects.toMatchObject({
      code: "DATABASE_ADDRESS_REFUSED",
      retryable: false,
      host: `127.0.0.1:${home.port}`,
    });
    expect(home.received).toHaveLength(1);
    expect(elsewhere.received).toEqual([]);
  });

  it("is not followed within a transaction, nor by the requests that end it", async () => {
    let answered = 0;
    await using home = await startAlteringProxy(database.url, {
      request: () => (answered++ === 0 ? undefined : { status, headers: location() }),
    });
    // It takes no lock, which could not be freed at the server behind.
    const work = (db: Database) =>
      db.transaction(async (tx) => (await tx.run(sql`SELECT 1`), await tx.run(sql`SELECT 'secret'`)), {
        mode: "read",
      });
    expect(await codeOf(withSession(configAt(home.port), work))).toBe("DATABASE_ADDRESS_REFUSED");
    expect(elsewhere.received).toEqual([]);
  });

  it("is not followed by the migration tool", async () => {
    await using home = await startAlteringProxy(database.url, redirect);
    for (const run of ["read", "write", "migrate"] as const) {
      const opened = openDatabase(configAt(home.port));
      expect(await codeOf(opened[run](["SELECT 'secret'"]))).toBe("DATABASE_REFUSED");
      opened.close();
    }
    expect(elsewhere.received).toEqual([]);
  });
});

describe("fetchAtHome", () => {
  const read = async (config: ReturnType<typeof configAt>) => {
    const { url } = config;
    const client = createClient({ url, authToken: token, fetch: fetchAtHome(config) });
    const transaction = await client.transaction("read");
    await transaction.execute("SELECT 1");
    await transaction.execute("SELECT 'secret'");
  };

  it("keeps the client of commands from following a redirect", async () => {
    const location = `http://127.0.0.2:${elsewhere.port}/v2/pipeline`;
    await using home = await startAlteringProxy(database.url, {
      request: () => ({ status: 307, headers: { location } }),
    });
    await expect(read(configAt(home.port))).rejects.toThrow();
    expect(elsewhere.received).toEqual([]);
  });

  it("keeps the client of commands from another address that DATABASE_URL could not name", async () => {
    const baseUrl = () => `http://127.0.0.2:${elsewhere.port}`;
    await using home = await startAlteringProxy(database.url, naming(baseUrl));
    await expect(read(configAt(home.port))).rejects.toThrow();
    expect(home.received.length).toBeGreaterThan(0);
    expect(elsewhere.received).toEqual([]);
    await read(configAt(home.port, { DATABASE_ALLOW_HTTP: "127.0.0.2" }));
    expect(elsewhere.received.length).toBeGreaterThan(0);
  });
});

describe("the service in workerd", () => {
  it("follows no redirect of its database", async () => {
    const location = `http://127.0.0.2:${elsewhere.port}/v2/pipeline`;
    await using home = await startAlteringProxy(database.url, {
      request: () => ({ status: 307, headers: { location } }),
    });
    const worker = await startWorkerd({
      entry: new URL("../../../src/worker/index.ts", import.meta.url).pathname,
      variables: {
        ENVIRONMENT: "development",
        DATABASE_URL: `http://127.0.0.1:${home.port}`,
        DATABASE_AUTH_TOKEN: token,
        TOKEN_SECRETS: "q4jcW0Zl8mVb2uQyT7hN5sXeR1kD9pGfA3iLoC6wYtE",
      },
    });
    try {
      const response = await fetch(`${worker.origin}/auth/logout`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ refreshToken: "a".repeat(64) }),
      });
      expect(response.status).toBe(500);
      expect(response.headers.get("Retry-After")).toBeNull();
      expect(await response.json()).toMatchObject({ code: "DATABASE_ADDRESS_REFUSED" });
    } finally {
      await worker.stop();
    }
    expect(home.received.length).toBeGreaterThan(0);
    expect(elsewhere.received).toEqual([]);
  });
});
