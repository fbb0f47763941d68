// The session as middleware: one owner, closed once on every way out, and what is seen of it
// (S1, S3, S6-S9, S17, S23, S24).
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { sql } from "drizzle-orm";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { stream } from "hono/streaming";
import { timeout } from "hono/timeout";
import { describe, expect, it } from "vitest";

import { withSession } from "../../../src/database/engine.ts";
import type { Session } from "../../../src/database/session.ts";
import type { AppEnv } from "../../../src/worker/env.ts";
import { databaseSession } from "../../../src/worker/middleware/database-session.ts";
import { sessionLeaks } from "../../../src/worker/middleware/session-leaks.ts";
import { createDatabase } from "../../support/database.ts";
import { poll } from "../../support/poll.ts";
import { configOf, createTables, readNames } from "../../support/sessions.ts";
import { add, createApp, select, send, useStage } from "./session-app.ts";

const stage = useStage();

describe("databaseSession", () => {
  it("S1: gives concurrent requests sessions of their own", async () => {
    const { app, seen } = createApp((routes) =>
      routes.get("/", async (c) => (await c.var.db.run(select), c.text("ok"))),
    );
    await Promise.all([send(stage, app, "/"), send(stage, app, "/"), send(stage, app, "/")]);
    expect(new Set(seen.sessions).size).toBe(3);
  });

  it("S2: makes no request for a route that does not use the database", async () => {
    const { app } = createApp((routes) => routes.get("/", (c) => c.text("ok")));
    const { response, finished } = await send(stage, app, "/");
    expect(await response.text()).toBe("ok");
    await finished();
    expect((await stage.proxy.record()).requests).toEqual([]);
    expect(JSON.parse(stage.lines[0] ?? "")).toMatchObject({ database: { opened: false, close: "none" } });
  });

  it("S3: keeps one owner in mounted apps, also when registered twice", async () => {
    const inner = new Hono<AppEnv>().use(databaseSession()).get("/x", async (c) => {
      await c.var.db.run(select);
      return c.json({ same: c.var.session === owner });
    });
    let owner: Session | undefined;
    const { app } = createApp((routes) => {
      routes.use(async (c, next) => ((owner = c.var.session), next()));
      routes.route("/inner", inner);
    });
    const { response, finished } = await send(stage, app, "/inner/x");
    expect(await response.json()).toEqual({ same: true });
    await finished();
    expect(stage.lines).toHaveLength(1);
  });

  const exits: readonly [string, (routes: Hono<AppEnv>) => unknown][] = [
    ["a return", (routes) => routes.get("/", async (c) => (await c.var.db.run(select), c.text("ok")))],
    [
      "an empty body",
      (routes) => routes.get("/", async (c) => (await c.var.db.run(select), c.body(null, 204))),
    ],
    [
      "an Error",
      (routes) => routes.get("/", async (c) => Promise.reject((await c.var.db.run(select), new Error("x")))),
    ],
    [
      "a thrown string",
      (routes) => routes.get("/", async (c) => Promise.reject((await c.var.db.run(select), "text"))),
    ],
    ["notFound", (routes) => routes.get("/", async (c) => (await c.var.db.run(select), c.notFound()))],
    [
      "an HTTPException",
      (routes) =>
        routes.get("/", async (c) => Promise.reject((await c.var.db.run(select), new HTTPException(403)))),
    ],
    [
      "a timeout",
      (routes) =>
        routes.get(
          "/",
          timeout(50),
          async (c) => (await c.var.db.run(select), await new Promise(() => undefined), c.text("late")),
        ),
    ],
  ];
  it.each(exits)("S6, S7: is closed once after %s", async (_name, define) => {
    const { app, seen } = createApp(define);
    const context = createExecutionContext();
    const env = { ENVIRONMENT: "development", DATABASE_URL: stage.proxy.url };
    const answer = await Promise.resolve(app.request("/", {}, env, context)).catch(() => undefined);
    await answer?.text();
    await waitOnExecutionContext(context);
    expect(seen.sessions.map((session) => [session.state, session.report().close])).toEqual([
      ["closed", "clean"],
    ]);
  });

  it("S8: awaits closing where there is no execution context", async () => {
    const { app, seen } = createApp((routes) =>
      routes.post("/", async (c) => {
        const begun = Promise.withResolvers<void>();
        void c.var.db
          .transaction(async (tx) => (await tx.run(select), begun.resolve(), new Promise(() => undefined)))
          .catch(() => undefined);
        await begun.promise;
        return c.body(null, 204);
      }),
    );
    const env = { ENVIRONMENT: "development", DATABASE_URL: stage.proxy.url };
    await app.request("/", { method: "POST" }, env);
    expect(seen.sessions[0]?.state).toBe("closed");
    expect(seen.sessions[0]?.report().close).toBe("rolled-back");
  });

  it("S8: does not keep the response waiting for a rollback", async () => {
    const { app, seen } = createApp((routes) =>
      routes.post("/", async (c) => {
        const begun = Promise.withResolvers<void>();
        const abandoned = c.var.db.transaction(async (tx) => {
          await tx.run(sql`INSERT INTO pairs (name) VALUES ('abandoned')`);
          begun.resolve();
          await new Promise(() => undefined);
        });
        void abandoned.catch(() => undefined);
        await begun.promise;
        return c.body(null, 204);
      }),
    );
    const leaked = sessionLeaks.count;
    await stage.proxy.setFaults([{ fault: { kind: "delay", ms: 1_500 }, matching: "ROLLBACK" }]);
    const { response, finished } = await send(stage, app, "/", { method: "POST" });
    expect(response.status).toBe(204);
    expect(seen.sessions[0]?.state).toBe("closing");
    await finished();
    expect(seen.sessions[0]?.state).toBe("closed");
    // S24: it was closed within its time.
    expect(sessionLeaks.count).toBe(leaked);
    const began = Date.now();
    await withSession(configOf(stage.database.url), (db) => add(db, "next-writer"));
    expect(Date.now() - began).toBeLessThan(1_300);
    expect(await readNames(stage.database.url)).not.toContain("abandoned");
    expect(JSON.parse(stage.lines.at(-1) ?? "")).toMatchObject({
      database: { transaction: "rolled-back", close: "rolled-back" },
    });
  });

  it("S9: a failed rollback replaces neither the response nor the error", async () => {
    const server = await createDatabase();
    await createTables(server.url);
    const silent = await server.proxy([{ fault: { kind: "reset-before-send" }, matching: "ROLLBACK" }]);
    const { app } = createApp((routes) =>
      routes.post("/", async (c) =>
        c.var.db.transaction(async (tx) => {
          await tx.run(sql`INSERT INTO pairs (name) VALUES ('x')`);
          throw new HTTPException(418);
        }),
      ),
    );
    const { response, finished } = await send(
      stage,
      app,
      "/",
      { method: "POST" },
      { DATABASE_URL: silent.url },
    );
    expect(response.status).toBe(418);
    await finished();
    expect(stage.lines.some((line) => line.includes("rolling back a transaction failed"))).toBe(true);
    await server.stop();
  });

  it("S17: GET and HEAD read unless the route says otherwise", async () => {
    const { app } = createApp((routes) => {
      routes.get("/plain", async (c) => (await add(c.var.db, "from-get"), c.text("ok")));
      routes.get(
        "/visits",
        databaseSession({ mode: "write" }),
        async (c) => (await add(c.var.db, "visit"), c.text("ok")),
      );
    });
    const refused = await send(stage, app, "/plain");
    expect(await refused.response.json()).toMatchObject({ status: 500, code: "READ_ONLY_SESSION" });
    expect((await send(stage, app, "/plain", { method: "HEAD" })).response.status).toBe(500);
    expect((await send(stage, app, "/visits")).response.status).toBe(200);
    expect(await readNames(stage.database.url)).toContain("visit");
    expect(await readNames(stage.database.url)).not.toContain("from-get");
  });
});

