// Passwords and their hashes stay inside.
import { createClient } from "@libsql/client/http";
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import worker from "../../../src/worker/index.ts";
import { createDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { openAccount, query, tokensOf } from "./accounts.ts";
import type { Account } from "./accounts.ts";
import { createService, openLimit } from "./service.ts";
import type { Answer, Service } from "./service.ts";

let database: TestDatabase;
let service: Service;
let admin: Account;

beforeAll(async () => {
  database = await createDatabase({ migrated: true });
  service = createService({ DATABASE_URL: database.url, SERVER_TIMING: "on" });
  admin = await openAccount(service, database, "admin@example.org", "admin");
});

afterAll(() => database.stop());

const password = "open-sesame-4711";

async function storedPasswords(): Promise<string[]> {
  const rows = await query(database, "select password from users order by id");
  return rows.map((row) => row["password"] as string);
}

function everythingSaid({ text, line, headers }: Answer): string {
  return [text, line, JSON.stringify([...headers])].join("\n");
}

describe("userRoutes", () => {
  it("stores a hash and shows neither it nor the password, in answers, errors or the log", async () => {
    const email = "quiet@example.org";
    const newPassword = `${password}-new`;
    const created = await service.send("POST", "/users", { email, password });
    const login = await service.send("POST", "/auth/login", { email, password });
    const { accessToken, refreshToken } = tokensOf(login);
    const first = (await storedPasswords()).at(-1) ?? "";
    const change = (body: unknown): Promise<Answer> =>
      service.send("POST", "/users/me/password", body, accessToken);
    const answers = [
      created,
      await service.send("POST", "/users", { email, password }),
      await service.send("POST", "/users", { email: "bad", password }),
      await service.send("POST", "/users", { email, password: `${password}${"x".repeat(200)}` }),
      await service.send("POST", "/auth/login", { email, password: `${password}-wrong` }),
      await service.send("PATCH", "/users/me", { email, password }, accessToken),
      await service.send("PATCH", "/users/1", { password, unknown: password }, admin.accessToken),
      await change({ oldPassword: `${password}-wrong`, newPassword }),
      await change({ oldPassword: password, newPassword: password.slice(0, 7) }),
      await change({ oldPassword: password, newPassword }),
      await service.as(accessToken, "GET", "/users/me"),
      await service.as(admin.accessToken, "GET", "/users"),
      await service.as(admin.accessToken, "GET", "/users/1"),
    ];
    expect(answers.map(({ status }) => status)).toEqual([
      201, 409, 422, 422, 401, 422, 422, 403, 422, 204, 200, 200, 200,
    ]);
    const second = (await storedPasswords()).at(-1) ?? "";
    for (const stored of [first, second])
      expect(stored).toMatch(/^\$scrypt\$ln=10,r=8,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(second).not.toBe(first);
    for (const answer of [...answers, login]) {
      const said = everythingSaid(answer);
      expect(said).not.toContain(password.slice(0, 7));
      expect(said).not.toContain("$scrypt$");
      expect(said).not.toContain(first.split("$").at(-1));
      expect(said).not.toContain(second.split("$").at(-1));
      for (const secret of [email, accessToken, refreshToken]) expect(answer.line).not.toContain(secret);
    }
  });

  it("keeps silent when the statement itself fails", async () => {
    const broken = await createDatabase({ migrated: true });
    await createClient({ url: broken.url }).execute("drop table users");
    const deployed = { ENVIRONMENT: "staging", PASSWORD_SCRYPT: "", SIGN_IN_LIMIT: openLimit };
    const failing = createService({ DATABASE_URL: broken.url, ...deployed });
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
});
