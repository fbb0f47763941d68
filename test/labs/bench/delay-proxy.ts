// A proxy before the database that makes it far away: each request waits, as it would on its way through a network.
// It passes bytes on and reads none of them, in a thread of its own, so that the load here does not hold it up.
import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** What the thread is told. */
export interface LineSettings {
  readonly delayMs?: number;
}

/** What the thread answers. */
export interface LineTurns {
  /** Requests that have passed so far, which is round trips: over one connection they come one after another. */
  readonly turns: number;
}

/** A running proxy. */
export interface DelayProxy {
  readonly url: string;
  /** Holds every request back for so many milliseconds from now on. */
  setDelay(milliseconds: number): Promise<void>;
  /** Round trips since it was started. */
  roundTrips(): Promise<number>;
  close(): Promise<void>;
}

/** Starts a proxy on a free port of 127.0.0.1, without delay. */
export async function startDelayProxy(upstreamPort: number): Promise<DelayProxy> {
  const thread = new Worker(new URL("delay-line.ts", import.meta.url), { workerData: { upstreamPort } });
  const hear = async <Message>(): Promise<Message> => {
    const [message] = (await once(thread, "message")) as [Message];
    return message;
  };
  const tell = (settings: LineSettings): Promise<LineTurns> => {
    const answer = hear<LineTurns>();
    // A thread, not a window: there is no origin to name.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    thread.postMessage(settings);
    return answer;
  };
  const { port } = await hear<{ readonly port: number }>();
  return {
    url: `http://127.0.0.1:${port}`,
    setDelay: async (delayMs) => void (await tell({ delayMs })),
    roundTrips: async () => (await tell({})).turns,
    close: async () => void (await thread.terminate()),
  };
}
