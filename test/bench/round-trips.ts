// Counts what requests cost in round trips to the database: the Worker in workerd, a real server, and a proxy
// between the two that counts what passes.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

import { startWorker } from "../../src/local/worker-process.ts";
import { workerVariablesFor, writeEnvFile } from "../../src/local/worker-variables.ts";
import { findFreePort } from "../../src/sqld/ports.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { startTestServer } from "../support/server.ts";

/** A request and what it may cost. */
interface Budget {
  readonly method: string;
  readonly path: string;
  readonly body?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly allowed: number;
}

/** A request and what it did cost. */
export interface Cost extends Budget {
  /** The status that was expected is in `status`. */
  readonly answered: number;
  readonly roundTrips: number;
}

const account = { email: "ada@example.com", password: "correct horse battery" };

/** In an order in which each finds what it needs. */
const budgets: readonly Budget[] = [
  { method: "GET", path: "/health", status: 200, allowed: 0 },
  { method: "GET", path: "/ready", status: 200, allowed: 1 },
  { method: "POST", path: "/users", body: account, status: 201, allowed: 1 },
  { method: "GET", path: "/users/1", status: 200, allowed: 1 },
  { method: "GET", path: "/users", status: 200, allowed: 1 },
  { method: "PATCH", path: "/users/1", body: { email: "eve@example.com" }, status: 200, allowed: 1 },
  { method: "DELETE", path: "/users/1", status: 204, allowed: 1 },
];

/** Sends each request once and counts. Everything it starts has ended when it returns. */
export async function countRoundTrips(): Promise<readonly Cost[]> {
  await using cleanUp = new AsyncDisposableStack();
  const stateFolder = await mkdtemp(join(tmpdir(), "eaves-costs-"));
  cleanUp.defer(() => rm(stateFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  const database = await startTestServer({ migrated: true });
  cleanUp.defer(() => database.stop());
  const proxy = await startFaultProxy(database.port);
  cleanUp.defer(() => proxy.close());
  const envFile = join(stateFolder, "worker.env");
  writeEnvFile(envFile, workerVariablesFor({ url: proxy.url, authToken: undefined }, {}));
  const port = await findFreePort();
  const projectFolder = join(import.meta.dirname, "../..");
  // Without this the log of the Worker would stand between the lines of the table.
  const environment = { ...process.env, WRANGLER_LOG: "error" };
  const worker = startWorker({ projectFolder, stateFolder, envFile, port, environment });
  cleanUp.defer(() => worker.stop());
  await worker.ready();
  const costs: Cost[] = [];
  for (const budget of budgets) {
    proxy.clearRecord();
    const answered = await send(`http://127.0.0.1:${port}`, budget);
    costs.push({ ...budget, answered, roundTrips: proxy.record().requests.length });
  }
  return costs;
}

async function send(url: string, { method, path, body }: Budget): Promise<number> {
  const content = { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(url + path, { method, ...(body === undefined ? {} : content) });
  await response.arrayBuffer();
  return response.status;
}
