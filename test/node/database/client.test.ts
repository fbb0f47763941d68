// Our client beside the one of libSQL, over one server: the same values, the same rows, the same refusals.
import { createClient } from "@libsql/client/http";
import type { InValue, ResultSet } from "@libsql/client/http";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createHttpClient } from "../../../src/database/client.ts";
import { parseDatabaseConfig } from "../../../src/database/config.ts";
import { Requests, type RequestsHost } from "../../../src/database/requests.ts";
import type { SessionMode, Statement } from "../../../src/database/session-core.ts";
import { createDatabase, type TestDatabase } from "../../support/database.ts";
import { count, seed } from "../../support/tier.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
});

afterAll(() => database.stop());

const limitMs = 5_000;

/** Our client, with the methods of theirs. */
function ownAt(url: string, send: RequestsHost["fetch"] = fetch, token?: string) {
  const requests = new Requests({ fetch: send, onRoundTrip: () => undefined });
  const variables = { DATABASE_URL: url, DATABASE_AUTH_TOKEN: token, DATABASE_ALLOW_HTTP: "db.example" };
  const config = parseDatabaseConfig(variables, { runtime: "worker" });
  const client = createHttpClient({ requests, config, requestId: "r" });
  return {
    async execute(statement: Statement, mode: SessionMode = "write"): Promise<ResultSet> {
      const [result] = await client.run([statement], mode, limitMs);
      if (result === undefined) throw new Error("A statement without a result");
      return result;
    },
    batch: (statements: readonly Statement[], mode: SessionMode) => client.run(statements, mode, limitMs),
    transaction(mode: SessionMode) {
      const transaction = client.transaction(mode);
      return {
        batch: (statements: readonly Statement[]) => transaction.run(statements, limitMs),
        commit: () => transaction.commit(limitMs),
      };
    },
  };
}

const own = (send?: RequestsHost["fetch"]) => ownAt(database.url, send);
const theirs = () => createClient({ url: database.url });

/** All that can be seen of a result. */
function seen(result: ResultSet): unknown {
  const rows = result.rows.map((row) => ({
    byPosition: Array.from(row),
    byName: Object.entries(row),
    beyond: row[row.length],
    json: JSON.stringify(row, (_, value: unknown) =>
      value instanceof ArrayBuffer ? [...new Uint8Array(value)] : value,
    ),
  }));
  const { columns, columnTypes, rowsAffected, lastInsertRowid } = result;
  return { columns, columnTypes, rows, rowsAffected, lastInsertRowid };
}

async function failureOf(work: Promise<unknown>): Promise<{ readonly code?: string; readonly name: string }> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("It did not fail with an Error");
}

const storable: fc.Arbitrary<InValue> = fc.oneof(
  fc.constant(null),
  fc.string({ unit: "binary" }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 53n) + 1n, max: 2n ** 53n - 1n }),
  fc.boolean(),
  fc.uint8Array(),
  fc.date({ noInvalidDate: true }),
);

const over = { code: "TRANSACTION_CLOSED" };

