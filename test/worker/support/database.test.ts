// The support from within workerd: a real server behind fetch, and faults on the way to it.
import { createClient } from "@libsql/client/http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";

describe("createDatabase", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.stop());

  it("runs in workerd, against a real server", async () => {
    expect(navigator.userAgent).toBe("Cloudflare-Workers");
    const { rows } = await createClient({ url: database.url }).execute("SELECT sqlite_version() AS version");
    expect(rows[0]?.["version"]).toMatch(/^3\.\d+\.\d+$/);
  });

  it("meets the faults of the proxy", async () => {
    const proxy = await database.proxy([{ fault: { kind: "reset-after-send" }, matching: "CREATE TABLE" }]);
    const client = createClient({ url: proxy.url });
    await expect(client.execute("CREATE TABLE lost_reply (x)")).rejects.toThrow();
    expect((await client.execute("SELECT * FROM lost_reply")).rows).toEqual([]);
    const { requests } = await proxy.record();
    expect(requests.map((request) => request.fault)).toEqual(["reset-after-send", undefined]);
  });
});
