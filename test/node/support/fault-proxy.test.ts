// The faults: that each one does to the wire, and to the database, what its name says.
import { createClient } from "@libsql/client/http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { createDatabase, type TestDatabase, type TestProxy } from "../../support/database.ts";
import type { Fault } from "../../support/faults.ts";
import { poll } from "../../support/poll.ts";

describe("fault proxy", () => {
  let database: TestDatabase;
  let proxy: TestProxy;
  beforeAll(async () => {
    database = await createDatabase();
    await createClient({ url: database.url }).execute("CREATE TABLE notes (x TEXT)");
    proxy = await database.proxy();
  });
  afterAll(() => database.stop());
  beforeEach(async () => {
    await proxy.clearFaults();
    await createClient({ url: database.url }).execute("DELETE FROM notes");
    await proxy.clearRecord();
  });

  const insert = (signal?: AbortSignal): Promise<Response> =>
    pipeline("INSERT INTO notes VALUES ('a')", signal);
  const pipeline = (sql: string, signal?: AbortSignal): Promise<Response> =>
    fetch(`${proxy.url}/v2/pipeline`, {
      method: "POST",
      body: JSON.stringify({ requests: [{ type: "execute", stmt: { sql } }, { type: "close" }] }),
      ...(signal === undefined ? {} : { signal }),
    });
  const written = async (): Promise<number> => {
    const { rows } = await createClient({ url: database.url }).execute("SELECT count(*) AS n FROM notes");
    return Number(rows[0]?.["n"]);
  };
  const strike = (fault: Fault): Promise<void> => proxy.setFaults([{ fault }]);
  const networkCode = (error: unknown): unknown =>
    error instanceof Error && error.cause instanceof Error && "code" in error.cause
      ? error.cause.code
      : error;

  it("passes everything on, and records the statements and the round trips", async () => {
    const client = createClient({ url: proxy.url });
    await client.batch(["INSERT INTO notes VALUES ('a')", 'SELECT "x" FROM "notes"'], "write");
    const { requests } = await proxy.record();
    expect(requests).toHaveLength(1);
    expect(requests[0]?.statements).toContain('SELECT "x" FROM "notes"');
    expect(requests[0]?.fault).toBeUndefined();
  });

  it("resets before anything is sent", async () => {
    await strike({ kind: "reset-before-send" });
    expect(await insert().catch(networkCode)).toBe("ECONNRESET");
    expect(await written()).toBe(0);
  });

  it("resets after the database has done the work", async () => {
    await strike({ kind: "reset-after-send" });
    expect(await insert().catch(networkCode)).toBe("ECONNRESET");
    expect(await written()).toBe(1);
  });

  it("cuts the body in half, behind a head that promised all of it", async () => {
    await strike({ kind: "cut-body" });
    const response = await insert();
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    expect(await written()).toBe(1);
  });

  it.each([429, 502, 503, 504])("answers %i without the database having heard of it", async (status) => {
    await strike({ kind: "status", status, retryAfter: "2" });
    const response = await insert();
    expect([response.status, response.headers.get("retry-after")]).toEqual([status, "2"]);
    expect(await written()).toBe(0);
  });

  it("answers a status although the database has done the work", async () => {
    await strike({ kind: "status", status: 502, forward: true });
    expect((await insert()).status).toBe(502);
    expect(await written()).toBe(1);
  });

  it("answers a page of HTML", async () => {
    await strike({ kind: "html" });
    const response = await insert();
    expect([response.status, response.headers.get("content-type")]).toEqual([
      200,
      "text/html; charset=utf-8",
    ]);
    expect(await response.text()).toContain("<!doctype html>");
    expect(await written()).toBe(0);
  });

  it.each([
    [false, 0],
    [true, 1],
  ])("stays silent, with the request passed on: %s", async (forward, rows) => {
    await strike({ kind: "silence", forward });
    const controller = new AbortController();
    const answer = insert(controller.signal).then(
      () => "answered",
      () => "aborted",
    );
    await poll(
      async () => (await proxy.record()).requests.length,
      (length) => length === 1,
    );
    await poll(written, (number) => number === rows);
    controller.abort();
    expect(await answer).toBe("aborted");
  });

  it("delays by at least the time given", async () => {
    await strike({ kind: "delay", ms: 80 });
    const start = performance.now();
    expect((await insert()).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThanOrEqual(78);
  });

  it("refuses connections until it accepts them again", async () => {
    await proxy.refuse();
    expect(await insert().catch(networkCode)).toBe("ECONNREFUSED");
    await proxy.accept();
    expect((await insert()).status).toBe(200);
  });

  it("strikes the requests that the script names, and no others", async () => {
    const fault = { kind: "status", status: 503 } as const;
    await proxy.setFaults([{ fault, matching: "INSERT", skip: 1, times: 2 }]);
    const statuses: number[] = [];
    for (const sql of ["INSERT INTO notes VALUES (1)", "SELECT 1", "INSERT INTO notes VALUES (2)"]) {
      statuses.push((await pipeline(sql)).status);
    }
    for (let more = 0; more < 2; more += 1) statuses.push((await insert()).status);
    expect(statuses).toEqual([200, 200, 503, 503, 200]);
    expect(await written()).toBe(2);
  });

  it("hangs up on the database when the client hangs up", async () => {
    // The statement waits for the lock that the transaction holds, so that it is under way when the client leaves.
    const holder = await createClient({ url: database.url }).transaction("write");
    await holder.execute("INSERT INTO notes VALUES ('held')");
    const controller = new AbortController();
    const answer = insert(controller.signal).catch(() => "aborted");
    const openUpstream = async (): Promise<number> => (await proxy.record()).open.upstream;
    await poll(openUpstream, (open) => open === 1);
    controller.abort();
    expect(await answer).toBe("aborted");
    await poll(openUpstream, (open) => open === 0, 1_000);
    await holder.rollback();
  });
});
