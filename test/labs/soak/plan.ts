// What a run will do and when: every request, every fault, every outage. Pure: the same seed gives the same plan.
import { createRandom } from "../bench/statistics.ts";
import { shuffle } from "../../support/difference.ts";
import type { Fault } from "../../support/faults.ts";
import { type Kind, kinds, type PlannedRequest, planRequests } from "./plan-requests.ts";

/** A fault that strikes the next requests to the database, from its moment on. Milliseconds count from the load's start. */
export interface Strike {
  readonly at: number;
  /** From here on it strikes nothing any more. */
  readonly until: number;
  readonly fault: Fault;
  /** Only requests whose SQL has this text; all when absent. */
  readonly matching?: string;
  readonly times: number;
}

/** A time without database, and how it is lost. */
export interface Outage {
  readonly at: number;
  readonly until: number;
  /** Nothing is answered · connections are refused · the server is killed (SIGKILL), and started again. */
  readonly how: "black-hole" | "refused" | "killed";
}

/** What a run does. */
export interface Plan {
  readonly seed: number;
  /** How long requests are sent, in milliseconds. */
  readonly loadMs: number;
  readonly requests: readonly PlannedRequest[];
  readonly strikes: readonly Strike[];
  readonly outages: readonly Outage[];
}

/** How big a run is, and what of it is left out. */
export interface PlanOptions {
  readonly seed: number;
  readonly loadMs: number;
  readonly requestsPerSecond?: number;
  /** The requests that are sent; all kinds where it is left out. */
  readonly kinds?: readonly Kind[];
  /** The faults that strike; all where it is left out. */
  readonly faults?: readonly Fault[];
  /** When the database is lost; drawn by the seed where it is left out. */
  readonly outages?: readonly Outage[];
}

/**
 * After the last fault the load goes on for this long: streams whose baton was lost end at the server after 10 s, and
 * from then on everything has to go well.
 */
export const calmMs = 15_000;

/** Milliseconds after which a database that has returned has to be used as before. */
export const recoveryMs = 5_000;

/** How long before the calm end nothing more is left to wait for the lock by itself. */
const queueGoneMs = 10_000;
const warmUpMs = 1_500;
const hows = ["black-hole", "killed", "refused"] as const;

/** Everything that the fault proxy can do to a request, in the strengths in which it does it here. */
export const everyFault: readonly Fault[] = [
  { kind: "reset-before-send" },
  { kind: "reset-after-send" },
  { kind: "cut-body" },
  { kind: "status", status: 429 },
  { kind: "status", status: 502 },
  { kind: "status", status: 502, forward: true },
  { kind: "status", status: 503, retryAfter: "1" },
  { kind: "html" },
  { kind: "html", forward: true },
  { kind: "silence" },
  { kind: "silence", forward: true },
  // The server carries on with what its client has given up.
  { kind: "silence", forward: true, keepUpstream: true },
  { kind: "delay", ms: 300 },
  { kind: "delay", ms: 300, leg: "answer" },
  // Longer than the deadline of a statement.
  { kind: "delay", ms: 2_500, leg: "answer" },
];

/** Half of the strikes take any request; the others wait for what hurts most. */
const targets = [
  undefined,
  undefined,
  undefined,
  "BEGIN",
  "COMMIT",
  "ROLLBACK",
  "soak_pairs",
  "soak_entries",
];

/** Plans a run. */
export function planRun(options: PlanOptions): Plan {
  const { seed, loadMs, requestsPerSecond = 40, faults = everyFault } = options;
  // Each part has a source of chance of its own: one that grows does not move the others.
  const [ofRequests, ofFaults, ofOutages] = [1, 2, 3].map((part) => createRandom(seed * 4 + part));
  if (ofRequests === undefined || ofFaults === undefined || ofOutages === undefined) throw new TypeError();
  const requests = planRequests({
    name: seed.toString(36),
    count: Math.floor((loadMs / 1_000) * requestsPerSecond),
    gapMs: 1_000 / requestsPerSecond,
    kinds: options.kinds ?? kinds,
    random: ofRequests,
  });
  const wild = { from: Math.min(warmUpMs, loadMs / 10), to: loadMs - calmMs };
  // A run that is too short for a calm end has faults from beginning to end.
  const window = wild.to > wild.from ? wild : { from: wild.from, to: loadMs };
  const outages = options.outages ?? planOutages(window, ofOutages);
  return { seed, loadMs, requests, strikes: planStrikes(window, outages, faults, ofFaults), outages };
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** By turns some seconds of single faults, and an outage with quiet after it, in which recovery is measured. */
function planOutages({ from, to }: Span, random: () => number): readonly Outage[] {
  const outages: Outage[] = [];
  let deck: Outage["how"][] = [];
  let at = from + 3_000 + random() * 2_000;
  for (;;) {
    if (deck.length === 0) deck = shuffle(hows, random);
    const how = deck.pop() ?? "killed";
    // A black hole is longer than any deadline that is met in it.
    const lastsMs = how === "black-hole" ? 5_500 : 500 + random() * 1_500;
    const until = at + lastsMs;
    if (until + recoveryMs > to) return outages;
    outages.push({ at: Math.round(at), until: Math.round(until), how });
    at = until + recoveryMs + 3_000 + random() * 2_000;
  }
}

function planStrikes(
  { from, to }: Span,
  outages: readonly Outage[],
  faults: readonly Fault[],
  random: () => number,
): readonly Strike[] {
  const strikes: Strike[] = [];
  if (faults.length === 0) return strikes;
  let deck: Fault[] = [];
  for (let at = from; at < to; at += 40 + random() * 200) {
    const next = outages.find(({ until }) => until + recoveryMs > at);
    if (next !== undefined && at >= next.at) continue;
    // Every fault comes before any comes again.
    if (deck.length === 0) deck = shuffle(faults, random);
    const fault = deck.pop();
    if (fault === undefined) break;
    const matching = targets[Math.floor(random() * targets.length)];
    const isQueued = fault.kind === "silence" && fault.keepUpstream === true;
    const times = isQueued ? 1 : 1 + Math.floor(random() * 3);
    // Each may hold the lock for 5 s once it is its turn: near the end they would make it anything but calm.
    if (isQueued && at > to - queueGoneMs) continue;
    const until = Math.min(at + 3_000, next?.at ?? to, to);
    strikes.push({
      at: Math.round(at),
      until: Math.round(until),
      fault,
      times,
      ...(matching === undefined ? {} : { matching }),
    });
  }
  return strikes;
}
