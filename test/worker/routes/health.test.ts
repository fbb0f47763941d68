// Health and readiness, with every reason why a database may not be ready.
import { createClient } from "@libsql/client/http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import journal from "../../../drizzle/meta/_journal.json" with { type: "json" };
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
  it("is ready with the schema at head, in one round trip, the question whether the token may write included", async () => {
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
    expect(answer).toMatchObject({ status: 503, json: { reason: "behind", fix: "npm run db -- upgrade" } });
    expect(answer.json["pending"]).toEqual(journal.entries.map(({ tag }) => tag));
    // It stays until the command is run.
    expect(answer.headers.get("Retry-After")).toBeNull();
    await empty.stop();
  });

  it("says which revisions are pending in a database that has the ones before", async () => {
    const older = await createDatabase({ migrated: true });
    const last = journal.entries.at(-1);
    const client = createClient({ url: older.url });
    await client.execute({
      sql: "delete from __drizzle_migrations where created_at = ?",
      args: [last?.when ?? 0],
    });
    const answer = await createService({ DATABASE_URL: older.url }).request("/ready");
    expect(answer).toMatchObject({ status: 503, json: { reason: "behind", pending: [last?.tag] } });
    await older.stop();
  });

  describe("with tables of the schema and no record of revisions", () => {
    const stampHead = `npm run db -- stamp ${journal.entries.at(-1)?.tag}`;

    it.each([
      ["no version table", ["drop table __drizzle_migrations"], stampHead],
      ["an empty version table", ["delete from __drizzle_migrations"], stampHead],
      [
        "a table missing",
        ["drop table __drizzle_migrations", "drop table login_throttles"],
        "npm run db -- check",
      ],
      [
        "a column missing",
        ["drop table __drizzle_migrations", "alter table users drop role"],
        "npm run db -- check",
      ],
      [
        "an index missing",
        ["drop table __drizzle_migrations", "drop index ix_users_email"],
        "npm run db -- check",
      ],
      [
        "a table of another program besides",
        ["drop table __drizzle_migrations", "create table wp_posts (id integer primary key)"],
        stampHead,
      ],
    ])("names the one command: %s", async (_, statements, fix) => {
      const pushed = await createDatabase({ migrated: true });
      await createClient({ url: pushed.url }).batch(statements, "write");
      const answer = await createService({ DATABASE_URL: pushed.url }).request("/ready");
      expect(answer).toMatchObject({ status: 503, json: { reason: "unstamped", fix } });
      expect(answer.json["pending"]).toBeUndefined();
      await pushed.stop();
    });

    it("takes a database with another program's tables alone for an empty one", async () => {
      const foreign = await createDatabase();
      await createClient({ url: foreign.url }).execute("create table wp_posts (id integer primary key)");
      const answer = await createService({ DATABASE_URL: foreign.url }).request("/ready");
      expect(answer).toMatchObject({ status: 503, json: { reason: "behind" } });
      await foreign.stop();
    });
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
    expect(Date.now() - began).toBeLessThan(1_900);
    expect(answer).toMatchObject({ status: 503, json: { reason: "unreachable" } });
  });

  it("never waits longer for the database than is configured", async () => {
    const silent = await database.proxy([{ fault: { kind: "silence" } }]);
    const variables = { DATABASE_URL: silent.url, DATABASE_STATEMENT_TIMEOUT_MS: "100" };
    const answer = await createService(variables).request("/ready");
    expect(answer.log.database?.milliseconds).toBeLessThan(750);
  });

  it("says that the token is refused, and is ready with a good one", async () => {
    const guarded = await createDatabase({ auth: true, migrated: true });
    const ready = (token: string | undefined) =>
      createService({ DATABASE_URL: guarded.url, DATABASE_AUTH_TOKEN: token }).request("/ready");
    for (const token of [undefined, guarded.tokens?.expired, "rubbish"]) {
      expect(await ready(token)).toMatchObject({ status: 503, json: { reason: "refused" } });
    }
    expect((await ready(guarded.tokens?.readWrite)).status).toBe(200);
    await guarded.stop();
  });

  it("says that the server has no such database, and the log has the server's words", async () => {
    // The host's first label names the database there, and none is called "127".
    const many = await createDatabase({ serverArguments: ["--enable-namespaces"] });
    const answer = await createService({ DATABASE_URL: many.url }).request("/ready");
    expect(answer).toMatchObject({ status: 503, json: { reason: "unknown-database" } });
    expect(answer.json["fix"]).toContain("DATABASE_URL");
    expect(answer.text).not.toContain("127");
    const text = expect.stringContaining("127") as string;
    expect(answer.log.error).toMatchObject({ server: { status: 404, text } });
    await many.stop();
  });

  it("names the environment in the command for a deployed Worker", async () => {
    const proxy = await database.proxy([{ fault: { kind: "status", status: 401 } }]);
    const staging = { ENVIRONMENT: "staging", PASSWORD_SCRYPT: "", SIGN_IN_LIMIT: openLimit };
    const answer = await createService({ ...staging, DATABASE_URL: proxy.url }).request("/ready");
    expect(answer).toMatchObject({ status: 503, json: { reason: "refused" } });
    expect(answer.json["fix"]).toMatch(/^npx wrangler secret put DATABASE_AUTH_TOKEN --env staging$/);
  });

  it("says that a token is not for this database", async () => {
    const guarded = await createDatabase({ auth: true, migrated: true });
    const variables = { DATABASE_URL: guarded.url, DATABASE_AUTH_TOKEN: guarded.tokens?.otherDatabase };
    const answer = await createService(variables).request("/ready");
    expect(answer).toMatchObject({ status: 503, json: { reason: "unknown-database" } });
    expect(answer.log.error).toMatchObject({ server: { status: 404 } });
    await guarded.stop();
  });

  it.each([
    ["quota", { kind: "status", status: 402 }],
    ["not-libsql", { kind: "status", status: 400 }],
    ["not-libsql", { kind: "status", status: 405 }],
    ["not-libsql", { kind: "html" }],
    ["not-libsql", { kind: "status", status: 307 }],
    ["unknown-database", { kind: "status", status: 404 }],
    ["refused", { kind: "status", status: 401 }],
    ["refused", { kind: "status", status: 403 }],
    ["unreachable", { kind: "status", status: 429 }],
    ["unreachable", { kind: "status", status: 500 }],
    ["unreachable", { kind: "status", status: 502 }],
    ["unreachable", { kind: "status", status: 503 }],
    ["unreachable", { kind: "status", status: 502, body: "<html>Bad gateway</html>" }],
    ["unreachable", { kind: "reset-before-send" }],
    ["unreachable", { kind: "cut-body" }],
  ] as const)("says %s for %j", async (reason, fault) => {
    const proxy = await database.proxy([{ fault }]);
    const answer = await createService({ DATABASE_URL: proxy.url }).request("/ready");
    expect(answer).toMatchObject({ status: 503, json: { reason } });
    expect(answer.headers.get("Retry-After")).toBe(reason === "unreachable" ? "1" : null);
    if (fault.kind === "status" && fault.status !== 307)
      expect(answer.log.error).toMatchObject({ server: { status: fault.status } });
  });
});
