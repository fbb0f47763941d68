// Responses that are streams, and work after the response (S11-S13).
import { sql } from "drizzle-orm";
import type { Context, Hono } from "hono";
import { stream } from "hono/streaming";
import { describe, expect, it } from "vitest";

import { withSession } from "../../../src/database/engine.ts";
import { type AppEnv, settingsOf } from "../../../src/worker/env.ts";
import { readNames } from "../../support/sessions.ts";
import { add, createApp, select, send, useStage } from "./session-app.ts";

const stage = useStage();

describe("a streamed response", () => {
  const rows = (routes: Hono<AppEnv>) =>
    routes.get("/", (c) =>
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
    expect(seen.sessions[0]?.state).toBe("streaming");
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
      routes.get("/", async (c) => (await c.var.db.run(select), new Response(broken()))),
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
    const { app } = createApp((routes) => routes.get("/", () => new Response(endless())));
    const { response, finished } = await send(stage, app, "/");
    const reader = response.body?.getReader();
    await reader?.read();
    const early = produced;
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
    expect(produced - early).toBeLessThan(5);
    await reader?.cancel();
    await finished();
  });

  it("S12: refuses a write, also as the first statement of the callback", async () => {
    const codes: unknown[] = [];
    const note = (error: { code?: unknown; reason?: unknown }) => void codes.push(error.code, error.reason);
    const { app } = createApp((routes) => {
      routes.post("/first", (c) => stream(c, async () => void (await add(c.var.db, "first").catch(note))));
      routes.post("/raw", (c) => {
        const start = async () => void (await add(c.var.db, "raw").catch(note));
        return c.body(
          new ReadableStream({ start: async (controller) => (await start(), controller.close()) }),
        );
      });
      routes.post("/later", async (c) => {
        await add(c.var.db, "before");
        return stream(c, async (out) => {
          await out.write("x");
          await c.var.db.transaction(async () => 1).catch(note);
          await c.var.db.transaction(async () => 1, { mode: "read" }).catch(note);
        });
      });
    });
    for (const path of ["/first", "/raw", "/later"]) {
      const { response, finished } = await send(stage, app, path, { method: "POST" });
      await response.text();
      await finished();
    }
    expect(codes).toEqual(Array.from({ length: 4 }, () => ["READ_ONLY_SESSION", "streaming"]).flat());
    const written = await readNames(stage.database.url);
    expect(written).toContain("before");
    expect(written).not.toContain("first");
    expect(written).not.toContain("raw");
  });

  it("S12: refuses a write in the body of a Response that Hono did not make", async () => {
    const codes: unknown[] = [];
    const states: string[] = [];
    const write = async (c: Context<AppEnv>, name: string) =>
      void (await add(c.var.db, name).catch((error: { code?: unknown }) => codes.push(error.code)));
    const { app } = createApp((routes) => {
      routes.post("/start", (c) => {
        const start = async (body: ReadableStreamDefaultController) => (
          await write(c, "foreign-start"),
          body.close()
        );
        return new Response(new ReadableStream({ start }));
      });
      routes.post("/pull", (c) => {
        const pull = async (body: ReadableStreamDefaultController) => (
          states.push(c.var.session.state),
          await write(c, "foreign-pull"),
          body.close()
        );
        return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }));
      });
      // A middleware further inside holds the way out open, so that the session cannot yet know of the body.
      routes.use("/held/*", async (_c, next) => {
        await next();
        await new Promise((resolve) => setTimeout(resolve, 100));
      });
      routes.post("/held/start", (c) => {
        const start = async (body: ReadableStreamDefaultController) => (
          await write(c, "foreign-held"),
          body.close()
        );
        return new Response(new ReadableStream({ start }));
      });
    });
    for (const path of ["/start", "/pull", "/held/start"]) {
      const { response, finished } = await send(stage, app, path, { method: "POST" });
      await response.text();
      await finished();
    }
    expect(codes).toEqual(Array.from({ length: 3 }, () => "READ_ONLY_SESSION"));
    expect(states).toEqual(["streaming"]);
    expect((await readNames(stage.database.url)).join()).not.toContain("foreign");
  });

  it("S12: lets a middleware write after a response without a body", async () => {
    const { app } = createApp((routes) => {
      routes.use(async (c, next) => {
        await next();
        await add(c.var.db, "after-empty");
      });
      routes.post("/empty", () => new Response(null, { status: 204 }));
    });
    await (await send(stage, app, "/empty", { method: "POST" })).finished();
    expect(await readNames(stage.database.url)).toContain("after-empty");
  });

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
