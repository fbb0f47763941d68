// Measures stacks by turns, in short blocks: what slows the machine for a while slows all of them.
import { shuffle } from "../../support/difference.ts";
import { type Block, createLoad, type Load, type Target } from "./load.ts";
import { readCpuMs } from "./processes.ts";
import { median, quantile, type Random } from "./statistics.ts";

/** Something that is measured. */
export interface Subject<Name extends string> {
  readonly name: Name;
  readonly target: Target;
  readonly workerPid: number | undefined;
  readonly databasePid: number | undefined;
}

/** How long and how often. */
export interface Timing {
  readonly warmUpMs: number;
  readonly rounds: number;
  readonly closedMs: number;
  /** 0 leaves the open loop out. */
  readonly openMs: number;
}

/** What was measured of one subject: one value a block, and the n-th of all subjects stood side by side. */
export interface Measured {
  readonly requests: number;
  readonly requestsPerSecond: number[];
  /** Milliseconds of CPU for a request; empty where the machine does not tell. */
  readonly workerCpuMs: number[];
  readonly databaseCpuMs: number[];
  /** The rate of the open loop, and milliseconds from the planned moment; empty without one. */
  readonly rate: number | undefined;
  readonly p50: number[];
  readonly p99: number[];
  readonly errors: readonly string[];
}

/** An open loop slower than this measures too few requests in a block. */
const leastRate = 5;

/** Measures all subjects at this number of connections. */
export async function measureByTurns<Name extends string>(
  subjects: readonly Subject<Name>[],
  connections: number,
  timing: Timing,
  random: Random,
): Promise<ReadonlyMap<Name, Measured>> {
  const lanes = subjects.map((subject) => createLane(subject, connections));
  try {
    for (const lane of lanes) await lane.warmUp(timing.warmUpMs);
    await takeTurns(lanes, timing.rounds, random, (lane) => lane.closed(timing.closedMs));
    if (timing.openMs > 0) {
      const rates = lanes.map(({ measured }) => measured.requestsPerSecond);
      const slowest = Math.min(...rates.map((some) => (some.length === 0 ? 0 : median(some))));
      const rate = Math.max(leastRate, Math.floor(slowest / 2));
      await takeTurns(lanes, timing.rounds, random, (lane) => lane.open(timing.openMs, rate));
    }
    return new Map(lanes.map(({ subject, measured }) => [subject.name, measured]));
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
  }
}

/** Stops at a turn without one good answer: nothing after it would be measured beside its like. */
async function takeTurns<Item>(
  items: readonly Item[],
  rounds: number,
  random: Random,
  turn: (item: Item) => Promise<boolean>,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const item of shuffle(items, random)) {
      if (!(await turn(item))) return;
    }
  }
}

function createLane<Name extends string>(subject: Subject<Name>, connections: number) {
  const load: Load = createLoad(subject.target, connections);
  const errors: string[] = [];
  const measured = {
    requests: 0,
    requestsPerSecond: [] as number[],
    workerCpuMs: [] as number[],
    databaseCpuMs: [] as number[],
    rate: undefined as number | undefined,
    p50: [] as number[],
    p99: [] as number[],
    errors,
  };
  const keep = (block: Block): void => {
    measured.requests += block.requests + block.errors.length;
    errors.push(...block.errors);
  };
  return {
    subject,
    measured,
    async warmUp(milliseconds: number) {
      keep(await load.closed(milliseconds));
    },
    async closed(milliseconds: number) {
      const before = readCpu(subject);
      const block = await load.closed(milliseconds);
      const after = readCpu(subject);
      keep(block);
      if (block.requests === 0) return false;
      measured.requestsPerSecond.push(block.requests / block.seconds);
      const perRequest = (from: number | undefined, to: number | undefined): number[] =>
        from === undefined || to === undefined ? [] : [(to - from) / block.requests];
      measured.workerCpuMs.push(...perRequest(before.worker, after.worker));
      measured.databaseCpuMs.push(...perRequest(before.database, after.database));
      return true;
    },
    async open(milliseconds: number, rate: number) {
      const block = await load.open(milliseconds, rate);
      keep(block);
      if (block.requests === 0) return false;
      measured.rate = rate;
      measured.p50.push(quantile(block.latencies, 0.5));
      measured.p99.push(quantile(block.latencies, 0.99));
      return true;
    },
    close: () => load.close(),
  };
}

function readCpu({ workerPid, databasePid }: Subject<string>) {
  return {
    worker: workerPid === undefined ? undefined : readCpuMs(workerPid),
    database: databasePid === undefined ? undefined : readCpuMs(databasePid),
  };
}
