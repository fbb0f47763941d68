// The description of the API: complete, made from the routes, and the same every time.
import { Hono } from "hono";
import * as v from "valibot";
import { describe, expect, it } from "vitest";

import { buildDocument } from "../../../src/api-docs/document.ts";
import type { Operation } from "../../../src/api-docs/operation.ts";
import { operations } from "../../../src/api-docs/operations.ts";
import { access } from "../../../src/worker/access.ts";
import type { AppEnv } from "../../../src/worker/env.ts";
import { jsonFields } from "../../../src/worker/fields.ts";
import { problemKinds } from "../../../src/worker/problem.ts";

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
    expect(Object.fromEntries(found)).toEqual(access);
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
      503: ["COMMIT_UNKNOWN", "DATABASE_BUSY", "DATABASE_UNAVAILABLE", "TRANSACTION_TIMEOUT"],
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

describe("buildDocument, of other routes", () => {
  const plain: Operation = {
    id: "one",
    tag: "Service",
    summary: "One",
    success: { status: 204, description: "Done" },
    database: "none",
  };
  const fields = jsonFields(v.object({ email: v.string() }));
  const otherFields = jsonFields(v.object({ email: v.number() }));

  it("takes routes that are all described", async () => {
    const app = new Hono().get("/health", (c) => c.body(null, 204));
    const { paths } = await buildDocument(app.routes, { "GET /health": plain });
    expect(Object.keys(paths ?? {})).toEqual(["/health"]);
  });

  it("fails for a route that nobody has described", async () => {
    const app = new Hono().get("/health", (c) => c.body(null, 204));
    await expect(buildDocument(app.routes, {})).rejects.toThrow(
      "The route GET /health is not described: add it to src/api-docs/operations.ts",
    );
  });

  it("fails for a description without a route", async () => {
    await expect(buildDocument([], { "GET /health": plain })).rejects.toThrow(
      "No route is GET /health: take it out of src/api-docs/operations.ts",
    );
  });

  it("fails for a route that is not in the table of who may call what", async () => {
    const app = new Hono().get("/secret", (c) => c.body(null, 204));
    await expect(buildDocument(app.routes, { "GET /secret": plain })).rejects.toThrow("src/worker/access.ts");
  });

  it("fails for a body without a name, and for two with the same", async () => {
    const app = new Hono<AppEnv>().post("/users", fields, (c) => c.body(null, 204));
    await expect(buildDocument(app.routes, { "POST /users": plain })).rejects.toThrow("give it a name");
    app.post("/auth/login", otherFields, (c) => c.body(null, 204));
    const named = { ...plain, request: { ref: "Credentials" } };
    await expect(
      buildDocument(app.routes, { "POST /users": named, "POST /auth/login": named }),
    ).rejects.toThrow("Two different bodies have the name Credentials");
  });

  it("fails for a problem that is in no table", async () => {
    const app = new Hono().get("/health", (c) => c.body(null, 204));
    const odd = { ...plain, problems: ["NO_SUCH_CODE"] };
    await expect(buildDocument(app.routes, { "GET /health": odd })).rejects.toThrow("NO_SUCH_CODE");
  });
});

describe("operations", () => {
  it("have words for people", () => {
    for (const { summary, success } of Object.values(operations)) {
      expect(summary).toMatch(/^[A-Z].*[^.]$/);
      expect(success.description).not.toBe("");
    }
  });
});
