// The control: a plain client that writes past proxy and Worker. How long it is kept waiting or refused is the database's
// own time: a transaction whose client vanished keeps its lock for 5 s, several in a row add up, and each keeps one of
// the server's few connections for up to 10 s.
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";

import { createClient, LibsqlError } from "@libsql/client/http";

/** A control that writes all the time; times are by the clock of `performance`. */
export interface Control {
  /** For how many milliseconds from `from` to `to` the database took no writes. */
  lockedBetween(from: number, to: number): number;
  stop(): Promise<void>;
}

const everyMs = 100;
/** A write that takes no longer was not kept waiting by a lock. */
const freeMs = 100;

/** Whether the server answered HTTP 429: it is up, and lost transactions hold all its connections. */
export function isOutOfConnections(error: unknown): boolean {
  return error instanceof LibsqlError && (error.cause as { status?: unknown } | undefined)?.status === 429;
}

/** Whether the server refused a write, as it does while a checkpoint waits for open transactions. */
function isBusy(error: unknown): boolean {
  return error instanceof LibsqlError && error.code.startsWith("SQLITE_BUSY");
}

/** Begins to write. */
export function startControl(url: string): Control {
  const client = createClient({ url });
  const stopped = new AbortController();
  const locked: { readonly from: number; readonly to: number }[] = [];
  let began = performance.now();
  const watch = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      began = performance.now();
      const outcome = await client.execute("UPDATE soak_control SET beats = beats + 1").then(
        () => "written",
        // A server that is down cannot be said to be locked.
        (error: unknown) => (isOutOfConnections(error) || isBusy(error) ? "refused" : "down"),
      );
      const to = performance.now();
      if (outcome === "refused" || (outcome === "written" && to - began > freeMs))
        locked.push({ from: began, to });
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
