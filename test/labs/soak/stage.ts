// Everything a run needs, real: a libSQL server, the fault proxy before it, and the Worker in workerd.
import { randomBytes } from "node:crypto";
import { join } from "node:path";

import { createClient } from "@libsql/client/http";

import { type FaultProxy, startFaultProxy } from "../../support/fault-proxy.ts";
import { startTestServer, type TestServer } from "../../support/server.ts";
import { configOf } from "../../support/sessions.ts";
import { type RunningWorkerd, startWorkerd } from "../../support/workerd.ts";
import type { Deadlines } from "./answers.ts";
import { isOutOfConnections } from "./control.ts";
import type { FinalRows } from "./ledger.ts";
import type { PlantedFault } from "./worker/planted.ts";
import { soakTables } from "./worker/tables.ts";
import type { Vitals } from "./worker/vitals.ts";

/** What a run plays on. Everything ends when it is disposed of. */
export interface Stage extends AsyncDisposable {
  readonly server: TestServer;
  readonly proxy: FaultProxy;
  readonly worker: RunningWorkerd;
  /** Those of the Worker, which has none configured and so the ones that users have. */
  readonly deadlines: Deadlines;
  readonly log: WorkerLog;
}

/** What the Worker printed, counted. */
export interface WorkerLog {
  /** How sessions ended, by the lines of the Worker. */
  readonly closes: Record<string, number>;
  /** Errors that nobody caught, as the runtime tells of them. */
  readonly uncaught: string[];
}

/** Domain of the accounts that the load signs up. */
export const domain = "@soak.example";

/** Starts everything. */
export async function startStage(plantedFault?: PlantedFault): Promise<Stage> {
  await using started = new AsyncDisposableStack();
  const server = await startTestServer({ migrated: true });
  started.defer(() => server.stop());
  await using client = closing(server.url);
  await client.batch(soakTables, "write");
  const proxy = await startFaultProxy(server.port);
  started.defer(() => proxy.close());
  const log: WorkerLog = { closes: {}, uncaught: [] };
  const worker = await startWorkerd({
    entry: join(import.meta.dirname, "worker/index.ts"),
    variables: {
      ENVIRONMENT: "development",
      DATABASE_URL: proxy.url,
      TOKEN_SECRETS: randomBytes(32).toString("base64url"),
      // The load is to be the database's; what a password costs is a matter of its own.
      PASSWORD_SCRYPT: "ln=4,r=8,p=1",
      ...(plantedFault === undefined ? {} : { SOAK_PLANTED: plantedFault }),
    },
    onLine: (line) => readLine(log, line),
  });
  started.defer(() => worker.stop());
  const cleanUp = started.move();
  const { deadlines } = configOf(proxy.url);
  return { server, proxy, worker, deadlines, log, [Symbol.asyncDispose]: () => cleanUp.disposeAsync() };
}

function readLine({ closes, uncaught }: WorkerLog, line: string): void {
  const close = /"close":"([\w-]+)"/.exec(line)?.[1];
  if (close !== undefined) closes[close] = (closes[close] ?? 0) + 1;
  else if (/uncaught/i.test(line)) uncaught.push(line.slice(0, 300));
}

/** A client that speaks to the server itself, past the proxy, and ends with its block. */
function closing(url: string): ReturnType<typeof createClient> & AsyncDisposable {
  const client = createClient({ url });
  return Object.assign(client, { [Symbol.asyncDispose]: async () => client.close() });
}

/** Reads all that the load has written, from the server itself; undefined while lost streams hold all its connections. */
export async function readRows(stage: Stage): Promise<FinalRows | undefined> {
  return queryRows(stage).catch((error: unknown) => {
    if (isOutOfConnections(error)) return undefined;
    throw error;
  });
}

async function queryRows({ server }: Stage): Promise<FinalRows> {
  await using client = closing(server.url);
  const [entries, pairs, users] = await client.batch(
    [
      "SELECT key FROM soak_entries",
      "SELECT key, count(*) AS rows FROM soak_pairs GROUP BY key",
      "SELECT email FROM users",
    ],
    "read",
  );
  return {
    entries: new Set(entries?.rows.map((row) => String(row["key"]))),
    pairs: new Map(pairs?.rows.map((row) => [String(row["key"]), Number(row["rows"])])),
    users: new Set(users?.rows.map((row) => String(row["email"]).replace(domain, ""))),
  };
}

/** Asks the Worker for its counters. */
export async function readVitals({ worker }: Stage): Promise<Vitals> {
  const response = await fetch(`${worker.origin}/soak/vitals`);
  return (await response.json()) as Vitals;
}
