// Where a trap is laid: one Worker in workerd over a libSQL server of its own, and another company's service that is slow.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { createClient, type Row } from "@libsql/client";
import { type Defer, withCleanUp } from "../../../src/dev/command/clean-up.ts";
import { startScratchServer } from "../../../src/migrate/server/scratch-server.ts";
import { startWorkerd } from "../../support/workerd.ts";
import { setUp } from "./tables.ts";

/** The two that are compared; each is a module in `workers/`. */
export type Stack = "naive" | "eaves";

/** What a request got. */
export interface Answer {
  readonly status: number;
  readonly seconds: number;
  readonly body: string;
}

/** One of the two stacks, running. */
export interface Stage {
  post(path: string): Promise<Answer>;
  /** Asks the database beside the Worker. */
  read(sql: string): Promise<readonly Row[]>;
  /** What the Worker has written to its log. */
  log(): readonly string[];
}

/** How long the other company's service takes to answer, in milliseconds. */
const partnerMs: Readonly<Record<string, number>> = { "/payment": 20_000, "/fraud-check": 6_000 };

/** Plays `act` over a Worker and a database of its own; all of it ends with it, also when `signal` aborts. */
export function withStage<Result>(
  stack: Stack,
  signal: AbortSignal,
  act: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  return withCleanUp(async (defer) => {
    const server = await startScratchServer();
    defer(() => server.stop());
    const client = createClient({ url: server.url });
    defer(() => client.close());
    await client.batch([...setUp], "write");
    const variables = {
      ENVIRONMENT: "development",
      DATABASE_URL: server.url,
      PARTNER_URL: await startPartner(defer),
    };
    const lines: string[] = [];
    const entry = join(import.meta.dirname, `workers/${stack}.ts`);
    const worker = await startWorkerd({ entry, variables, onLine: (line) => void lines.push(line) });
    defer(() => worker.stop());
    return await untilAborted(
      signal,
      act({
        post: (path) => post(worker.origin + path),
        read: async (sql) => (await client.execute(sql)).rows,
        log: () => lines,
      }),
    );
  });
}

async function startPartner(defer: Defer): Promise<string> {
  const server = createServer((request, response) => {
    void delay(partnerMs[request.url ?? ""] ?? 0, undefined, { ref: false }).then(() => response.end("ok"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  defer(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

async function post(url: string): Promise<Answer> {
  const began = performance.now();
  const response = await fetch(url, { method: "POST" });
  const body = await response.text();
  return { status: response.status, seconds: (performance.now() - began) / 1000, body };
}

/** What still runs is ended by the clean-up; nobody is left to hear of its failure. */
async function untilAborted<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  work.catch(() => undefined);
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
