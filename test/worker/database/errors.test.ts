// The table of errors, against a real server: each condition is told apart, in a statement, a batch and a transaction.
import { createClient } from "@libsql/client/http";
import { sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Database, Transaction } from "../../../src/database/drizzle.ts";
import { withSession } from "../../../src/database/engine.ts";
import { translateError } from "../../../src/database/error-translation.ts";
import { users } from "../../../src/schema/index.ts";
import { createDatabase, type TestDatabase } from "../../support/database.ts";
import { poll } from "../../support/poll.ts";
import { configOf, createTables } from "../../support/sessions.ts";
import { canary, expectDiscreet, failureIn, failureOf } from "./failures.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
  await createTables(database.url);
  await withSession(configOf(database.url), async (db) => {
    for (const text of [
      "CREATE TABLE keys (tenant text, name text, other text, UNIQUE (tenant, name))",
      "CREATE UNIQUE INDEX ix_keys_other ON keys (lower(other))",
      "CREATE TABLE codes (code text PRIMARY KEY) WITHOUT ROWID",
      "CREATE TABLE checks (age integer CHECK (age > 17), name text CONSTRAINT short CHECK (length(name) < 20))",
      "CREATE TRIGGER guard BEFORE DELETE ON checks BEGIN SELECT RAISE(ABORT, 'canary-4711'); END",
      "CREATE TABLE late (parent integer REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)",
      "INSERT INTO keys VALUES ('a', 'b', 'canary-4711')",
      "INSERT INTO codes VALUES ('canary-4711')",
      "INSERT INTO parents VALUES (1)",
      "INSERT INTO children VALUES (1, 1, 18)",
      "INSERT INTO checks VALUES (18, 'x')",
      "INSERT INTO users VALUES (1, 'canary-4711', 'x', NULL, NULL)",
    ])
      await db.run(sql.raw(text));
  });
});
afterAll(() => database.stop());

const fails = (work: (db: Database) => Promise<unknown>) => failureIn(database.url, work);

type Query = BatchItem<"sqlite"> & PromiseLike<unknown>;
type MakeQuery = (db: Database | Transaction) => Query;

const refusals: readonly [string, MakeQuery, { code: string; [field: string]: unknown }][] = [
  [
    "UNIQUE on one column",
    (db) => db.insert(users).values({ email: canary, password: canary }),
    { code: "UNIQUE_VIOLATION", table: "users", columns: ["email"], retryable: false },
  ],
  [
    "UNIQUE on two columns",
    (db) => db.run(sql`INSERT INTO keys VALUES ('a', 'b', ${`${canary}-2`})`),
    { code: "UNIQUE_VIOLATION", table: "keys", columns: ["tenant", "name"] },
  ],
  [
    "UNIQUE on an expression",
    (db) => db.run(sql`INSERT INTO keys VALUES ('c', 'd', ${canary.toUpperCase()})`),
    { code: "UNIQUE_VIOLATION", table: undefined, columns: [] },
  ],
  [
    "a primary key that is the row's number",
    (db) => db.insert(users).values({ id: 1, email: `${canary}-2`, password: canary }),
    { code: "UNIQUE_VIOLATION", table: "users", columns: ["id"] },
  ],
  [
    "a primary key of text",
    (db) => db.run(sql`INSERT INTO codes VALUES (${canary})`),
    { code: "UNIQUE_VIOLATION", table: "codes", columns: ["code"] },
  ],
  [
    "NOT NULL",
    (db) => db.run(sql`INSERT INTO users (email, password) VALUES (${canary}, NULL)`),
    { code: "NOT_NULL_VIOLATION", table: "users", column: "password", retryable: false },
  ],
  [
    "a CHECK with a name",
    (db) => db.run(sql`INSERT INTO checks VALUES (20, ${canary.repeat(3)})`),
    { code: "CHECK_VIOLATION", constraint: "short", retryable: false },
  ],
  [
    "a CHECK without a name",
    (db) => db.run(sql`INSERT INTO checks VALUES (3, ${canary})`),
    { code: "CHECK_VIOLATION", constraint: "age > 17" },
  ],
  [
    "FOREIGN KEY on an insert",
    (db) => db.run(sql`INSERT INTO children (parent, age) SELECT 99, 18 WHERE ${canary} <> ''`),
    { code: "FOREIGN_KEY_VIOLATION", onDelete: false, retryable: false },
  ],
  [
    "FOREIGN KEY on a delete",
    (db) => db.run(sql`DELETE FROM parents WHERE id = 1 AND ${canary} <> ''`),
    { code: "FOREIGN_KEY_VIOLATION", onDelete: true },
  ],
  [
    "FOREIGN KEY on a delete behind a WITH",
    (db) =>
      db.run(sql`WITH n AS (SELECT ${canary}) DELETE FROM parents WHERE id = 1 AND EXISTS (SELECT * FROM n)`),
    { code: "FOREIGN_KEY_VIOLATION", onDelete: true },
  ],
  [
    "a trigger that refuses",
    (db) => db.run(sql`DELETE FROM checks WHERE ${canary} <> ''`),
    { code: "STATEMENT_FAILED", serverCode: "SQLITE_CONSTRAINT" },
  ],
  [
    "a table that is missing",
    (db) => db.run(sql.raw(`SELECT '${canary}' FROM nowhere_${canary.replace("-", "_")}`)),
    { code: "STATEMENT_FAILED", retryable: false },
  ],
  [
    "a text that is no SQL",
    (db) => db.run(sql.raw(`SELEC '${canary}'`)),
    { code: "STATEMENT_FAILED", serverCode: "SQL_PARSE_ERROR" },
  ],
  [
    "a second statement in one text",
    (db) => db.run(sql.raw(`SELECT '${canary}'; SELECT 2`)),
    { code: "STATEMENT_FAILED", serverCode: "SQL_MANY_STATEMENTS" },
  ],
  [
    "a value that is too big",
    (db) => db.run(sql`SELECT length(${canary.repeat(600_000)})`),
    { code: "STATEMENT_FAILED" },
  ],
  [
    "rows that are too large",
    (db) => db.all(sql`SELECT hex(zeroblob(1800000)), ${canary} FROM (VALUES (1), (2), (3), (4))`),
    { code: "RESPONSE_TOO_LARGE", retryable: false },
  ],
];

