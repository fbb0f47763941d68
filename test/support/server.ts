// The server behind a test's database (Node): its folder, its keys, its crashes and returns.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseDatabaseConfig } from "../../src/database/config.ts";
import { findFreePort } from "../../src/migrate/server/ports.ts";
import { type SqldServer, startServer, writeLockArgs } from "../../src/migrate/server/server.ts";
import type { DatabaseOptions, DatabaseStats, DatabaseTokens } from "./control-protocol.ts";
import { createCredentials } from "./tokens.ts";
import { applyRevisions } from "../../src/dev/command/revisions.ts";

/** A database server that one test owns. */
export interface TestServer {
  readonly url: string;
  readonly port: number;
  /** Of the process that runs now: another one after `restart`. */
  pid(): number;
  readonly tokens: DatabaseTokens | undefined;
  kill(): Promise<void>;
  /** Starts it again on the same port and folder. */
  restart(): Promise<void>;
  stats(): Promise<DatabaseStats>;
  /** Ends it for good and removes its folder. */
  stop(): Promise<void>;
}

/** Starts a server over a new temporary folder. */
export async function startTestServer(options: DatabaseOptions): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), "eaves-test-"));
  const credentials = options.auth === true ? createCredentials(Date.now()) : undefined;
  const keyFile = join(folder, "public.key");
  if (credentials !== undefined) await writeFile(keyFile, credentials.publicKey);
  const adminPort = await findFreePort();
  const serverArgs = [
    ...writeLockArgs,
    "--admin-listen-addr",
    `127.0.0.1:${adminPort}`,
    ...(credentials === undefined ? [] : ["--auth-jwt-key-file", keyFile]),
    ...(options.serverArguments ?? []),
  ];
  const start = (port?: number): Promise<SqldServer> =>
    startServer({ folder: join(folder, "data"), serverArgs, ...(port === undefined ? {} : { port }) });
  let server = await start();
  const { url, port } = server;
  const tokens = credentials?.tokens;
  const stop = async (): Promise<void> => {
    // Nothing in the folder is needed again, so that the server need not drain.
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    if (options.migrated === true) await migrate(url, tokens?.readWrite);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    port,
    pid: () => server.pid,
    tokens,
    stop,
    kill: () => server.kill(),
    restart: async () => void (server = await start(port)),
    stats: () => readStats(adminPort),
  };
}

async function migrate(url: string, token: string | undefined): Promise<void> {
  const folder = join(import.meta.dirname, "../..");
  const config = parseDatabaseConfig(
    { DATABASE_URL: url, DATABASE_AUTH_TOKEN: token },
    { runtime: "node", projectFolder: folder, serverFolder: join(folder, ".eaves") },
  );
  await applyRevisions(config, join(folder, "drizzle"));
}

async function readStats(adminPort: number): Promise<DatabaseStats> {
  const response = await fetch(`http://127.0.0.1:${adminPort}/metrics`);
  const metrics = await response.text();
  const gauge = (name: string): number => {
    // The server leaves a gauge out until it was first set.
    const value = new RegExp(`^${name} (\\d+)$`, "m").exec(metrics)?.[1];
    return value === undefined ? 0 : Number(value);
  };
  return {
    openStreams: gauge("libsql_server_stream_handles"),
    connections: gauge("libsql_server_concurrent_connections"),
  };
}
