// Sends requests over a fixed number of connections: as fast as they are answered, or at a fixed rate.
import { performance } from "node:perf_hooks";
import { setImmediate, setTimeout as delay } from "node:timers/promises";
import { type Dispatcher, Pool } from "undici";

import type { Ask } from "./stacks.ts";

/** Where requests go, and what is expected of the answers. */
export interface Target {
  readonly origin: string;
  readonly ask: (n: number) => Ask;
  readonly status: number;
}

/** What came back. */
export interface Block {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds of each request that was answered as expected. */
  readonly latencies: readonly number[];
  /** Everything else, in words: another status, a broken connection, no answer in time. */
  readonly errors: readonly string[];
}

/** Connections to one Worker. */
export interface Load {
  /** Each connection asks again as soon as it has its answer. */
  closed(milliseconds: number): Promise<Block>;
  /**
   * Asks at moments that are planned before, whatever has come back. A request that has to wait for a connection has
   * been waiting since its planned moment: so a slow answer also counts for those behind it.
   */
  open(milliseconds: number, requestsPerSecond: number): Promise<Block>;
  close(): Promise<void>;
}

/** Nothing here takes this long, not even a lock that the server has to take away; what does is an error. */
const timeoutMs = 6_000;
/** A timer may be late by this much; what is left until a planned moment is waited for awake. */
const timerSlackMs = 2;

/** Opens nothing before the first request. */
export function createLoad({ origin, ask, status }: Target, connections: number): Load {
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  let sent = 0;

  /** Asks once. Resolves with what was wrong with the answer, if anything. */
  const send = (): Promise<string | undefined> => {
    const { method, path, body } = ask(sent++);
    return new Promise((resolve) => {
      const handler: Dispatcher.DispatchHandler = {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, answered) => {
          if (answered !== status) resolve(`status ${answered} where ${status} is expected`);
        },
        onResponseData: () => undefined,
        onResponseEnd: () => resolve(undefined),
        onResponseError: (_controller, error) => resolve(error.message),
      };
      const headers = body === undefined ? {} : { "content-type": "application/json" };
      pool.dispatch({ method, path, headers, ...(body === undefined ? {} : { body }) }, handler);
    });
  };

  return {
    async closed(milliseconds) {
      const record = startRecord();
      const end = record.began + milliseconds;
      const connection = async (): Promise<void> => {
        while (performance.now() < end) {
          const began = performance.now();
          record.add(await send(), began);
        }
      };
      await Promise.all(Array.from({ length: connections }, connection));
      return record.finish();
    },
    async open(milliseconds, requestsPerSecond) {
      const record = startRecord();
      const count = Math.max(1, Math.round((milliseconds / 1_000) * requestsPerSecond));
      const pending: Promise<void>[] = [];
      for (let index = 0; index < count; index++) {
        const planned = record.began + (index * 1_000) / requestsPerSecond;
        await untilMoment(planned);
        pending.push(send().then((error) => record.add(error, planned)));
      }
      await Promise.all(pending);
      return record.finish();
    },
    close: () => pool.close(),
  };
}

function startRecord() {
  const began = performance.now();
  const latencies: number[] = [];
  const errors: string[] = [];
  return {
    began,
    add(error: string | undefined, since: number): void {
      if (error === undefined) latencies.push(performance.now() - since);
      else errors.push(error);
    },
    finish: (): Block => ({
      requests: latencies.length,
      seconds: (performance.now() - began) / 1_000,
      latencies,
      errors,
    }),
  };
}

async function untilMoment(moment: number): Promise<void> {
  for (;;) {
    const left = moment - performance.now();
    if (left <= 0) return;
    if (left > timerSlackMs) await delay(left - timerSlackMs);
    else await setImmediate();
  }
}
