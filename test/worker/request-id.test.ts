// The id of a request, on responses of every origin.
import { Hono } from "hono/tiny";
import { describe, expect, it } from "vitest";
import type { AppEnv } from "../../src/worker/env.ts";
import { requestId } from "../../src/worker/middleware/request-id.ts";

const app = new Hono<AppEnv>()
  .use(requestId({ newId: () => "made-here-1" }))
  .get("/made", (c) => c.text("ok"))
  // Its headers cannot be changed.
  .get("/elsewhere", () => Response.redirect("https://elsewhere.example/", 303))
  .get("/thrown", () => {
    throw new Error("thrown");
  })
  .onError((_error, c) => c.text("failed", 500));

describe("requestId", () => {
  it.each([
    ["/made", 200],
    ["/elsewhere", 303],
    ["/thrown", 500],
    ["/nowhere", 404],
  ])("is on the response of %s", async (path, status) => {
    const response = await app.request(path);
    expect(response.status).toBe(status);
    expect(response.headers.get("X-Request-Id")).toBe("made-here-1");
  });

  it("is the caller's where that is usable", async () => {
    const ask = async (id: string) =>
      (await app.request("/made", { headers: { "X-Request-Id": id } })).headers;
    expect((await ask("caller-id-1")).get("X-Request-Id")).toBe("caller-id-1");
    expect((await ask("no id!")).get("X-Request-Id")).toBe("made-here-1");
  });
});
