// What a developer sees of an error, and that no deployed environment shows it.
import { createClient } from "@libsql/client/http";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { createService, openLimit } from "./routes/service.ts";

const account = { email: "ada@example.org", password: "open-sesame-9" };
const deployed = { PASSWORD_SCRYPT: "", SIGN_IN_LIMIT: openLimit };

describe("an error of a statement", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase({ migrated: true });
    await createClient({ url: database.url }).execute("DROP TABLE users");
  });
  afterAll(() => database.stop());

  it("shows a developer the database's own sentence and the SQL without its parameters", async () => {
    const service = createService({ DATABASE_URL: database.url });
    const { status, json, log, line } = await service.send("POST", "/users", account);
    expect(status).toBe(500);
    const sql = expect.stringMatching(/^insert into "users" .*\?/);
    const cause = expect.stringContaining("no such table: users");
    expect(json["debug"]).toMatchObject({ causes: [cause], sql });
    expect(log.error).toMatchObject({ code: "STATEMENT_FAILED", sql, cause: { message: cause } });
    expect(log.error?.stack).toContainEqual(expect.stringContaining("createUser"));
    expect(`${JSON.stringify(json)} ${line}`).not.toMatch(/ada@example|open-sesame|\$scrypt/);
  });

  it.each(["staging", "production"])("shows neither in %s", async (ENVIRONMENT) => {
    const service = createService({ DATABASE_URL: database.url, ENVIRONMENT, ...deployed });
    const { json, line } = await service.send("POST", "/users", account);
    expect(json).toMatchObject({ code: "STATEMENT_FAILED" });
    expect(Object.keys(json)).not.toContain("debug");
    expect(`${JSON.stringify(json)} ${line}`).not.toMatch(/insert into|no such table/i);
  });
});

describe("DATABASE_LOG", () => {
  it("prints each statement with its rows and time, and no parameter", async () => {
    const database = await createDatabase({ migrated: true });
    const spy = vi.spyOn(console, "log").mockImplementation(() => undefined);
    const service = createService({ DATABASE_URL: database.url, DATABASE_LOG: "sql" });
    expect((await service.send("POST", "/users", account)).status).toBe(201);
    const [statement] = spy.mock.calls.map(([line]): unknown => JSON.parse(String(line)));
    spy.mockRestore();
    await database.stop();
    expect(statement).toMatchObject({
      message: "statement",
      milliseconds: expect.any(Number),
      rows: 1,
      sql: expect.stringMatching(/^insert into "users"/),
    });
    expect(JSON.stringify(statement)).not.toMatch(/ada@example|\$scrypt/);
  });

  it("is refused outside of development", async () => {
    const service = createService({ DATABASE_LOG: "sql", ENVIRONMENT: "production", ...deployed });
    const { json, log } = await service.request("/ready");
    expect(json).toMatchObject({ code: "NOT_READY", variables: expect.arrayContaining(["DATABASE_LOG"]) });
    expect(log.error?.cause).toMatchObject({ message: expect.stringContaining("DATABASE_LOG") });
  });
});

describe("a slow statement", () => {
  it.each(["development", "production"])("is logged in %s, without its parameters", async (ENVIRONMENT) => {
    const database = await createDatabase({ migrated: true });
    const proxy = await database.proxy([
      { fault: { kind: "delay", ms: 600 }, matching: "insert into", times: 1 },
    ]);
    const spy = vi.spyOn(console, "log").mockImplementation(() => undefined);
    const service = createService({ DATABASE_URL: proxy.url, ENVIRONMENT, ...deployed });
    expect((await service.send("POST", "/users", account)).status).toBe(201);
    const lines = spy.mock.calls.map(([line]): unknown => JSON.parse(String(line)));
    spy.mockRestore();
    await database.stop();
    expect(lines).toContainEqual(
      expect.objectContaining({
        message: "slow statement",
        sql: expect.stringMatching(/^insert into "users"/),
      }),
    );
    expect(JSON.stringify(lines)).not.toMatch(/ada@example|\$scrypt/);
  });
});
