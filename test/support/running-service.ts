// The whole service for tests from outside: the Worker in workerd with its static files, over a real server.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

import { withTokenSecrets } from "../../src/dev/service/token-secret.ts";
import { startWorker, type WorkerOptions, type WorkerProcess } from "../../src/dev/service/worker-process.ts";
import { workerVariablesFor, writeEnvFile } from "../../src/dev/service/worker-variables.ts";
import { findFreePort } from "../../src/migrate/server/ports.ts";
import { startTestServer } from "./server.ts";

/** A service that answers. Everything it started ends when it is disposed of. */
export interface RunningService extends AsyncDisposable {
  readonly origin: string;
}

/** Starts `wrangler dev` on the loopback address, without what it prints. */
export function startQuietWorker(
  options: Pick<WorkerOptions, "projectFolder" | "stateFolder" | "envFile" | "port">,
): WorkerProcess {
  const environment = { ...process.env, WRANGLER_LOG: "error" };
  return startWorker({ ...options, host: "127.0.0.1", environment, output: () => undefined });
}

/** Starts the service for development, with a cheap password hash, over an empty database. */
export async function startService(): Promise<RunningService> {
  await using started = new AsyncDisposableStack();
  const stateFolder = await mkdtemp(join(tmpdir(), "eaves-service-"));
  started.defer(() => rm(stateFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  const database = await startTestServer({ migrated: true });
  started.defer(() => database.stop());
  const variables = withTokenSecrets({ PASSWORD_SCRYPT: "ln=10,r=8,p=1" }, stateFolder);
  const envFile = join(stateFolder, "worker.env");
  writeEnvFile(envFile, workerVariablesFor({ url: database.url, authToken: undefined }, variables));
  const port = await findFreePort();
  const projectFolder = join(import.meta.dirname, "../..");
  const worker = startQuietWorker({ projectFolder, stateFolder, envFile, port });
  started.defer(() => worker.stop());
  await worker.ready();
  const cleanUp = started.move();
  return { origin: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => cleanUp.disposeAsync() };
}
