// Which bodies are still in the making, and when one has ended (S11).
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { describe, expect, it } from "vitest";

import type { AppEnv } from "../../../src/worker/env.ts";
import { watchEnd } from "../../../src/worker/middleware/response-body.ts";
import { createApp, select, useStage } from "./session-app.ts";

const stage = useStage();

describe("watchBodies", () => {
  it("S11: does not hold the session for the answer to an error, whoever made it", async () => {
    const { app, seen } = createApp((routes) =>
      routes.get("/", async (c) => {
        await c.var.db.run(select);
        throw new HTTPException(403);
      }),
    );
    app.onError(() => new Response("refused", { status: 403 }));
    const env = { ENVIRONMENT: "development", DATABASE_URL: stage.proxy.url };
    expect((await app.request("/", {}, env)).status).toBe(403);
    expect(seen.sessions[0]?.state).toBe("closed");
  });

  const whole: readonly [string, (c: Context<AppEnv>) => Response | Promise<Response>][] = [
    ["text", (c) => c.text("whole")],
    ["json", (c) => c.json({})],
    ["html", (c) => c.html("whole")],
    ["a promise of html", (c) => c.html(Promise.resolve("whole"))],
    ["body", (c) => c.body("whole")],
    ["newResponse", (c) => c.newResponse("whole")],
  ];
  it.each(whole)("S11: does not hold the session for %s that was given whole", async (_name, make) => {
    const { app, seen } = createApp((routes) =>
      routes.get("/", async (c) => (await c.var.db.run(select), make(c))),
    );
    const env = { ENVIRONMENT: "development", DATABASE_URL: stage.proxy.url };
    expect((await app.request("/", {}, env)).status).toBe(200);
    expect(seen.sessions[0]?.state).toBe("closed");
  });
});

describe("watchEnd", () => {
  it("takes a piece that arrives after the reader has gone for nothing", async () => {
    const late = Promise.withResolvers<void>();
    let cancelled: unknown;
    const { body, ended } = watchEnd(
      new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            await late.promise;
            if (cancelled === undefined) controller.enqueue(new Uint8Array(1));
          },
          cancel: (reason) => void (cancelled = reason),
        },
        { highWaterMark: 0 },
      ),
    );
    const reader = body.getReader();
    const read = reader.read();
    await reader.cancel("gone");
    late.resolve();
    expect(await read).toMatchObject({ done: true });
    await ended;
    expect(cancelled).toBe("gone");
  });

  it("hands on every piece, and the error that the maker ends with", async () => {
    let pieces = 0;
    const { body, ended } = watchEnd(
      new ReadableStream<Uint8Array>({
        pull(controller) {
          pieces += 1;
          if (pieces > 3) controller.error(new Error("mine"));
          else controller.enqueue(new Uint8Array([pieces]));
        },
      }),
    );
    const reader = body.getReader();
    const got: unknown[] = [];
    const read = async () => void got.push((await reader.read()).value?.[0]);
    const failure = await read()
      .then(read)
      .then(read)
      .then(read)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ message: "mine" });
    expect(got).toEqual([1, 2, 3]);
    await ended;
  });
});