describe("an error of the database", () => {
  it.each(refusals)("%s is told apart, and says nothing of what was sent", async (_name, query, expected) => {
    const error = await fails(async (db) => query(db));
    expect(error).toMatchObject(expected);
    expectDiscreet(error);
  });

  it.each(refusals)("%s is the same in a batch", async (_name, query, expected) => {
    const error = await fails((db) => db.batch([db.run(sql`SELECT 1`), query(db)]));
    expect(error).toMatchObject(expected);
    expectDiscreet(error);
  });

  it.each(refusals)(
    "%s is the same in a transaction, whose savepoint takes it back",
    async (_name, query, expected) => {
      await withSession(configOf(database.url), (db) =>
        db.transaction(async (tx) => {
          const error = await failureOf(tx.transaction(async (nested) => query(nested)));
          expect(error).toMatchObject(expected);
          expectDiscreet(error);
          expect(await tx.get(sql`SELECT 1 AS one`)).toEqual({ one: 1 });
        }),
      );
    },
  );

  it("a foreign key that is checked at COMMIT is no unknown outcome", async () => {
    const error = await fails((db) => db.transaction((tx) => tx.run(sql`INSERT INTO late VALUES (99)`)));
    expect(error).toMatchObject({ code: "FOREIGN_KEY_VIOLATION", onDelete: false });
  });

  const missing = sql`INSERT INTO missing VALUES (1)`;
  const wrongStatements: readonly (readonly [
    name: string,
    work: (db: Database) => Promise<unknown>,
    index: number | undefined,
  ])[] = [
    ["the second", (db) => db.batch([db.run(sql`SELECT 1`), db.run(missing)]), 1],
    ["the first", (db) => db.batch([db.run(missing), db.run(sql`SELECT 1`)]), 0],
    // The server reads all statements before it runs the first, and does not say which one it cannot read.
    ["none", (db) => db.batch([db.run(sql`SELECT 1`), db.run(sql`nonsense`)]), undefined],
    ["none, where it is alone", async (db) => db.run(missing), undefined],
    ["none, in a transaction", (db) => db.transaction((tx) => tx.run(missing)), undefined],
  ];
  it.each(wrongStatements)("says which statement of a batch failed: %s", async (_name, work, index) => {
    const error = await fails(work);
    expect(error).toMatchObject({ code: "STATEMENT_FAILED", statementIndex: index });
    const config = configOf(database.url);
    const callerCheck = { sql: "SELECT 1", args: [] };
    const behindCheck = await withSession(config, work, { callerCheck }).catch((failure: unknown) => failure);
    expect(behindCheck).toMatchObject({ code: "STATEMENT_FAILED", statementIndex: index });
  });

  it("takes the foreign key for one of a delete only if the delete failed", async () => {
    const remove = (db: Database) => db.run(sql`DELETE FROM pairs WHERE id = 0`);
    const orphan = (db: Database) => db.run(sql`INSERT INTO children VALUES (77, 99, 18)`);
    const error = await fails((db) => db.batch([remove(db), orphan(db)]));
    expect(error).toMatchObject({ code: "FOREIGN_KEY_VIOLATION", onDelete: false, statementIndex: 1 });
  });

  it("S20: rows of a write that are too large leave its outcome open: it was applied", async () => {
    const error = await fails((db) =>
      db.all(
        sql`INSERT INTO keys (other) SELECT hex(randomblob(1800000)) FROM (VALUES (1), (2), (3), (4)) RETURNING other`,
      ),
    );
    expect(error).toMatchObject({ code: "COMMIT_UNKNOWN", retryable: false });
    // A busy server may still be at it when the statement's time is up.
    const count = sql`SELECT count(*) AS n FROM keys WHERE length(other) > 1000`;
    const kept = () => withSession(configOf(database.url), (db) => db.get<{ n: number }>(count));
    await poll(kept, ({ n }) => n === 4, 60_000);
  });

  it("BUSY arrives with status 200 and is told by its code", async () => {
    const client = createClient({ url: database.url });
    const [one, two] = [await client.transaction("deferred"), await client.transaction("deferred")];
    await one.execute("SELECT count(*) FROM pairs");
    await two.execute("SELECT count(*) FROM pairs");
    await one.execute("INSERT INTO pairs (name) VALUES ('one')");
    await one.commit();
    const raw: unknown = await two.execute("INSERT INTO pairs (name) VALUES ('two')").catch((error) => error);
    two.close();
    const work = { mayHaveCommitted: true, inTransaction: false, statements: [] };
    expect(translateError(raw, work)).toMatchObject({ code: "DATABASE_BUSY", retryable: true });
  });

  it("what is not the database's is left as it is", () => {
    const work = { mayHaveCommitted: true, inTransaction: false, statements: [] };
    for (const foreign of [new TypeError("mine"), "text", undefined, { code: "SQLITE_BUSY" }]) {
      expect(translateError(foreign, work)).toBe(foreign);
    }
  });
});
