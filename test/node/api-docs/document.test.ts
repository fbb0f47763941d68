// The description of the API: complete, made from the routes, and the same every time.
import { Hono } from "hono";
import * as v from "valibot";
import { describe, expect, it } from "vitest";

import { buildDescription, buildDocument, ownRouteWords } from "../../../src/api-docs/document.ts";
import { findRouteWords } from "../../../src/api-docs/route-words.ts";
import { createApp } from "../../../src/worker/app.ts";
import type { AppEnv } from "../../../src/worker/env.ts";
import { problemKinds } from "../../../src/worker/problem.ts";
import { declaredRoutes, route } from "../../../src/worker/route.ts";
import { bundleWorker } from "../../support/bundle.ts";

/** What this test reads of an operation in the document. */
interface Described {
  readonly operationId: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly responses: Readonly<Record<string, { readonly $ref?: string }>>;
}

const document = await buildDocument();
const described = new Map(
  Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods ?? {}).map(([method, operation]): [string, Described] => [
      `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`,
      operation as Described,
    ]),
  ),
);

/** The codes that the document names for this route, by status. */
function codesOf(name: string): Record<string, readonly string[]> {
  const responses = Object.entries(described.get(name)?.responses ?? {});
  return Object.fromEntries(
    responses.flatMap(([status, { $ref }]) => {
      const response = document.components?.responses?.[$ref?.split("/").at(-1) ?? ""];
      const text = JSON.stringify(response ?? {});
      const [, codes] = /"code":\{"enum":(\[[^\]]*\])\}/.exec(text) ?? [];
      return codes === undefined ? [] : [[status, JSON.parse(codes) as string[]]];
    }),
  );
}

describe("buildDocument", () => {
  it("describes every route of the service, with who may call it", () => {
    const bySecurity = { "[]": "anyone", '[{"bearer":[]}]': "user", '[{"bearer":["admin"]}]': "admin" };
    const found = [...described].map(([name, { security }]) => [
      name,
      bySecurity[JSON.stringify(security) as keyof typeof bySecurity],
    ]);
    const declared = declaredRoutes(createApp().routes).map((one) => {
      return [`${one.method} ${one.path}`, one.declaration.access] as const;
    });
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(declared));
  });

  it("gives each operation a name of its own", () => {
    const names = [...described.values()].map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
  });

  it("is the same text every time", async () => {
    expect(JSON.stringify(await buildDocument())).toBe(JSON.stringify(document));
  });

  it("names the problems that fields, role, fence and database bring along", () => {
    expect(codesOf("POST /users")).toMatchObject({
      400: ["JSON_MALFORMED"],
      409: ["UNIQUE_VIOLATION"],
      413: ["BODY_TOO_LARGE"],
      415: ["MEDIA_TYPE_UNSUPPORTED"],
      422: ["FIELDS_INVALID"],
      429: ["RATE_LIMITED"],
      503: ["COMMIT_UNKNOWN", "DATABASE_BUSY", "DATABASE_UNAVAILABLE", "SERVER_BUSY", "TRANSACTION_TIMEOUT"],
      504: ["DEADLINE_EXCEEDED"],
    });
    expect(Object.keys(codesOf("GET /users"))).toEqual(["401", "403", "422", "500", "503", "504"]);
    expect(codesOf("GET /users")).toMatchObject({
      401: ["TOKEN_INVALID", "TOKEN_MISSING"],
      403: ["ROLE_REQUIRED"],
      503: ["DATABASE_BUSY", "DATABASE_UNAVAILABLE"],
    });
    expect(Object.keys(codesOf("GET /health"))).toEqual(["500"]);
  });

  it("names only problems that there are, each under its status", () => {
    for (const name of described.keys())
      for (const [status, codes] of Object.entries(codesOf(name)))
        for (const code of codes) expect(problemKinds[code]?.status ?? 500, code).toBe(Number(status));
  });

  it("lets no password out", () => {
    const answers = ["User", "UserPage", "Tokens", "Health", "Readiness"];
    const shown = JSON.stringify(answers.map((name) => document.components?.schemas?.[name]));
    expect(shown).not.toMatch(/password|disabledAt|hash/i);
  });
});

