// What holds for every route: addresses, methods, media types, sizes, headers, the log.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HTTPException } from "hono/http-exception";
import { createApp } from "../../../src/worker/app.ts";
import { longestBody } from "../../../src/worker/json-body.ts";
import { route } from "../../../src/worker/route.ts";
import { createDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { openAccount } from "./accounts.ts";
import { openLimit, createService, testSecret } from "./service.ts";
import type { Answer, Service } from "./service.ts";

let database: TestDatabase;
let service: Service;
let accessToken: string;

beforeAll(async () => {
  database = await createDatabase({ migrated: true });
  service = createService({ DATABASE_URL: database.url });
  ({ accessToken } = await openAccount(service, database, "admin@example.org", "admin"));
});

afterAll(() => database.stop());

const json = { "Content-Type": "application/json" };
const ask = (method: string, path: string): Promise<Answer> => service.as(accessToken, method, path);

function bytes(length: number, chunked: boolean): RequestInit {
  const text = JSON.stringify({ email: "x".repeat(length) }).slice(0, length);
  const body = chunked
    ? new ReadableStream({
        start(controller) {
          for (let at = 0; at < text.length; at += 10_000) {
            controller.enqueue(new TextEncoder().encode(text.slice(at, at + 10_000)));
          }
          controller.close();
        },
      })
    : text;
  return { method: "POST", headers: json, body };
}

describe("createApp", () => {
  it.each(["/", "/user", "/users/1/posts", "//"])("answers 404 for %s", async (path) => {
    const answer = await service.request(path);
    expect(answer.status).toBe(404);
    expect(answer.headers.get("Content-Type")).toBe("application/problem+json");
    expect(answer.json).toMatchObject({
      code: "ROUTE_NOT_FOUND",
      requestId: answer.headers.get("X-Request-Id"),
    });
    expect(answer.log).toMatchObject({ route: null, status: 404 });
  });

  it("takes a slash at the end of an address as none, for the way in too", async () => {
    expect((await ask("GET", "/users/")).status).toBe(200);
    expect((await ask("GET", "/users/999999/")).json).toMatchObject({ code: "USER_NOT_FOUND" });
    for (const path of ["/users/", "/users/1/", "/users/me/"])
      expect((await service.request(path)).status).toBe(401);
  });

  it.each([
    ["PUT", "/users", "GET, HEAD, POST, OPTIONS"],
    ["DELETE", "/users", "GET, HEAD, POST, OPTIONS"],
    ["POST", "/users/7", "GET, HEAD, PATCH, DELETE, OPTIONS"],
    ["PROPFIND", "/users/7", "GET, HEAD, PATCH, DELETE, OPTIONS"],
    ["GET", "/users/me/password", "POST, OPTIONS"],
    ["GET", "/auth/login", "POST, OPTIONS"],
    ["POST", "/health", "GET, HEAD, OPTIONS"],
    ["DELETE", "/ready", "GET, HEAD, OPTIONS"],
  ])("answers 405 to %s %s with Allow", async (method, path, allow) => {
    const answer = await service.request(path, { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("Allow")).toBe(allow);
    expect(answer.json).toMatchObject({ code: "METHOD_NOT_ALLOWED" });
  });

  it("answers OPTIONS with Allow, and 404 where there is nothing", async () => {
    const answer = await service.request("/users", { method: "OPTIONS" });
    expect(answer).toMatchObject({ status: 204, text: "" });
    expect(answer.headers.get("Allow")).toBe("GET, HEAD, POST, OPTIONS");
    expect((await service.request("/nothing", { method: "OPTIONS" })).status).toBe(404);
  });

  it.each([undefined, "text/plain", "application/x-www-form-urlencoded", "application/jsonx"])(
    "answers 415 for the media type %s",
    async (type) => {
      const init = { method: "POST", body: new TextEncoder().encode("{}"), headers: new Headers() };
      if (type !== undefined) init.headers.set("Content-Type", type);
      const answer = await service.request("/users", init);
      expect(answer.status).toBe(415);
      expect(answer.headers.get("Accept")).toBe("application/json");
    },
  );

  it("takes parameters and upper case in the media type", async () => {
    const headers = { "Content-Type": "Application/JSON; charset=utf-8" };
    expect((await service.request("/users", { method: "POST", headers, body: "{}" })).status).toBe(422);
  });

  it.each(["", "{", "{}}", "{'email': 1}", new Uint8Array([0x22, 0xff, 0x22])])(
    "answers 400 for a body that is not JSON in UTF-8 (%#)",
    async (body) => {
      const answer = await service.request("/users", { method: "POST", headers: json, body });
      expect(answer.status).toBe(400);
      expect(answer.json).toMatchObject({ code: "JSON_MALFORMED" });
    },
  );

  it.each([
    ["with its length", false],
    ["in chunks of no known length", true],
  ])("answers 413 for a body over 64 kB, sent %s", async (_, chunked) => {
    expect((await service.request("/users", bytes(longestBody + 1, chunked))).status).toBe(413);
    // One byte less is read: it is cut JSON, and no longer too large.
    expect((await service.request("/users", bytes(longestBody, chunked))).status).toBe(400);
  });

  it("takes over a request id that is fit for logs, and replaces any other", async () => {
    const given = await service.request("/health", { headers: { "X-Request-Id": "caller_id-42" } });
    expect(given.headers.get("X-Request-Id")).toBe("caller_id-42");
    expect(given.log.requestId).toBe("caller_id-42");
    for (const bad of ["short", "x".repeat(65), "has space in it", 'quote"quote']) {
      const answer = await service.request("/health", { headers: { "X-Request-Id": bad } });
      expect(answer.headers.get("X-Request-Id")).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it("sends secure headers and keeps answers out of caches", async () => {
    const answers = [
      await service.request("/health"),
      await ask("GET", "/users"),
      await ask("GET", "/nothing"),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404]);
    for (const { headers } of [...answers, await service.request("/users")]) {
      expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
      expect(headers.get("Strict-Transport-Security")).toContain("max-age");
      expect(headers.get("Cache-Control")).toBe("no-store");
    }
  });

  it("sends no CORS headers unless origins are configured", async () => {
    const headers = { Origin: "https://app.example" };
    const { headers: sent } = await service.request("/health", { headers });
    expect([...sent.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  it("lets the configured origins call, on errors too, and no other", async () => {
    const open = createService({ DATABASE_URL: database.url, CORS_ORIGINS: "https://app.example" });
    const from = { Origin: "https://app.example" };
    const allowed = await open.request("/users/abc", {
      headers: { ...from, Authorization: `Bearer ${accessToken}` },
    });
    const refused = await open.request("/users/abc", { headers: from });
    expect([allowed.status, refused.status]).toEqual([404, 401]);
    for (const { headers } of [allowed, refused])
      expect(headers.get("Access-Control-Allow-Origin")).toBe("https://app.example");
    expect(refused.headers.get("Access-Control-Expose-Headers")).toContain("WWW-Authenticate");
    const other = await open.request("/health", { headers: { Origin: "https://evil.example" } });
    expect(other.headers.get("Access-Control-Allow-Origin")).toBeNull();
    const preflight = await open.request("/users", {
      method: "OPTIONS",
      headers: { ...from, "Access-Control-Request-Method": "POST" },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("Access-Control-Allow-Methods")).toContain("POST");
    expect(preflight.headers.get("Access-Control-Allow-Headers")).toContain("Authorization");
  });

  it("tells what the database cost only when that is switched on", async () => {
    const timed = createService({ DATABASE_URL: database.url, SERVER_TIMING: "on" });
    expect((await timed.as(accessToken, "GET", "/users")).headers.get("Server-Timing")).toMatch(
      /^db;dur=[\d.]+;desc="1rt"$/,
    );
    expect((await timed.request("/health")).headers.has("Server-Timing")).toBe(false);
    expect((await ask("GET", "/users")).headers.has("Server-Timing")).toBe(false);
  });

  it("answers whatever a route throws with a problem that tells nothing of it", async () => {
    const lines: string[] = [];
    const app = createApp({
      now: () => 0,
      unixTime: () => 0,
      newId: () => "request-0",
      randomBytes: (length) => new Uint8Array(length),
      log: (line) => void lines.push(line),
    });
    const thrown: Record<string, unknown> = {
      error: new Error("secret-error"),
      text: "secret-text",
      nothing: undefined,
      coded: Object.assign(new Error("secret-coded"), { code: "toString" }),
      caused: new TypeError("secret-outer", { cause: new Error("secret-inner") }),
      teapot: new HTTPException(418, { message: "secret-tea" }),
      basic: new HTTPException(401, {
        res: new Response("secret-res", { headers: { "WWW-Authenticate": "Basic" } }),
      }),
    };
    app.get("/throw/:what", route({ access: "anyone", answers: {} }), (c) => {
      throw thrown[c.req.param("what")];
    });
    const expected = {
      error: 500,
      text: 500,
      nothing: 500,
      coded: 500,
      caused: 500,
      teapot: 418,
      basic: 401,
    };
    const bindings = {
      ENVIRONMENT: "staging",
      DATABASE_URL: database.url,
      TOKEN_SECRETS: testSecret,
      SIGN_IN_LIMIT: openLimit,
    };
    for (const [what, status] of Object.entries(expected)) {
      const response = await app.request(`/throw/${what}`, {}, bindings);
      expect(response.status).toBe(status);
      expect(response.headers.get("Content-Type")).toBe("application/problem+json");
      expect(response.headers.get("X-Content-Type-Options")).toBe("nosniff");
      expect(response.headers.get("Strict-Transport-Security")).toContain("max-age");
      expect(response.headers.get("Cache-Control")).toBe("no-store");
      expect(response.headers.get("WWW-Authenticate")).toBe(what === "basic" ? "Basic" : null);
      expect(await response.text()).not.toContain("secret");
    }
    expect(lines).toHaveLength(Object.keys(expected).length);
    expect(lines.join("\n")).not.toContain("secret");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      route: "/throw/:what",
      status: 500,
      error: { name: "Error" },
    });
  });
});