describe("what is observed", () => {
  it("S23: one line of JSON a request, with what the database did and no values", async () => {
    const { app } = createApp((routes) =>
      routes.get("/things/:id", async (c) => {
        await c.var.db.batch([c.var.db.run(select), c.var.db.run(select)]);
        await c.var.db.run(sql`SELECT ${"secret-value"}`);
        return c.json({});
      }),
    );
    const { response, finished } = await send(stage, app, "/things/secret-id?token=secret-query");
    await response.text();
    await finished();
    expect(stage.lines).toHaveLength(1);
    const line: unknown = JSON.parse(stage.lines[0] ?? "");
    expect(line).toMatchObject({
      method: "GET",
      route: "/things/:id",
      status: 200,
      database: {
        opened: true,
        statements: 3,
        roundTrips: 2,
        retries: 0,
        transaction: "none",
        close: "clean",
      },
    });
    expect(line).toHaveProperty("requestId");
    expect(line).toHaveProperty("durationMs");
    expect(stage.lines[0]).not.toContain("secret");
  });

  it("S24: counts a session that is not closed 2 s after its response", async () => {
    const before = sessionLeaks.count;
    const server = await createDatabase();
    await createTables(server.url);
    const silent = await server.proxy([{ fault: { kind: "silence" }, matching: "ROLLBACK" }]);
    const { app } = createApp((routes) =>
      routes.post("/", async (c) => {
        const begun = Promise.withResolvers<void>();
        void c.var.db
          .transaction(async (tx) => (await tx.run(select), begun.resolve(), new Promise(() => undefined)))
          .catch(() => undefined);
        await begun.promise;
        return c.body(null, 204);
      }),
    );
    const variables = { DATABASE_URL: silent.url, DATABASE_CLOSE_TIMEOUT_MS: "4000" };
    const { finished } = await send(stage, app, "/", { method: "POST" }, variables);
    expect(sessionLeaks.count).toBe(before);
    await poll(
      () => sessionLeaks.count,
      (leaked) => leaked === before + 1,
      3_000,
    );
    await server.stop();
    await finished();
  });

  it("S24: counts one that is not closed 2 s after its streamed body", async () => {
    const before = sessionLeaks.count;
    await stage.proxy.setFaults([{ fault: { kind: "silence" }, matching: "never" }]);
    const { app } = createApp((routes) =>
      routes.get("/", databaseSession({ stream: true }), (c) =>
        stream(c, async (out) => {
          void c.var.db.run(sql`SELECT 'never'`).catch(() => undefined);
          await out.write("x");
        }),
      ),
    );
    const variables = { DATABASE_STATEMENT_TIMEOUT_MS: "9000", DATABASE_CLOSE_TIMEOUT_MS: "2500" };
    const { response, finished } = await send(stage, app, "/", {}, variables);
    expect(await response.text()).toBe("x");
    await finished();
    expect(sessionLeaks.count).toBe(before + 1);
  });

  it("S24: counts none that takes all its time to close", async () => {
    const before = sessionLeaks.count;
    await stage.proxy.setFaults([{ fault: { kind: "silence" }, matching: "ROLLBACK" }]);
    const { app, seen } = createApp((routes) =>
      routes.post("/", async (c) => {
        const begun = Promise.withResolvers<void>();
        void c.var.db
          .transaction(async (tx) => (await tx.run(select), begun.resolve(), new Promise(() => undefined)))
          .catch(() => undefined);
        await begun.promise;
        return c.body(null, 204);
      }),
    );
    const { finished } = await send(stage, app, "/", { method: "POST" });
    await finished();
    expect(seen.sessions[0]?.report().close).toBe("failed");
    expect(sessionLeaks.count).toBe(before);
  });

  it("S24: counts none otherwise", async () => {
    const before = sessionLeaks.count;
    const { app } = createApp((routes) =>
      routes.get("/", async (c) => (await c.var.db.run(select), c.json({}))),
    );
    const { response, finished } = await send(stage, app, "/");
    await response.text();
    await finished();
    expect(sessionLeaks.count).toBe(before);
  });
});
