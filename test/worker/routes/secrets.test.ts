// Passwords and their hashes stay inside, and no input makes the service fail.
import { createClient } from "@libsql/client/http";
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import worker from "../../../src/worker/index.ts";
import { createDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { count, seed } from "../../support/tier.ts";
import { createService } from "./service.ts";
import type { Answer, Service } from "./service.ts";

let database: TestDatabase;
let service: Service;

beforeAll(async () => {
  database = await createDatabase({ migrated: true });
  service = createService({ DATABASE_URL: database.url, SERVER_TIMING: "on" });
});

afterAll(() => database.stop());

const password = "open-sesame-4711";

async function storedPasswords(): Promise<string[]> {
  const { rows } = await createClient({ url: database.url }).execute(
    "select password from users order by id",
  );
  return rows.map((row) => row["password"] as string);
}

function everythingSaid({ text, line, headers }: Answer): string {
  return [text, line, JSON.stringify([...headers])].join("\n");
}

describe("userRoutes", () => {
  it("stores a hash and shows neither it nor the password, in answers, errors or the log", async () => {
    const email = "quiet@example.org";
    const answers = [
      await service.send("POST", "/users", { email, password }),
      await service.send("POST", "/users", { email, password }),
      await service.send("POST", "/users", { email: "bad", password }),
      await service.send("POST", "/users", { email, password: `${password}${"x".repeat(200)}` }),
      await service.send("PATCH", "/users/1", { password }),
      await service.send("PATCH", "/users/1", { password, unknown: password }),
      await service.request("/users"),
      await service.request("/users/1"),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 409, 422, 422, 200, 422, 200, 200]);
    const [stored = ""] = await storedPasswords();
    expect(stored).toMatch(/^\$scrypt\$ln=10,r=8,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    for (const answer of answers) {
      const said = everythingSaid(answer);
      expect(said).not.toContain(password);
      expect(said).not.toContain("$scrypt$");
      expect(said).not.toContain(stored.split("$").at(-1));
      expect(answer.line).not.toContain(email);
    }
  });

  it("keeps silent when the statement itself fails", async () => {
    const broken = await createDatabase({ migrated: true });
    await createClient({ url: broken.url }).execute("drop table users");
    const failing = createService({ DATABASE_URL: broken.url });
    const answer = await failing.send("POST", "/users", { email: "s@example.org", password });
    expect(answer).toMatchObject({ status: 500, json: { code: "STATEMENT_FAILED" } });
    expect(everythingSaid(answer)).not.toMatch(/open-sesame|\$scrypt|insert into|s@example|no such table/i);
    expect(answer.log).toMatchObject({ status: 500, error: { code: "STATEMENT_FAILED" } });
    await broken.stop();
  });

  it("writes one line of JSON a request to the runtime's console", async () => {
    const spy = vi.spyOn(console, "log").mockImplementation(() => {});
    try {
      const context = createExecutionContext();
      const request = new Request<unknown, IncomingRequestCfProperties>(
        "http://eaves.test/health?token=secret",
        {
          headers: { "X-Request-Id": "console-test" },
        },
      );
      const response = await worker.fetch(request, {}, context);
      await waitOnExecutionContext(context);
      expect(response.status).toBe(200);
      const lines = spy.mock.calls.map(([line]) => JSON.parse(String(line)) as Record<string, unknown>);
      expect(lines.filter((line) => line["requestId"] === "console-test")).toHaveLength(1);
      expect(JSON.stringify(lines)).not.toContain("secret");
    } finally {
      spy.mockRestore();
    }
  });

  it("never answers a malformed request with a failure of its own", async () => {
    const before = await storedPasswords();
    const text = fc.string({ unit: "binary", maxLength: 40 });
    const value = fc.oneof(
      fc.json({ maxDepth: 3 }),
      text,
      fc.constant('{"email":"\\ud800@a","password":"\\ud800xxxxxxxx"}'),
    );
    const ask = fc.record({
      method: fc.constantFrom("GET", "HEAD", "POST", "PATCH", "DELETE", "PUT", "OPTIONS", "PROPFIND"),
      path: fc.oneof(
        text.map((id) => `/users/${encodeURIComponent(id.toWellFormed()).replaceAll(".", "%2E")}`),
        fc
          .string({ unit: "grapheme-ascii", maxLength: 12 })
          .map((id) => `/users/x${id.replaceAll(/[#]/g, "")}`),
        fc
          .tuple(fc.constantFrom("limit", "cursor", "role", "x", "__proto__"), text)
          .map(([name, given]) => `/users?${name}=${encodeURIComponent(given.toWellFormed())}`),
        fc.constantFrom(
          "/users?limit=%",
          "/users?cursor=%ff",
          "/users?%",
          "/users/%",
          "/users/%ff",
          "/users",
        ),
      ),
      body: value,
      type: fc.constantFrom("application/json", "application/json;;", "text/plain", ";", ""),
      id: fc.string({ unit: "grapheme-ascii", maxLength: 70 }),
      length: fc.constantFrom(undefined, "abc", "-1", "99999999999", "1"),
    });
    await fc.assert(
      fc.asyncProperty(ask, async ({ method, path, body, type, id, length }) => {
        const headers = new Headers({ "Content-Type": type, "X-Request-Id": id.trim() });
        if (length !== undefined) headers.set("Content-Length", length);
        const bodiless = method === "GET" || method === "HEAD";
        const answer = await service.request(path, {
          method,
          headers,
          ...(bodiless ? {} : { body: body.toWellFormed() }),
        });
        expect(answer.status).toBeLessThan(500);
        expect(answer.log.status).toBe(answer.status);
      }),
      { seed: seed(), numRuns: count({ quick: 400, long: 5_000 }) },
    );
    expect((await storedPasswords()).length).toBeGreaterThanOrEqual(before.length - 1);
  }, 120_000);
});
