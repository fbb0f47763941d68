// D1 as it is emulated on this machine: by Miniflare, which comes with wrangler. Its SQLite is in the Worker's process.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

import { findFreePort } from "../../../src/migrate/server/ports.ts";
import { bundleEntry, readCompatibility, requireOfWrangler } from "../../support/workerd.ts";
import { findChildren } from "./processes.ts";
import { setUp } from "./workers/set-up.ts";

/** As much of Miniflare as is used here. */
interface Miniflare {
  readonly ready: Promise<unknown>;
  getD1Database(binding: string): Promise<{
    prepare(sql: string): unknown;
    batch(statements: readonly unknown[]): Promise<unknown>;
  }>;
  dispose(): Promise<void>;
}

interface MiniflareModule {
  readonly Miniflare: new (options: object) => Miniflare;
  /** Options by name, as Miniflare had them before its version 5. */
  convertV4MiniflareOptions(options: object): object;
}

/** A Worker over D1 that answers. */
export interface RunningD1 {
  readonly origin: string;
  /** Undefined where the machine does not tell. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

/** Serves a module over an empty D1 with the tables of the benchmark, past Miniflare's own front Worker. */
export async function startD1(entry: string): Promise<RunningD1> {
  const folder = await mkdtemp(join(tmpdir(), "eaves-d1-"));
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  try {
    const scriptPath = join(folder, "worker.js");
    await bundleEntry(entry, scriptPath);
    const { date, flags } = await readCompatibility();
    const port = await findFreePort();
    const others = new Set(findChildren(process.pid, "workerd"));
    const miniflare = requireOfWrangler("miniflare") as MiniflareModule;
    const options = miniflare.convertV4MiniflareOptions({
      // Nothing is fetched from Cloudflare, and nothing is kept.
      cf: false,
      telemetry: { enabled: false },
      resourcePersistencePath: join(folder, "d1"),
      modules: true,
      script: await readFile(scriptPath, "utf8"),
      compatibilityDate: date,
      compatibilityFlags: flags,
      d1Databases: ["DB"],
      unsafeDirectSockets: [{ host: "127.0.0.1", port }],
    });
    const server = new miniflare.Miniflare(options);
    const stop = async (): Promise<void> => {
      await server.dispose();
      await remove();
    };
    await server.ready;
    const database = await server.getD1Database("DB");
    await database.batch(setUp.map((sql) => database.prepare(sql)));
    const pid = findChildren(process.pid, "workerd").find((id) => !others.has(id));
    return { origin: `http://127.0.0.1:${port}`, pid, stop };
  } catch (error) {
    await remove();
    throw error;
  }
}
