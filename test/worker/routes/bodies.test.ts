// A body that is checked stays readable: for a handler, for middleware in front, for a second check, and for a signature.
import { Hono } from "hono";
import type { Context } from "hono";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import type { AppEnv } from "../../../src/worker/env.ts";
import { jsonFields } from "../../../src/worker/fields.ts";
import { longestBody } from "../../../src/worker/json-body.ts";
import { problemResponse } from "../../../src/worker/problem.ts";
import { RequestError } from "../../../src/worker/request-error.ts";
import { route } from "../../../src/worker/route.ts";

const fields = v.object({ a: v.number("has to be a number") }, "is required");
const text = JSON.stringify({ a: 1 });
const json = { "content-type": "application/json" };

/** An app with one route, whose handlers are these. */
function appOf(define: (app: Hono<AppEnv>) => void): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.onError(problemResponse);
  define(app);
  return app;
}

async function post(app: Hono<AppEnv>, body: BodyInit = text): Promise<{ status: number; text: string }> {
  const response = await app.request("/", { method: "POST", headers: json, body });
  return { status: response.status, text: await response.text() };
}

const readings: readonly (readonly [string, (c: Context<AppEnv>) => Promise<Response>])[] = [
  ["c.req.json()", async (c) => c.json(await c.req.json())],
  ["c.req.text()", async (c) => c.text(await c.req.text())],
  ["c.req.arrayBuffer()", async (c) => c.body(await c.req.arrayBuffer())],
  ["c.req.raw.clone()", async (c) => c.text(await c.req.raw.clone().text())],
  ["c.req.raw", async (c) => c.text(await c.req.raw.text())],
  [
    "c.req.raw.clone(), twice",
    async (c) => {
      const first = await c.req.raw.clone().text();
      return c.text(first === (await c.req.raw.clone().text()) ? first : "another");
    },
  ],
];

describe("a checked body", () => {
  it.each(readings)("can be read by the handler, as %s", async (_, read) => {
    const app = appOf((routes) => routes.post("/", jsonFields(fields), (c) => read(c as Context<AppEnv>)));
    expect(await post(app)).toEqual({ status: 200, text });
  });

  it.each(readings.slice(0, 4))("may have been read by middleware in front, as %s", async (_, read) => {
    const app = appOf((routes) =>
      routes.post(
        "/",
        async (c, next) => (await read(c), await next()),
        jsonFields(fields),
        (c) => c.json(c.req.valid("json")),
      ),
    );
    expect(await post(app)).toEqual({ status: 200, text });
  });

  it("can be checked twice, by a declaration as well", async () => {
    const declared = route({ access: "anyone", json: fields, answers: {} });
    const app = appOf((routes) =>
      routes.post("/", jsonFields(fields), jsonFields(fields), declared, (c) => c.json(c.req.valid("json"))),
    );
    expect(await post(app)).toEqual({ status: 200, text });
  });

  it("is no larger than allowed, also where middleware in front has read it", async () => {
    const app = appOf((routes) =>
      routes.post(
        "/",
        async (c, next) => (await c.req.text(), await next()),
        jsonFields(fields),
        (c) => c.json(c.req.valid("json")),
      ),
    );
    expect((await post(app, "x".repeat(longestBody + 1))).status).toBe(413);
  });
});

const secret = "the secret that both sides know";

/** The signature of a text, as a sender of webhooks makes it: HMAC with SHA-256, in hexadecimal digits. */
async function sign(body: string): Promise<string> {
  const bytes = (value: string) => new TextEncoder().encode(value);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes(secret), algorithm, false, ["sign"]);
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes(body)));
  return Array.from(signature, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

describe("a webhook with a signature", () => {
  // The signature is one of the text as it came, so that it is compared after the fields were checked, or before.
  const app = appOf((routes) =>
    routes.post("/", jsonFields(fields), async (c) => {
      const expected = await sign(await c.req.text());
      if (c.req.header("X-Signature") !== expected) throw new RequestError("NOT_FOUND", "No such signature");
      return c.json(c.req.valid("json"));
    }),
  );
  const send = async (body: string, signature: string) =>
    app.request("/", { method: "POST", headers: { ...json, "X-Signature": signature }, body });

  it("is taken with the right one, whatever the spelling of its JSON", async () => {
    const spaced = '{ "a" :\n 1.0 }';
    expect((await send(spaced, await sign(spaced))).status).toBe(200);
  });

  it("is refused with the signature of another text", async () => {
    expect((await send(text, await sign('{"a":2}'))).status).toBe(404);
  });
});
