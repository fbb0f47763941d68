// What errors keep to themselves: parameters, SQL and tokens, whichever way a statement took (and Drizzle's own
// error, which holds the parameters, never arrives).
import { createClient } from "@libsql/client/http";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Database, Transaction } from "../../../src/database/drizzle.ts";
import { withSession } from "../../../src/database/engine.ts";
import { users } from "../../../src/schema/index.ts";
import { createDatabase, type TestDatabase } from "../../support/database.ts";
import { configOf } from "../../support/sessions.ts";
import { canary, expectDiscreet, failureIn, said } from "./failures.ts";
import { createApp, send, useStage } from "./session-app.ts";

const stage = useStage();

describe("a failed statement", () => {
  const ways: readonly [string, (db: Database | Transaction) => PromiseLike<unknown>][] = [
    [
      "a select",
      (db) =>
        db
          .select()
          .from(users)
          .where(sql`missing = ${canary}`),
    ],
    ["a relational query", (db) => db.query.users.findMany({ where: sql`missing = ${canary}` })],
    [
      "the first of a relational query",
      (db) => db.query.users.findFirst({ where: sql`missing = ${canary}` }),
    ],
    ["a count", (db) => db.$count(users, sql`missing = ${canary}`)],
    [
      "an update",
      (db) =>
        db
          .update(users)
          .set({ role: canary })
          .where(sql`missing = 1`),
    ],
    [
      "a delete that returns",
      (db) =>
        db
          .delete(users)
          .where(sql`missing = ${canary}`)
          .returning(),
    ],
    [
      "a prepared query",
      (db) =>
        db
          .select()
          .from(users)
          .where(sql`missing = ${canary}`)
          .prepare()
          .execute(),
    ],
    ["run", (db) => db.run(sql`SELECT missing, ${canary}`)],
    ["all", (db) => db.all(sql`SELECT missing, ${canary}`)],
    ["get", (db) => db.get(sql`SELECT missing, ${canary}`)],
    ["values", (db) => db.values(sql`SELECT missing, ${canary}`)],
  ];
  it.each(ways)(
    "%s rejects with it, never with Drizzle's, which holds the parameters",
    async (_name, use) => {
      for (const error of [
        await failureIn(stage.database.url, async (db) => use(db)),
        await failureIn(stage.database.url, (db) => db.transaction(async (tx) => use(tx))),
      ]) {
        expect(error).toMatchObject({ code: "STATEMENT_FAILED" });
        expectDiscreet(error);
        for (let at: unknown = error; at instanceof Error; at = at.cause) {
          expect(at.name).not.toContain("Drizzle");
          expect(at.message).not.toContain(canary);
        }
      }
    },
  );
});

describe("a refused token", () => {
  let locked: TestDatabase;
  beforeAll(async () => {
    locked = await createDatabase({ auth: true });
    await createClient({ url: locked.url, ...token("readWrite") }).execute("CREATE TABLE pairs (name text)");
  });
  afterAll(() => locked.stop());

  const token = (kind: "readWrite" | "readOnly" | "expired") => ({ authToken: locked.tokens?.[kind] ?? "" });
  const insert = sql`INSERT INTO pairs VALUES (${canary})`;
  const ways: readonly [string, (db: Database) => Promise<unknown>][] = [
    ["a statement", async (db) => db.run(insert)],
    ["a batch", (db) => db.batch([db.run(insert), db.run(insert)])],
    ["a transaction", (db) => db.transaction((tx) => tx.run(insert))],
  ];

  it.each(ways)(
    "is an access error for %s without one, with one that is over, and one that only reads",
    async (_name, work) => {
      const tokens = { none: undefined, over: locked.tokens?.expired, readOnly: locked.tokens?.readOnly };
      for (const authToken of Object.values(tokens)) {
        const error = await failureIn(
          locked.url,
          work,
          authToken === undefined ? {} : { DATABASE_AUTH_TOKEN: authToken },
        );
        expect(error).toMatchObject({ code: "DATABASE_ACCESS_DENIED", retryable: false });
        expectDiscreet(error);
        if (authToken !== undefined) expect(said(error)).not.toContain(authToken);
      }
    },
  );

  it("does not concern a token that is good", async () => {
    const config = configOf(locked.url, { DATABASE_AUTH_TOKEN: token("readOnly").authToken });
    expect(await withSession(config, (db) => db.get(sql`SELECT 1 AS one`))).toEqual({ one: 1 });
    const writing = configOf(locked.url, { DATABASE_AUTH_TOKEN: token("readWrite").authToken });
    await withSession(writing, async (db) => db.run(insert));
  });
});

describe("the request log", () => {
  it.each(["statement", "batch", "transaction"])(
    "names a failed %s and shows neither SQL nor parameters",
    async (way) => {
      const insert = sql`INSERT INTO pairs (id, name) VALUES (${canary}, ${canary})`;
      const { app } = createApp((routes) => {
        routes.post("/statement", async (c) => (await c.var.db.run(insert), c.text("ok")));
        routes.post("/batch", async (c) => (await c.var.db.batch([c.var.db.run(insert)]), c.text("ok")));
        routes.post(
          "/transaction",
          async (c) => (await c.var.db.transaction((tx) => tx.run(insert)), c.text("ok")),
        );
      });
      const { response, finished } = await send(
        stage,
        app,
        `/${way}`,
        { method: "POST" },
        { ENVIRONMENT: "production" },
      );
      const answer = await response.text();
      await finished();
      expect(response.status).toBe(500);
      expect(stage.lines).toHaveLength(1);
      expect(JSON.parse(stage.lines[0] ?? "")).toMatchObject({
        status: 500,
        error: { code: "STATEMENT_FAILED" },
      });
      expect(`${answer} ${stage.lines.join()}`).not.toMatch(/canary|INSERT|SQLITE_MISMATCH: /);
    },
  );
});
