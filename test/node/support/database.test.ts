// The support itself: that a test's database is real, its own, and breaks when it is told to.
import { createClient } from "@libsql/client/http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createDatabase, type TestDatabase } from "../../support/database.ts";
import { poll } from "../../support/poll.ts";

describe("createDatabase", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.stop());

  it("is a database of its own", async () => {
    const other = await createDatabase();
    await createClient({ url: other.url }).execute("CREATE TABLE apart (x)");
    await expect(createClient({ url: database.url }).execute("SELECT * FROM apart")).rejects.toThrow(
      "no such table",
    );
    await other.stop();
  });

  it("keeps what was written through a crash and a restart on the same URL", async () => {
    const client = createClient({ url: database.url });
    await client.batch(["CREATE TABLE kept (x INTEGER)", "INSERT INTO kept VALUES (7)"], "write");
    await database.kill();
    await expect(client.execute("SELECT x FROM kept")).rejects.toThrow();
    await database.restart();
    const { rows } = await client.execute("SELECT x FROM kept");
    expect(rows.map((row) => row["x"])).toEqual([7]);
  });

  it("counts the streams that are open", async () => {
    const transaction = await createClient({ url: database.url }).transaction("write");
    await transaction.execute("SELECT 1");
    expect((await database.stats()).openStreams).toBe(1);
    await transaction.rollback();
    await poll(database.stats, (stats) => stats.openStreams === 0);
  });

  it("applies the revisions when asked to", async () => {
    const migrated = await createDatabase({ migrated: true });
    const { rows } = await createClient({ url: migrated.url }).execute(
      "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'users'",
    );
    expect(rows.map((row) => row["name"])).toEqual(["ix_users_email"]);
    await migrated.stop();
  });
});

describe("createDatabase with auth", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase({ auth: true });
  });
  afterAll(() => database.stop());

  const open = (authToken: string | undefined) =>
    createClient({ url: database.url, ...(authToken === undefined ? {} : { authToken }) });

  it("takes the read-write token for writes", async () => {
    await open(database.tokens?.readWrite).execute("CREATE TABLE mine (x)");
  });

  it("takes the read-only token for reads and refuses its writes", async () => {
    const client = open(database.tokens?.readOnly);
    expect((await client.execute("SELECT 1 AS one")).rows).toHaveLength(1);
    await expect(client.execute("CREATE TABLE other (x)")).rejects.toThrow(
      /403|BLOCKED|not allowed|forbidden/i,
    );
  });

  it("refuses an expired token and a missing one", async () => {
    await expect(open(database.tokens?.expired).execute("SELECT 1")).rejects.toThrow("401");
    await expect(open(undefined).execute("SELECT 1")).rejects.toThrow("401");
  });
});
