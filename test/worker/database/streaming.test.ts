// Responses that are streams, and work after the response (S11-S13).
import { sql } from "drizzle-orm";
import type { Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { stream } from "hono/streaming";
import { describe, expect, it } from "vitest";

import { withSession } from "../../../src/database/engine.ts";
import { type AppEnv, settingsOf } from "../../../src/worker/env.ts";
import { databaseSession } from "../../../src/worker/middleware/database-session.ts";
import { readNames } from "../../support/sessions.ts";
import { add, createApp, select, send, useStage } from "./session-app.ts";

const stage = useStage();
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("a streamed response", () => {
  const rows = (routes: Hono<AppEnv>) =>
    routes.get("/", databaseSession({ stream: true }), (c) =>
      stream(c, async (out) => {
        for (let row = 0; row < 5; row += 1) {
          const { one } = await c.var.db.get<{ one: number }>(sql`SELECT ${row} AS one`);
          await out.writeln(String(one));
        }
      }),
    );

  it("S11: reads to its end over an open session, which then is closed", async () => {
    const { app, seen } = createApp(rows);
    const { response, finished } = await send(stage, app, "/");
    expect(seen.sessions[0]?.state).toBe("open");
    expect(await response.text()).toBe("0\n1\n2\n3\n4\n");
    await finished();
    expect(seen.sessions[0]?.state).toBe("closed");
    expect(JSON.parse(stage.lines[0] ?? "")).toMatchObject({ database: { statements: 5, close: "clean" } });
  });

  it("S11: is closed when the reader cancels", async () => {
    const { app, seen } = createApp(rows);
    const { response, finished } = await send(stage, app, "/");
    await response.body?.cancel();
    await finished();
    expect(seen.sessions[0]?.state).toBe("closed");
  });

  it("S11: is closed when the body breaks", async () => {
    const broken = () => new ReadableStream({ pull: (controller) => controller.error(new Error("broken")) });
    const { app, seen } = createApp((routes) =>
      routes.get(
        "/",
        databaseSession({ stream: true }),
        async (c) => (await c.var.db.run(select), new Response(broken())),
      ),
    );
    const { response, finished } = await send(stage, app, "/");
    await expect(response.text()).rejects.toThrow();
    await finished();
    expect(seen.sessions[0]?.state).toBe("closed");
  });

  it("S11: keeps back-pressure: an unread body is not produced", async () => {
    let produced = 0;
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull: (controller) => ((produced += 1), controller.enqueue(new Uint8Array(65_536))),
      });
    const { app } = createApp((routes) =>
      routes.get("/", databaseSession({ stream: true }), () => new Response(endless())),
    );
    const { response, finished } = await send(stage, app, "/");
    const reader = response.body?.getReader();
    await reader?.read();
    const early = produced;
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
    expect(produced - early).toBeLessThan(5);
    await reader?.cancel();
    await finished();
  });

  it("S12: writes, and holds transactions of their usual time, while the body is sent", async () => {
    const outcomes: unknown[] = [];
    const { app } = createApp((routes) =>
      routes.post("/", databaseSession({ stream: true }), (c) =>
        stream(c, async (out) => {
          await add(c.var.db, "first");
          await out.write("x");
          await c.var.db.transaction((tx) => tx.run(sql`INSERT INTO pairs (name) VALUES ('second')`));
          await c.var.db.batch([add(c.var.db, "third"), add(c.var.db, "fourth")]);
          const slow = c.var.db.transaction(() => new Promise((resolve) => setTimeout(resolve, 400)));
          outcomes.push(await slow.then(() => "done"));
          const held = c.var.db.transaction(async (tx) => (await tx.run(select), await wait(400)));
          outcomes.push(await held.catch((error: { code?: unknown }) => error.code));
        }),
      ),
    );
    const variables = { DATABASE_TRANSACTION_TIMEOUT_MS: "150" };
    const { response, finished } = await send(stage, app, "/", { method: "POST" }, variables);
    await response.text();
    await finished();
    // Without a statement it holds nothing at the server.
    expect(outcomes).toEqual(["done", "TRANSACTION_TIMEOUT"]);
    expect(await readNames(stage.database.url)).toEqual(
      expect.arrayContaining(["first", "second", "third", "fourth"]),
    );
  });

  it("S11, S21: is sent for longer than the session's budget, if most of its time is spent elsewhere", async () => {
    const { app } = createApp((routes) =>
      routes.get("/", databaseSession({ stream: true }), (c) =>
        stream(c, async (out) => {
          for (let row = 0; row < 5; row += 1) {
            await wait(60);
            await out.write((await c.var.db.get<{ one: number }>(select)).one.toString());
          }
        }),
      ),
    );
    const { response, finished } = await send(stage, app, "/", {}, { DATABASE_SESSION_TIMEOUT_MS: "250" });
    expect(await response.text()).toBe("11111");
    await finished();
  });

  it.each(["stream", "raw", "foreign"])(
    "S12: refuses a statement at once, and names the option, on a route without it: %s",
    async (kind) => {
      const errors: { code?: unknown; message?: string }[] = [];
      const note = (error: { code?: unknown }) => void errors.push(error);
      const { app, seen } = createApp((routes) =>
        routes.post("/", (c) => {
          const late = async () => (await wait(20), await add(c.var.db, `late-${kind}`).catch(note));
          if (kind === "stream") return stream(c, async () => void (await late()));
          const body = new ReadableStream({
            start: async (controller) => (await late(), controller.close()),
          });
          return kind === "raw" ? c.body(body) : new Response(body);
        }),
      );
      const { response, finished } = await send(stage, app, "/", { method: "POST" });
      expect(seen.sessions[0]?.state).toBe("closed");
      await response.text();
      await finished();
      expect(errors).toMatchObject([
        { code: "SESSION_CLOSED", message: expect.stringContaining("stream: true") },
      ]);
      expect((await readNames(stage.database.url)).join()).not.toContain("late");
    },
  );

  const responses: readonly (readonly [string, (c: Context<AppEnv>) => Response | Promise<Response>])[] = [
    ["c.json", (c) => c.json({})],
    ["Response.json", () => Response.json({})],
    ["new Response", () => new Response("ok")],
    ["an empty Response", () => new Response(null, { status: 204 })],
    ["fetch", () => fetch(`${stage.database.url}/version`)],
    ["an HTTPException", () => Promise.reject(new HTTPException(403))],
  ];
  it.each(responses)(
    "S6: lets middleware write after next(), whatever made the response: %s",
    async (name, make) => {
      const { app, seen } = createApp((routes) => {
        routes.use(async (c, next) => {
          await next();
          await add(c.var.db, `audit of ${name}`);
        });
        routes.post("/", async (c) => (await add(c.var.db, "work"), make(c)));
      });
      const { response, finished } = await send(stage, app, "/", { method: "POST" });
      await response.text();
      await finished();
      expect(response.status).toBe(
        name === "an HTTPException" ? 403 : name.startsWith("an empty") ? 204 : 200,
      );
      expect(await readNames(stage.database.url)).toContain(`audit of ${name}`);
      expect(seen.sessions[0]?.state).toBe("closed");
    },
  );

  it("S11: closes the session of a HEAD request, whose body nobody reads", async () => {
    const { app, seen } = createApp(rows);
    const { finished } = await send(stage, app, "/", { method: "HEAD" });
    await finished();
    expect(seen.sessions[0]?.state).toBe("closed");
  }, 5_000);

  it("S13: background work has a session of its own; on the request's it is refused", async () => {
    const outcomes: unknown[] = [];
    const { app } = createApp((routes) =>
      routes.post("/", (c) => {
        const { db, session } = c.var;
        const config = settingsOf(c).database;
        c.executionCtx.waitUntil(
          session.closed
            .then(() => add(db, "borrowed"))
            .catch((error: { code?: unknown }) => void outcomes.push(error.code))
            .then(() => withSession(config, (own) => add(own, "own"))),
        );
        return c.body(null, 202);
      }),
    );
    const { finished } = await send(stage, app, "/", { method: "POST" });
    await finished();
    expect(outcomes).toEqual(["SESSION_CLOSED"]);
    const written = await readNames(stage.database.url);
    expect(written).toContain("own");
    expect(written).not.toContain("borrowed");
  });
});
