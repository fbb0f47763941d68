import { execFile } from "node:child_process";
import { join } from "node:path";
import { type Client, createClient } from "@libsql/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ScratchServer, startScratchServer } from "../../../src/migrate/server/scratch-server.ts";
import journal from "../../../drizzle/meta/_journal.json" with { type: "json" };
import { parseDatabaseConfig } from "../../../src/database/config.ts";
import { withSession } from "../../../src/database/engine.ts";
import { checkReadiness } from "../../../src/worker/readiness.ts";
import { startLocalServer } from "../../../src/migrate/server/local-server.ts";
import { findFreePort } from "../../../src/migrate/server/ports.ts";
import { makeStateFolder } from "./npm-run.ts";

const projectFolder = join(import.meta.dirname, "../../..");
let server: ScratchServer;
let database: Client;

beforeAll(async () => {
  server = await startScratchServer();
  database = createClient({ url: server.url });
});

afterAll(() => server.stop());

interface KitRun {
  readonly code: number;
  readonly said: string;
}

/** drizzle-kit exits with 0 on most failures: look into the database. */
function drizzleKit(command: string, variables: Readonly<Record<string, string>>): Promise<KitRun> {
  const kit = join(projectFolder, "node_modules/drizzle-kit/bin.cjs");
  const { DATABASE_URL: _url, DATABASE_AUTH_TOKEN: _token, ...inherited } = process.env;
  return new Promise((resolve) => {
    const options = { cwd: projectFolder, env: { ...inherited, ...variables } };
    execFile(process.execPath, [kit, command], options, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, said: stdout + stderr }),
    );
  });
}

async function readSchema(client: Client): Promise<readonly string[]> {
  const { rows } = await client.execute(
    "SELECT type || ' ' || name || ' ' || coalesce(sql, '') AS line FROM sqlite_schema ORDER BY name",
  );
  return rows.map((row) => String(row["line"]));
}

describe("drizzle.config.ts", () => {
  it("pushes beside the migration tool's tables, and pushing twice changes nothing", async () => {
    await database.executeMultiple(
      "CREATE TABLE __eaves_x (id integer PRIMARY KEY, note text); INSERT INTO __eaves_x VALUES (1, 'kept')",
    );
    await drizzleKit("push", { DATABASE_URL: server.url });
    const first = await readSchema(database);
    expect(first.join("\n")).toMatch(/index ix_users_email[^]*table users/);
    await drizzleKit("push", { DATABASE_URL: server.url });
    expect(await readSchema(database)).toEqual(first);
    const { rows } = await database.execute("SELECT note FROM __eaves_x");
    expect(rows[0]?.["note"]).toBe("kept");
    const scope = { runtime: "node", projectFolder, serverFolder: projectFolder } as const;
    const config = parseDatabaseConfig({ DATABASE_URL: server.url }, scope);
    const readiness = await withSession(config, (db) => checkReadiness(db), { mode: "read" });
    const revision = journal.entries.at(-1)?.tag;
    expect(readiness).toEqual({ ready: false, reason: "unstamped", revision });
  });

  it("migrates the local server that runs, found through its state file", async () => {
    await using home = await makeStateFolder();
    const local = await startLocalServer(home.path, { lifetime: "service", port: await findFreePort() });
    try {
      expect(await drizzleKit("migrate", { EAVES_HOME: home.path })).toMatchObject({ code: 0 });
      const schema = await readSchema(createClient({ url: local.url }));
      expect(schema).toEqual(expect.arrayContaining([expect.stringMatching(/^index ix_users_email/)]));
    } finally {
      await local.stop();
    }
  });

  it("says so where no server runs and no DATABASE_URL is set", async () => {
    await using home = await makeStateFolder();
    const { code, said } = await drizzleKit("push", { EAVES_HOME: home.path });
    expect(code).toBe(1);
    expect(said).toContain("No local server runs");
  });

  it("checks the revisions without a database", async () => {
    await using home = await makeStateFolder();
    const { code, said } = await drizzleKit("check", { EAVES_HOME: home.path });
    expect(code).toBe(0);
    expect(said).toContain("Everything's fine");
  });
});
