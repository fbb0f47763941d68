// Databases for tests: each is a real server of its own. Works in Node and in workerd, by asking the
// control server that vitest starts once a run.
import { inject } from "vitest";

import type {
  ControlMethods,
  CreatedProxy,
  DatabaseOptions,
  DatabaseStats,
  DatabaseTokens,
} from "./control-protocol.ts";
import type { FaultRule, ProxyRecord } from "./faults.ts";

/** A proxy in front of a test's database; connect to its `url` instead of the database's. */
export interface TestProxy {
  readonly url: string;
  /** Replaces the rules that are in force, and forgets how often the old ones struck. */
  setFaults(rules: readonly FaultRule[]): Promise<void>;
  clearFaults(): Promise<void>;
  /** New connections are refused, and open ones are reset, until `accept`. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
  record(): Promise<ProxyRecord>;
  clearRecord(): Promise<void>;
}

/** A database of a test's own. */
export interface TestDatabase {
  readonly url: string;
  /** Only with `auth`. */
  readonly tokens: DatabaseTokens | undefined;
  /** Crashes the server (SIGKILL); `restart` brings it back over the same data. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Ends the server and its proxies and removes the data. */
  stop(): Promise<void>;
  stats(): Promise<DatabaseStats>;
  proxy(rules?: readonly FaultRule[]): Promise<TestProxy>;
}

/** Starts a database. Stop it in `afterAll`; what is forgotten ends with the run. */
export async function createDatabase(options: DatabaseOptions = {}): Promise<TestDatabase> {
  const { id, url, tokens } = await call("createDatabase", options);
  return {
    url,
    tokens,
    kill: async () => void (await call("killDatabase", { id })),
    restart: async () => void (await call("restartDatabase", { id })),
    stop: async () => void (await call("stopDatabase", { id })),
    stats: () => call("databaseStats", { id }),
    proxy: async (rules = []) => {
      const proxy = testProxy(await call("createProxy", { id }));
      if (rules.length > 0) await proxy.setFaults(rules);
      return proxy;
    },
  };
}

function testProxy({ id, url }: CreatedProxy): TestProxy {
  return {
    url,
    setFaults: async (rules) => void (await call("setFaults", { id, rules })),
    clearFaults: async () => void (await call("setFaults", { id, rules: [] })),
    refuse: async () => void (await call("setListening", { id, listening: false })),
    accept: async () => void (await call("setListening", { id, listening: true })),
    record: () => call("readRecord", { id }),
    clearRecord: async () => void (await call("clearRecord", { id })),
  };
}

async function call<M extends keyof ControlMethods>(
  method: M,
  input: Parameters<ControlMethods[M]>[0],
): Promise<Awaited<ReturnType<ControlMethods[M]>>> {
  const response = await fetch(`${inject("controlUrl")}/${method}`, {
    method: "POST",
    body: JSON.stringify(input),
  });
  if (!response.ok) throw new Error(`${method} failed: ${await response.text()}`);
  return response.json() as Promise<Awaited<ReturnType<ControlMethods[M]>>>;
}