describe("buildDescription, of other routes", () => {
  const plain = route({ access: "anyone", session: "none", answers: { 204: null } });
  const words = findRouteWords('/** Whether it runs. */\n.get("/health", route({})');

  it("takes the words that are in front of a route", async () => {
    const app = new Hono().get("/health", plain, (c) => c.body(null, 204));
    const { document: made, undocumented } = await buildDescription(app.routes, words);
    expect(made.paths?.["/health"]?.get).toMatchObject({ summary: "Whether it runs" });
    expect(undocumented).toEqual([]);
  });

  it("describes a route without words by its names, and says that they are missing", async () => {
    const app = new Hono().get("/posts/:id/likes", plain, (c) => c.body(null, 204));
    const { document: made, undocumented } = await buildDescription(app.routes, words);
    expect(made.paths?.["/posts/{id}/likes"]?.get).toMatchObject({
      operationId: "getPostsByIdLikes",
      tags: ["Posts"],
      summary: "GET /posts/:id/likes",
      parameters: [{ name: "id", in: "path", required: true }],
    });
    expect(undocumented).toEqual(["GET /posts/:id/likes"]);
  });

  it("fails for a route that declares nothing", async () => {
    const app = new Hono().get("/secret", (c) => c.body(null, 204));
    await expect(buildDescription(app.routes, words)).rejects.toThrow("GET /secret has no declaration");
  });

  it("fails for two different bodies with one name", async () => {
    const taking = (json: Parameters<typeof v.object>[0]) =>
      route({ access: "anyone", json: v.object(json), answers: { 204: null } });
    const app = new Hono<AppEnv>()
      .post("/users", taking({ email: v.string() }), (c) => c.body(null, 204))
      .post("/auth/login", taking({ email: v.number() }), (c) => c.body(null, 204));
    const named = findRouteWords(
      '/** One. @body Same */ .post("/users", \n/**\n * Two.\n *\n * @body Credentials\n */\n.post("/users",\n/**\n * Three.\n *\n * @body Credentials\n */\n.post("/auth/login",',
    );
    await expect(buildDescription(app.routes, named)).rejects.toThrow(
      "Two different bodies have the name Credentials",
    );
  });

  it("fails for a problem that is in no table", async () => {
    const odd = route({ access: "anyone", answers: { 204: null }, problems: ["NO_SUCH_CODE"] });
    const app = new Hono().get("/health", odd, (c) => c.body(null, 204));
    await expect(buildDescription(app.routes, words)).rejects.toThrow("NO_SUCH_CODE");
  });

  it("says that an optional caller may send a token", async () => {
    const optional = route({ access: "optional", session: "none", answers: { 204: null } });
    const app = new Hono().get("/health", optional, (c) => c.body(null, 204));
    const { document: made } = await buildDescription(app.routes, words);
    expect(made.paths?.["/health"]?.get?.security).toEqual([{}, { bearer: [] }]);
  });
});

describe("the words of the routes", () => {
  it("are there for every route", async () => {
    expect((await buildDescription()).undocumented).toEqual([]);
  });

  it("are for people", async () => {
    for (const { summary, answer } of (await ownRouteWords()).values()) {
      expect(summary).toMatch(/^[A-Z].*[^.]$/);
      expect(answer).not.toBe("");
    }
  });

  it("are not in the Worker", async () => {
    const { text } = await bundleWorker();
    expect(text).toContain("/users/me/password");
    for (const { summary, description, answer = "" } of (await ownRouteWords()).values())
      for (const words of [summary, description, answer].filter((one) => one.length > 20))
        expect(text).not.toContain(words);
  });
});
