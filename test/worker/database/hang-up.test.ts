// What the runtime is asked to wait for, so that it ends what a caller has left (session rules S9, S23).
import { describe, expect, it } from "vitest";

import { createApp, select, useStage } from "./session-app.ts";

const stage = useStage();

describe("a request whose caller hangs up", () => {
  const contextOver = (kept: Promise<unknown>[]) => ({
    waitUntil: (work: Promise<unknown>) => void kept.push(work),
    passThroughOnException: () => undefined,
    props: {},
  });

  it("S9: is kept alive before it begins a transaction, until its session is closed", async () => {
    const kept: Promise<unknown>[] = [];
    const counts: number[] = [];
    const { app, seen } = createApp((routes) =>
      routes.post("/", async (c) => {
        counts.push(kept.length);
        await c.var.db.transaction(async (tx) => (await tx.run(select), counts.push(kept.length)));
        return c.body(null, 204);
      }),
    );
    const env = { ENVIRONMENT: "development", DATABASE_URL: stage.proxy.url };
    await app.request("/", { method: "POST" }, env, contextOver(kept));
    // The first one is the log's.
    expect(counts).toEqual([1, 2]);
    await kept[1];
    expect(seen.sessions[0]?.state).toBe("closed");
  });

  it("S23: is kept alive until its line is in the log, with a session and without", async () => {
    const kept: Promise<unknown>[] = [];
    const { app } = createApp((routes) => routes.get("/", (c) => c.text(`${kept.length}`)));
    const env = { ENVIRONMENT: "development", DATABASE_URL: stage.proxy.url };
    for (const [path, lines] of [
      ["/", 1],
      ["/nowhere", 2],
    ] as const) {
      const response = await app.request(path, {}, env, contextOver(kept));
      if (lines === 1) expect(await response.text()).toBe("1");
      await Promise.all(kept);
      expect(stage.lines).toHaveLength(lines);
    }
  });
});
