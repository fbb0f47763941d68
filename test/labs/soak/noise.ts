// What the machine itself adds to times: a busy one is late with everything, and that is no fault of the Worker.
import { performance } from "node:perf_hooks";

/** Times in which this process or the Worker was held up, by the clock of `performance`. */
export interface Noise {
  /** Tells of a request that waits for nothing, such as /health: all that it took is the machine's. */
  note(from: number, took: number): void;
  /** Milliseconds to forgive what ran from `from` to `to`. */
  between(from: number, to: number): number;
  stop(): void;
}

const tickMs = 20;
/** What a tick, or a request that waits for nothing, takes on a machine that is not busy. */
const usualMs = 5;
/** A Worker that holds itself up is not to be forgiven for ever. */
const mostForgivenMs = 1_500;
const rememberedMs = 30_000;

interface HeldUp {
  readonly from: number;
  readonly to: number;
  readonly ms: number;
}

/** Begins to measure. */
export function startNoise(): Noise {
  // Of this process how late its ticks are; of the Worker how long it takes for an answer that waits for nothing.
  const own: HeldUp[] = [];
  const worker: HeldUp[] = [];
  const add = (to: HeldUp[], from: number, ms: number, until: number): void => {
    if (ms > usualMs) to.push({ from, to: until, ms });
    while ((to[0]?.to ?? Infinity) < until - rememberedMs) to.shift();
  };
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    add(own, last, now - last - tickMs, now);
    last = now;
  }, tickMs);
  return {
    note: (from, took) => add(worker, from, took, from + took),
    between(from, to) {
      // What this process has not ticked off yet counts as well.
      const pending = Math.max(0, performance.now() - last - tickMs);
      const within = (spans: readonly HeldUp[]) => spans.filter((span) => span.from < to && span.to > from);
      const sum = (spans: readonly HeldUp[]) => spans.reduce((total, { ms }) => total + ms - usualMs, 0);
      return Math.min(mostForgivenMs, pending + sum(within(own)) + sum(within(worker)));
    },
    stop: () => clearInterval(timer),
  };
}
