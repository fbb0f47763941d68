// Whether readiness notices a token that may not write: without writing, without a lock, and seldom.
import { createClient } from "@libsql/client/http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { createService } from "./service.ts";

describe("GET /ready with a token that may not write", () => {
  let guarded: TestDatabase;

  beforeAll(async () => {
    guarded = await createDatabase({ auth: true, migrated: true });
    // The first answer of an isolate takes longest, and readiness has 0.8 s.
    await createService({ DATABASE_URL: guarded.url }).request("/ready");
  });

  afterAll(() => guarded.stop());

  /** Over a proxy of its own, whose record says what was asked; the clock stands until it is set. */
  async function serve(token: string | undefined) {
    const proxy = await guarded.proxy();
    const clock = { now: 1_000 };
    const variables = { DATABASE_URL: proxy.url, DATABASE_AUTH_TOKEN: token };
    const service = createService(variables, { now: () => clock.now });
    const writes = async () =>
      (await proxy.record()).requests
        .flatMap(({ statements }) => statements)
        .filter((text) => !/^SELECT/i.test(text));
    return { proxy, clock, service, writes };
  }

  it("says so, with what the server said, and goes on saying so without asking again", async () => {
    const { service, writes } = await serve(guarded.tokens?.readOnly);
    for (const roundTrips of [2, 1, 1]) {
      const answer = await service.request("/ready");
      expect(answer).toMatchObject({ status: 503, json: { reason: "read-only" } });
      expect(answer.json["fix"]).toContain("DATABASE_AUTH_TOKEN");
      expect(answer.log).toMatchObject({ database: { roundTrips }, error: { server: { status: 403 } } });
      expect(answer.line).not.toContain(guarded.tokens?.readOnly ?? "no token");
    }
    expect(await writes()).toHaveLength(1);
  });

  it("asks at most once in ten seconds, however many ask at a time", async () => {
    const { service, clock, writes } = await serve(guarded.tokens?.readWrite);
    const ask = async (times: number) => {
      const answers = await Promise.all(Array.from({ length: times }, () => service.request("/ready")));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      for (const { log } of answers) expect(log.database?.roundTrips).toBe(1);
    };
    await ask(5);
    clock.now += 9_999;
    await ask(2);
    expect(await writes()).toHaveLength(1);
    clock.now += 1;
    await ask(5);
    expect(await writes()).toHaveLength(2);
  });

  it("says behind rather than read-only while revisions are pending", async () => {
    const empty = await createDatabase({ auth: true });
    const variables = { DATABASE_URL: empty.url, DATABASE_AUTH_TOKEN: empty.tokens?.readOnly };
    const answer = await createService(variables).request("/ready");
    expect(answer).toMatchObject({ status: 503, json: { reason: "behind" } });
    await empty.stop();
  });

  it("writes nothing, and does not wait for a writer that holds the lock", async () => {
    const client = createClient({ url: guarded.url, authToken: guarded.tokens?.readWrite ?? "" });
    const rows = async () =>
      (await client.execute("select * from __drizzle_migrations order by created_at")).rows;
    const before = await rows();
    const writer = await client.transaction("write");
    await writer.execute(
      "insert into login_throttles (subject_hash, attempts, resets_at) values ('x', 1, 1)",
    );
    try {
      for (const [token, status] of [
        [guarded.tokens?.readWrite, 200],
        [guarded.tokens?.readOnly, 503],
      ] as const) {
        const { service } = await serve(token);
        expect((await service.request("/ready")).status).toBe(status);
      }
    } finally {
      await writer.rollback();
    }
    expect(await rows()).toEqual(before);
  });

  it("does not take a busy server for a token that may not write", async () => {
    const { proxy, service } = await serve(guarded.tokens?.readWrite);
    await proxy.setFaults([{ fault: { kind: "status", status: 429 }, matching: "DELETE", times: 1 }]);
    expect((await service.request("/ready")).status).toBe(200);
  });

  it("costs other routes nothing", async () => {
    const { service, writes } = await serve(guarded.tokens?.readWrite);
    await service.send("POST", "/auth/login", {
      email: "nobody@example.com",
      password: "correct horse battery",
    });
    expect((await writes()).filter((text) => text.includes("__drizzle_migrations"))).toEqual([]);
  });
});
