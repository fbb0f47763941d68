// The write lock: waited for, taken away, and not granted at all.
import { createClient } from "@libsql/client";
import { afterEach, describe, expect, it } from "vitest";

import { openDatabase } from "../../../../src/migrate/runtime/connection.ts";
import { execute } from "../../../../src/migrate/runtime/executor.ts";
import { readApplied } from "../../../../src/migrate/runtime/version-table.ts";
import { findFreePort } from "../../../../src/migrate/server/ports.ts";
import { type ScratchServer, startScratchServer } from "../../../../src/migrate/server/scratch-server.ts";
import { writeLockArgs } from "../../../../src/migrate/server/server.ts";
import { createDatabase } from "../../../support/database.ts";
import { failure } from "./failure.ts";
import { configFor, newDatabase, options, revision, tableNames, tableRevision, up } from "./revisions.ts";
import { isLong } from "../../../support/tier.ts";

/** Sets how long a transaction keeps its lock while others wait; the least that the server knows is a second. */
async function startImpatientServer(): Promise<ScratchServer> {
  const port = await findFreePort();
  const server = await startScratchServer({
    serverArgs: [...writeLockArgs, "--admin-listen-addr", `127.0.0.1:${port}`],
  });
  const response = await fetch(`http://127.0.0.1:${port}/v1/namespaces/default/config`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ block_reads: false, block_writes: false, allow_attach: false, txn_timeout_s: 1 }),
  });
  if (!response.ok) throw new Error(`The server took no settings: ${await response.text()}`);
  return server;
}

const slowStatement =
  "INSERT INTO kept WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 20000000) SELECT max(x) FROM c";

describe("a lock that is taken away", () => {
  let server: ScratchServer;
  afterEach(() => server.stop());

  it.runIf(isLong())(
    "is named, and nothing was applied; the driver's stray rejections do not reach the process",
    async () => {
      server = await startImpatientServer();
      const database = openDatabase(configFor(server.url));
      const other = createClient({ url: server.url });
      await other.execute("CREATE TABLE kept (id)");
      const slow = revision(1, [slowStatement, slowStatement, slowStatement, "CREATE TABLE after (id)"], []);
      // Vitest fails the run on any rejection that nobody handles.
      const state = { ended: false };
      const work = failure(execute(database, up(tableRevision(0), slow), options())).finally(
        () => (state.ended = true),
      );
      // Whichever of these comes while the revision runs has to wait, and so takes the lock away.
      while (!state.ended) await other.execute("INSERT INTO kept VALUES ('other')");
      const error = await work;
      expect(error.code).toBe("MIGRATION_LOCK_STOLEN");
      expect(error.details).toMatchObject({ executed: [tableRevision(0).tag], failed: slow.tag });
      expect(await tableNames(database)).toEqual(["kept", "t0"]);
      const { rows } = await other.execute("SELECT DISTINCT id FROM kept");
      expect(rows.map((row) => row["id"])).toEqual(["other"]);
    },
  );
});

describe("a lock that another client holds", () => {
  it("is waited for until the time is up, and is no error when it is free again", async () => {
    const own = await newDatabase.file();
    const holder = createClient({ url: own.url });
    const held = await holder.transaction("write");
    await held.execute("CREATE TABLE held (id)");
    let waits = 0;
    const onEvent = ({ kind }: { kind: string }): void => void (kind === "waiting-for-lock" && (waits += 1));
    const error = await failure(
      execute(own.database, up(tableRevision(0)), options({ busyMs: 10, onEvent })),
    );
    expect(error.code).toBe("MIGRATION_BUSY");
    const work = execute(
      own.database,
      up(tableRevision(0)),
      options({
        onEvent: ({ kind }) => void (kind === "waiting-for-lock" && !held.closed && void held.commit()),
      }),
    );
    expect((await work).executed).toEqual([tableRevision(0).tag]);
    holder.close();
    await own.remove();
  });
});

describe("a token that does not do", () => {
  it("is refused by name, and never shown", async () => {
    const server = await createDatabase({ auth: true });
    const { tokens } = server;
    if (tokens === undefined) throw new Error("A server without tokens");
    const attempts = [
      [tokens.readOnly, 403, "may only read"],
      [tokens.expired, 401, "DATABASE_AUTH_TOKEN"],
      [undefined, 401, "DATABASE_AUTH_TOKEN"],
    ] as const;
    for (const [token, status, said] of attempts) {
      const database = openDatabase(configFor(server.url, token));
      const error = await failure(execute(database, up(tableRevision(0)), options()));
      expect(error.code).toBe("DATABASE_REFUSED");
      expect(error.details["status"]).toBe(status);
      expect(error.message).toContain(said);
      expect(error.message).not.toContain(token ?? "Bearer");
    }
    const writer = openDatabase(configFor(server.url, tokens.readWrite));
    await execute(writer, up(tableRevision(0)), options());
    expect(await readApplied(openDatabase(configFor(server.url, tokens.readOnly)))).toHaveLength(1);
    await server.stop();
  });
});
