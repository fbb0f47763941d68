// The control: a plain client that writes past proxy and Worker. How long it is kept waiting is the database's own time,
// such as that of a lock whose transaction was lost: the server takes it away after 5 s, and several in a row add up.
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";

import { createClient } from "@libsql/client/http";

/** A control that writes all the time; times are by the clock of `performance`. */
export interface Control {
  /** For how many milliseconds from `from` to `to` the database took no writes. */
  lockedBetween(from: number, to: number): number;
  stop(): Promise<void>;
}

const everyMs = 100;
/** A write that takes no longer was not kept waiting by a lock. */
const freeMs = 100;

/** Begins to write. */
export function startControl(url: string): Control {
  const client = createClient({ url });
  const stopped = new AbortController();
  const locked: { readonly from: number; readonly to: number }[] = [];
  let began = performance.now();
  const watch = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      began = performance.now();
      // Of a server that is down nobody can say that it is locked.
      const isDone = await client.execute("UPDATE soak_control SET beats = beats + 1").then(
        () => true,
        () => false,
      );
      const to = performance.now();
      if (isDone && to - began > freeMs) locked.push({ from: began, to });
      began = Infinity;
      await wait(everyMs);
    }
    client.close();
  };
  const watching = watch();
  return {
    lockedBetween(from, to) {
      // The write that is still waiting counts as well.
      const waiting = to - began > freeMs ? [{ from: began, to }] : [];
      const parts = [...locked, ...waiting].map((span) => Math.min(to, span.to) - Math.max(from, span.from));
      return parts.reduce((sum, part) => sum + Math.max(0, part), 0);
    },
    async stop() {
      stopped.abort();
      await watching;
    },
  };
}
