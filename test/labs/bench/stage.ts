// Everything that a run needs, real: a libSQL server, the delaying proxy before it, and each stack as a Worker in workerd.
import { join } from "node:path";

import { createClient } from "@libsql/client";

import { type Defer, withCleanUp } from "../../../src/dev/command/clean-up.ts";
import { startTestServer, type TestServer } from "../../support/server.ts";
import { startWorkerd } from "../../support/workerd.ts";
import { startD1 } from "./d1.ts";
import { type DelayProxy, startDelayProxy } from "./delay-proxy.ts";
import { serverStacks, type Stack } from "./stacks.ts";
import { setUp } from "./workers/set-up.ts";

/** A Worker that answers. */
export interface RunningStack {
  readonly stack: Stack;
  readonly origin: string;
  readonly pid: number | undefined;
}

/** What a run plays on. */
export interface Stage {
  readonly server: TestServer;
  readonly proxy: DelayProxy;
  readonly running: readonly RunningStack[];
}

/** Which Workers are started, and how they reach the database. */
export interface StageOptions {
  readonly stacks: readonly Stack[];
  /** Through the proxy, which counts and delays; else straight. D1 knows no way but its own. */
  readonly isFar: boolean;
  /** Another module for a stack, absolute: a test plants a fault with it. */
  readonly entries?: Readonly<Partial<Record<Stack, string>>>;
}

const workers = join(import.meta.dirname, "workers");

/** The module of a stack. */
export function entryOf(stack: Stack, entries: StageOptions["entries"] = {}): string {
  return entries[stack] ?? join(workers, `${stack}.ts`);
}

/** Does `work` on a stage that ends with it. */
export function withStage<Result>(
  options: StageOptions,
  work: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  return withCleanUp(async (defer) => {
    const server = await startTestServer({});
    defer(() => server.stop());
    const client = createClient({ url: server.url });
    await client.batch([...setUp], "write");
    client.close();
    const proxy = await startDelayProxy(server.port);
    defer(() => proxy.close());
    const url = options.isFar ? proxy.url : server.url;
    const start = (stack: Stack): Promise<RunningStack> => startStack(stack, url, options, defer);
    const running = await Promise.all(options.stacks.filter(isOnServer).map(start));
    // After the others: its process is known as the one that has come since.
    if (options.stacks.includes("d1")) running.push(await start("d1"));
    return await work({ server, proxy, running });
  });
}

function isOnServer(stack: Stack): boolean {
  return serverStacks.some((name) => name === stack);
}

async function startStack(
  stack: Stack,
  url: string,
  { entries }: StageOptions,
  defer: Defer,
): Promise<RunningStack> {
  const entry = entryOf(stack, entries);
  const worker = isOnServer(stack)
    ? await startWorkerd({ entry, variables: { DATABASE_URL: url, ENVIRONMENT: "development" } })
    : await startD1(entry);
  defer(() => worker.stop());
  return { stack, origin: worker.origin, pid: worker.pid };
}
