// The middleware in Node, where there is no execution context to hand work to (S8).
import { sql } from "drizzle-orm";
import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Session } from "../../../src/database/session.ts";
import type { AppEnv } from "../../../src/worker/env.ts";
import { databaseSession } from "../../../src/worker/middleware/database-session.ts";
import { createDatabase, type TestDatabase } from "../../support/database.ts";
import { createTables, readNames } from "../../support/sessions.ts";

let database: TestDatabase;
let seen: Session | undefined;

beforeAll(async () => {
  database = await createDatabase();
  await createTables(database.url);
});
afterAll(() => database.stop());

const app = new Hono<AppEnv>()
  .use(databaseSession(), async (c, next) => ((seen = c.var.session), next()))
  .post("/abandoned", async (c) => {
    const begun = Promise.withResolvers<void>();
    const work = c.var.db.transaction(async (tx) => {
      await tx.run(sql`INSERT INTO pairs (name) VALUES ('abandoned')`);
      begun.resolve();
      await new Promise(() => undefined);
    });
    void work.catch(() => undefined);
    await begun.promise;
    return c.text("ok");
  })
  .get("/rows", databaseSession({ stream: true }), (c) => {
    const pull = async (body: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
      const { one } = await c.var.db.get<{ one: number }>(sql`SELECT 1 AS one`);
      body.enqueue(new TextEncoder().encode(String(one)));
      body.close();
    };
    return c.body(new ReadableStream({ pull }));
  });
const request = async (path: string, method: string): Promise<Response> =>
  app.request(path, { method }, { ENVIRONMENT: "development", DATABASE_URL: database.url });

describe("databaseSession in Node", () => {
  it("S8: has rolled back and closed when the response is there", async () => {
    expect((await request("/abandoned", "POST")).status).toBe(200);
    expect(seen?.state).toBe("closed");
    expect(seen?.report()).toMatchObject({ transaction: "rolled-back", close: "rolled-back" });
    expect(await readNames(database.url)).toEqual([]);
  });

  it("S8, S11: does not wait for a body that is yet to be read, and closes at its end", async () => {
    const response = await request("/rows", "GET");
    expect(seen?.state).not.toBe("closed");
    expect(await response.text()).toBe("1");
    await seen?.closed;
    expect(seen?.state).toBe("closed");
  });
});
