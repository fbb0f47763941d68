// Health and readiness, with every reason why a database may not be ready.
import { createClient } from "@libsql/client/http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { createService, openLimit } from "./service.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ migrated: true });
});

afterAll(() => database.stop());

describe("GET /health", () => {
  it("answers without a database, whatever the configuration", async () => {
    const answer = await createService({ ENVIRONMENT: "rubbish", PASSWORD_SCRYPT: "1" }).request("/health");
    expect(answer).toMatchObject({ status: 200, json: { status: "ok" } });
    expect(answer.headers.get("Cache-Control")).toBe("no-store");
    expect(answer.log.database).toBeUndefined();
  });
});

describe("GET /ready", () => {
  it("is ready with the schema at head, in one round trip", async () => {
    const answer = await createService({ DATABASE_URL: database.url }).request("/ready");
    expect(answer).toMatchObject({ status: 200, json: { status: "ready" } });
    expect(answer.json["revision"]).toMatch(/^\d{4}_/);
    expect(answer.headers.get("Cache-Control")).toBe("no-store");
    expect(answer.log.database).toMatchObject({ roundTrips: 1 });
  });

  it("names every variable that is missing or not usable, without its value", async () => {
    const answer = await createService({
      PASSWORD_SCRYPT: "hunter2",
      CORS_ORIGINS: "*",
      TOKEN_SECRETS: "swordfish",
      SIGN_IN_LIMIT: "none",
    }).request("/ready");
    expect(answer.status).toBe(503);
    expect(answer.json).toMatchObject({
      code: "NOT_READY",
      reason: "configuration",
      variables: ["CORS_ORIGINS", "SIGN_IN_LIMIT", "TOKEN_SECRETS", "PASSWORD_SCRYPT", "DATABASE_URL"],
    });
    expect(answer.text).not.toMatch(/hunter2|swordfish/);
    expect(answer.headers.get("Cache-Control")).toBe("no-store");
  });

  it("never falls back to a local database", async () => {
    const production = { ENVIRONMENT: "production", PASSWORD_SCRYPT: "", SIGN_IN_LIMIT: openLimit };
    const answer = await createService(production).request("/ready");
    expect(answer).toMatchObject({ status: 503, json: { variables: ["DATABASE_URL"] } });
  });

  it("names what a deployed Worker cannot do without", async () => {
    const bare = { ENVIRONMENT: undefined, PASSWORD_SCRYPT: "", TOKEN_SECRETS: undefined };
    const answer = await createService(bare).request("/ready");
    expect(answer).toMatchObject({
      status: 503,
      json: { variables: ["SIGN_IN_LIMIT", "TOKEN_SECRETS", "DATABASE_URL"] },
    });
  });

  it("says which revision is pending on an empty database", async () => {
    const empty = await createDatabase();
    const answer = await createService({ DATABASE_URL: empty.url }).request("/ready");
    expect(answer).toMatchObject({ status: 503, json: { reason: "behind" } });
    expect(answer.json["detail"]).toMatch(/behind: revision 0000_\w+.* pending/);
    await empty.stop();
  });

  it("says so when the version table is there and empty", async () => {
    const reset = await createDatabase({ migrated: true });
    await createClient({ url: reset.url }).execute("delete from __drizzle_migrations");
    const answer = await createService({ DATABASE_URL: reset.url }).request("/ready");
    expect(answer).toMatchObject({ status: 503, json: { reason: "behind" } });
    await reset.stop();
  });

  it("stays ready on a database that is further on", async () => {
    const ahead = await createDatabase({ migrated: true });
    await createClient({ url: ahead.url }).execute(
      "insert into __drizzle_migrations (hash, created_at) values ('x', 99999999999999)",
    );
    expect((await createService({ DATABASE_URL: ahead.url }).request("/ready")).status).toBe(200);
    await ahead.stop();
  });

  it("says that the database is unreachable", async () => {
    const killed = await createDatabase({ migrated: true });
    await killed.kill();
    const answer = await createService({ DATABASE_URL: killed.url }).request("/ready");
    expect(answer).toMatchObject({ status: 503, json: { reason: "unreachable" } });
    expect(answer.log.error).toMatchObject({ code: "NOT_READY", cause: { code: "DATABASE_UNAVAILABLE" } });
    await killed.stop();
  });

  it("says so within a second where the database does not answer at all", async () => {
    const silent = await database.proxy([{ fault: { kind: "silence" } }]);
    const began = Date.now();
    const answer = await createService({ DATABASE_URL: silent.url }).request("/ready");
    // 0.8 s, and what a busy machine adds; a statement of any other route would take 2 s.
    expect(Date.now() - began).toBeLessThan(1_500);
    expect(answer).toMatchObject({ status: 503, json: { reason: "unreachable" } });
  });

  it("never waits longer for the database than is configured", async () => {
    const silent = await database.proxy([{ fault: { kind: "silence" } }]);
    const variables = { DATABASE_URL: silent.url, DATABASE_STATEMENT_TIMEOUT_MS: "100" };
    const answer = await createService(variables).request("/ready");
    expect(answer.log.database?.milliseconds).toBeLessThan(500);
  });

  it("says that the token is refused, and is ready with a good one", async () => {
    const guarded = await createDatabase({ auth: true, migrated: true });
    const ready = (token: string | undefined) =>
      createService({ DATABASE_URL: guarded.url, DATABASE_AUTH_TOKEN: token }).request("/ready");
    for (const token of [undefined, guarded.tokens?.expired, "rubbish"]) {
      expect(await ready(token)).toMatchObject({ status: 503, json: { reason: "refused" } });
    }
    expect((await ready(guarded.tokens?.readOnly)).status).toBe(200);
    await guarded.stop();
  });
});
