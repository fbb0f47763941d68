// What tests of the database session share: settings for one test database, and tables to work on.
import { createClient } from "@libsql/client/http";

import { type DatabaseConfig, parseDatabaseConfig } from "../../src/database/config.ts";
import { webPorts } from "../../src/database/engine.ts";
import type { EnginePorts } from "../../src/database/session-core.ts";

/** A busy machine may take longer over a statement than the 2 s of the default; a test of deadlines sets its own. */
export const patient = { DATABASE_STATEMENT_TIMEOUT_MS: "20000" } as const;

/** Settings for a test's database; `variables` as a deployment would set them. */
export function configOf(url: string, variables: Readonly<Record<string, string>> = {}): DatabaseConfig {
  return parseDatabaseConfig({ DATABASE_URL: url, ...variables }, { runtime: "worker" });
}

/** Makes the tables that the tests of the session use; `pairs` shows whether a transaction was halved. */
export async function createTables(url: string, connect = createClient): Promise<void> {
  const client = connect({ url });
  await client.batch(
    [
      "CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL, password text NOT NULL, role text, disabled_at integer)",
      "CREATE UNIQUE INDEX ix_users_email ON users (email)",
      "CREATE TABLE pairs (id integer PRIMARY KEY, name text NOT NULL)",
      "CREATE TABLE parents (id integer PRIMARY KEY)",
      "CREATE TABLE children (id integer PRIMARY KEY, parent integer REFERENCES parents (id), age integer CONSTRAINT grown CHECK (age > 17))",
    ],
    "write",
  );
  client.close();
}

/** The names in `pairs`, read by a client that no session knows of. */
export async function readNames(url: string): Promise<string[]> {
  const { rows } = await createClient({ url }).execute("SELECT name FROM pairs ORDER BY id");
  return rows.map((row) => String(row["name"]));
}

/** Ports whose clients are counted. */
export function countingPorts(): EnginePorts & { clients: number } {
  const ports = {
    ...webPorts,
    clients: 0,
    createClient: ((config) => {
      ports.clients += 1;
      return webPorts.createClient(config);
    }) satisfies EnginePorts["createClient"],
  };
  return ports;
}