describe("createHttpClient", () => {
  it("sends and reads every value as libSQL's client does", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(storable, { minLength: 1, maxLength: 6 }), async (args) => {
        // A parameter of a number can be read twice.
        const sql = `SELECT ${args.map((_, at) => `?${at + 1} AS v${at}, typeof(?${at + 1}) AS t${at}`).join(", ")}`;
        expect(sql).not.toBe("");
        const [ours, others] = await Promise.all([
          own().execute({ sql, args }),
          theirs().execute({ sql, args }),
        ]);
        expect(seen(ours)).toEqual(seen(others));
        expect(JSON.stringify(ours)).toBe(JSON.stringify(others));
      }),
      { seed: seed(), numRuns: count({ quick: 40, long: 1_000 }) },
    );
  });

  it.each([
    "SELECT 1 AS a, 2 AS a, 3 AS b",
    "SELECT 1 AS length, 2 AS constructor, 3 AS toString, 4 AS __proto__",
    'SELECT 1 AS "7", 2 AS ""',
    "SELECT 1 WHERE 0",
    "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 30) SELECT x, x * 2 AS y FROM n",
    "CREATE TABLE IF NOT EXISTS kept (id integer PRIMARY KEY, name text)",
  ])("reads what libSQL's client reads of %s", async (sql) => {
    expect(seen(await own().execute({ sql, args: [] }))).toEqual(
      seen(await theirs().execute({ sql, args: [] })),
    );
  });

  it("reads a wide result before a narrow one", async () => {
    const wide = `SELECT ${Array.from({ length: 40 }, (_, at) => `${at} AS c${at}`).join(", ")}`;
    expect(Array.from((await own().execute({ sql: wide })).rows[0] ?? [])).toHaveLength(40);
    const [row] = (await own().execute({ sql: "SELECT 5 AS x" })).rows;
    expect([row?.length, row?.[0], row?.[1], row?.["x"]]).toEqual([1, 5, undefined, 5]);
  });

  it("names a parameter as libSQL's client does", async () => {
    const statement = { sql: "SELECT :a AS a, @b AS b", args: { a: 1, b: "two" } };
    expect(seen(await own().execute(statement))).toEqual(seen(await theirs().execute(statement)));
  });

  it.each([[Number.NaN], [Infinity], [2n ** 63n], [-(2n ** 63n) - 1n]])(
    "refuses to send %s",
    async (value) => {
      expect(await failureOf(own().execute({ sql: "SELECT ?", args: [value] }))).toBeInstanceOf(RangeError);
    },
  );

  it("refuses an integer that JavaScript has no number for", async () => {
    const sql = "SELECT 9007199254740993 AS n";
    expect(await failureOf(own().execute({ sql }))).toHaveProperty("name", "ResultError");
    expect(await failureOf(theirs().execute(sql))).toBeInstanceOf(RangeError);
  });

  it.each(["SELECT * FROM nothing", "nonsense", "INSERT INTO pairs_of_one VALUES (1), (1)", "SELECT ?"])(
    "fails with the code of libSQL's client: %s",
    async (sql) => {
      await theirs().execute("CREATE TABLE IF NOT EXISTS pairs_of_one (id integer PRIMARY KEY)");
      const ours = await failureOf(own().execute({ sql, args: ["x", "y"] }));
      const others = await failureOf(theirs().execute({ sql, args: ["x", "y"] }));
      expect(ours.code).toBe(others.code);
    },
  );

  it("runs a batch whole or not at all, and says which error it was", async () => {
    await theirs().execute("CREATE TABLE IF NOT EXISTS wholes (id integer PRIMARY KEY)");
    const insert = (id: number) => ({ sql: "INSERT INTO wholes VALUES (?)", args: [id] });
    const results = await own().batch([insert(1), { sql: "SELECT count(*) AS n FROM wholes" }], "write");
    expect(results.map(({ rowsAffected }) => rowsAffected)).toEqual([1, 0]);
    expect(results[1]?.rows[0]?.["n"]).toBe(1);
    expect(await failureOf(own().batch([insert(2), insert(1), insert(3)], "write"))).toMatchObject({
      code: "SQLITE_CONSTRAINT",
      statementIndex: 1,
    });
    expect((await own().execute({ sql: "SELECT id FROM wholes" })).rows).toHaveLength(1);
  });

  it("goes on where the server says, with the last name of the stream", async () => {
    const asked: { readonly url: string; readonly baton: unknown }[] = [];
    const send = async (url: string, init: RequestInit): Promise<Response> => {
      const body = JSON.parse(String(init.body)) as { readonly baton: string | null };
      asked.push({ url, baton: body.baton });
      const answer = (await (await fetch(`${database.url}/v2/pipeline`, init)).json()) as object;
      return Response.json({ ...answer, base_url: "https://elsewhere.example/" });
    };
    const transaction = own(send).transaction("write");
    await transaction.batch([{ sql: "SELECT 1" }]);
    await transaction.batch([{ sql: "SELECT 2" }]);
    await transaction.commit();
    expect(asked.map(({ url }) => url)).toEqual([
      `${database.url}/v2/pipeline`,
      "https://elsewhere.example/v2/pipeline",
      "https://elsewhere.example/v2/pipeline",
    ]);
    const batons = asked.map(({ baton }) => baton);
    expect(batons[0]).toBeNull();
    expect(new Set(batons).size).toBe(3);
    expect(await failureOf(transaction.batch([{ sql: "SELECT 3" }]))).toMatchObject(over);
    expect(asked).toHaveLength(3);
  });

  it("says goodbye behind a request that broke, and sends nothing more", async () => {
    const asked: string[] = [];
    let isBroken = false;
    const send = async (url: string, init: RequestInit): Promise<Response> => {
      asked.push(String(init.body));
      if (isBroken) throw new TypeError("broken");
      return fetch(url, init);
    };
    const client = own(send);
    const first = client.transaction("read");
    await first.batch([{ sql: "SELECT 1" }]);
    isBroken = true;
    await failureOf(first.batch([{ sql: "SELECT 2" }]));
    expect(asked.at(-1)).toContain('"requests":[{"type":"close"}]');
    expect(await failureOf(first.batch([{ sql: "SELECT 3" }]))).toMatchObject(over);
    expect(asked).toHaveLength(3);
  });

  it("knows when a stream is over, and closes one whose BEGIN was refused", async () => {
    const ran = { cols: [], rows: [], affected_row_count: 0, last_insert_rowid: null };
    const answerOf = (result: object, baton: string | null) => ({
      baton,
      results: [{ type: "ok", response: { type: "batch", result } }],
    });
    const whole = answerOf({ step_results: [ran, ran], step_errors: [null, null] }, null);
    for (const answer of [whole, { results: whole.results }]) {
      const transaction = own(() => Promise.resolve(Response.json(answer))).transaction("write");
      await transaction.batch([{ sql: "SELECT 1" }]);
      expect(await failureOf(transaction.batch([{ sql: "SELECT 2" }]))).toMatchObject(over);
    }
    const refusal = { message: "no", code: "SQLITE_BUSY" };
    const refused = answerOf({ step_results: [null, null], step_errors: [refusal, null] }, "still-open");
    const asked: string[] = [];
    const send = (_: string, init: RequestInit) => {
      asked.push(String(init.body));
      return Promise.resolve(Response.json(refused));
    };
    const other = own(send).transaction("write");
    expect(await failureOf(other.batch([{ sql: "SELECT 1" }]))).toMatchObject({ code: "SQLITE_BUSY" });
    expect(await failureOf(other.batch([{ sql: "SELECT 2" }]))).toMatchObject(over);
    expect(asked.at(-1)).toBe('{"baton":"still-open","requests":[{"type":"close"}]}');
  });

  it("says which row was written", async () => {
    await theirs().execute("CREATE TABLE IF NOT EXISTS written (id integer PRIMARY KEY)");
    const written = await own().execute({ sql: "INSERT INTO written VALUES (7)" });
    expect(written.lastInsertRowid).toBe(7n);
    expect(written.rowsAffected).toBe(1);
    expect(JSON.parse(JSON.stringify(written))).toMatchObject({ lastInsertRowid: "7", rows: [] });
  });

  it("sends the token, and only where there is one", async () => {
    const sent: (string | null)[] = [];
    const send = (_: string, init: RequestInit) => {
      sent.push(new Headers(init.headers).get("authorization"));
      return Promise.reject(new TypeError("no network"));
    };
    const url = "https://db.example";
    await failureOf(ownAt(url, send, "secret").execute({ sql: "SELECT 1" }));
    await failureOf(ownAt(url, send).execute({ sql: "SELECT 1" }));
    expect(sent).toEqual(["Bearer secret", null]);
  });

  it.each([
    "{}",
    "[]",
    "null",
    '{"baton":null,"results":[]}',
    '{"results":[{"type":"ok"}]}',
    '{"results":[{}]}',
  ])("takes %s for no answer of a database", async (text) => {
    const send = () =>
      Promise.resolve(new Response(text, { headers: { "content-type": "application/json" } }));
    const client = own(send);
    expect(await failureOf(client.execute({ sql: "SELECT 1" }))).toHaveProperty("name", "TransportError");
  });

  it.each([
    ["libsql://db.example", "https://db.example/v2/pipeline"],
    ["libsql://db.example?tls=0", "http://db.example/v2/pipeline"],
    ["http://localhost:8080/", "http://localhost:8080/v2/pipeline"],
    ["https://db.example/a/b", "https://db.example/a/v2/pipeline"],
    ["LIBSQL://db.example", "https://db.example/v2/pipeline"],
    ["LibSQL://db.example:8080?tls=0", "http://db.example:8080/v2/pipeline"],
  ])("asks for %s at %s", async (url, expected) => {
    let asked = "";
    const send = (to: string): Promise<Response> => {
      asked = to;
      return Promise.reject(new TypeError("no network"));
    };
    await failureOf(ownAt(url, send).execute({ sql: "SELECT 1" }));
    expect(asked).toBe(expected);
  });
});
