// What the Worker takes from its runtime beside requests: time, randomness and the log.
// The only file of the Worker that touches them; tests hand in their own.
import type { RandomBytes } from "../auth/password.ts";

/** The Worker's outside, as values. */
export interface Ports {
  /** Milliseconds from any fixed point. In Workers it moves on only with I/O. */
  readonly now: () => number;
  /** Unix time in seconds, whole. */
  readonly unixTime: () => number;
  /** For requests and tokens; never the same twice. */
  readonly newId: () => string;
  readonly randomBytes: RandomBytes;
  /** Takes one line of JSON. */
  readonly log: (line: string) => void;
}

/** The ports of the runtime itself. */
export const runtimePorts: Ports = {
  now: () => performance.now(),
  unixTime: () => Math.floor(Date.now() / 1000),
  newId: () => crypto.randomUUID(),
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  // Looked up at each call, so that a replacement takes effect.
  log: (line) => console.log(line),
};
