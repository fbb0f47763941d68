// One run of the service benchmark: every cell of its plan, and what is counted beside.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";

import { bundleEntry } from "../../support/workerd.ts";
import { type Measured, measureByTurns, type Subject } from "./blocks.ts";
import { type Answered, askOnce } from "./answers.ts";
import { type Cell, isWriting, type Plan } from "./plan.ts";
import { readResidentBytes } from "./processes.ts";
import { type Stage, type StageOptions, withStage, entryOf } from "./stage.ts";
import { can, type Stack, stacks, workloadOf } from "./stacks.ts";
import { measureStartUp } from "./start-up.ts";
import { createRandom, type Random } from "./statistics.ts";

/** A cell, and what was measured of each stack in it. */
export interface CellResult extends Omit<Cell, "stacks" | "timing"> {
  readonly measured: Readonly<Partial<Record<Stack, Measured>>>;
}

/** What a stack is like at rest and after the load. */
export interface StackFacts {
  readonly bundleBytes: number;
  readonly gzipBytes: number;
  /** CPU until its module is loaded, in milliseconds; undefined where it was not asked for. */
  readonly startUpMs: number | undefined;
  readonly residentBytes: number | undefined;
}

/** Whether the server forgets the streams of a load in time. */
export interface OpenStreams {
  readonly afterMs: number;
  readonly left: number;
}

/** Everything that a run found out. */
export interface Results {
  readonly cells: readonly CellResult[];
  readonly overhead: Readonly<Record<"with" | "without", Measured>>;
  readonly stacks: Readonly<Record<Stack, StackFacts>>;
  readonly databaseBytes: number | undefined;
  readonly answers: readonly Answered[];
  readonly openStreams: OpenStreams;
}

/** How a run is made. */
export interface RunOptions {
  readonly plan: Plan;
  readonly seed: number;
  readonly entries?: NonNullable<StageOptions["entries"]>;
  /** All of them where it is left out. */
  readonly started?: readonly Stack[];
  /** Told what is measured next. */
  readonly onProgress?: (text: string) => void;
}

/** Runs the plan. Everything that it starts has ended when it returns. */
export async function run({
  plan,
  seed,
  entries = {},
  started = stacks,
  onProgress,
}: RunOptions): Promise<Results> {
  const random = createRandom(seed);
  const facts = await measureStacks(plan, entries);
  const near = await withStage({ stacks: started, isFar: false, entries }, async (stage) => {
    onProgress?.("session on a route without database");
    const overhead = await measureOverhead(stage, plan, random);
    const cells = await measureCells(stage, plan, 0, random, onProgress);
    const openStreams = await waitForStreams(stage);
    const resident = stage.running.map(
      ({ stack, pid }) => [stack, pid === undefined ? undefined : readResidentBytes(pid)] as const,
    );
    return { overhead, cells, openStreams, resident, databaseBytes: readResidentBytes(stage.server.pid()) };
  });
  const far = await withStage({ stacks: started, isFar: true, entries }, async (stage) => {
    onProgress?.("answers and round trips");
    const answers = await askOnce(stage);
    const delays = new Set(plan.cells.map(({ delayMs }) => delayMs).filter((delayMs) => delayMs > 0));
    const cells: CellResult[] = [];
    for (const delayMs of delays) {
      await stage.proxy.setDelay(delayMs);
      cells.push(...(await measureCells(stage, plan, delayMs, random, onProgress)));
    }
    return { answers, cells, openStreams: await waitForStreams(stage) };
  });
  const resident = new Map(near.resident);
  const withMemory = (stack: Stack): StackFacts => ({ ...facts[stack], residentBytes: resident.get(stack) });
  const { overhead, databaseBytes } = near;
  return {
    cells: [...near.cells, ...far.cells],
    overhead,
    stacks: perStack(withMemory),
    databaseBytes,
    answers: far.answers,
    openStreams: near.openStreams.left > 0 ? near.openStreams : far.openStreams,
  };
}

function perStack<Value>(valueOf: (stack: Stack) => Value): Readonly<Record<Stack, Value>> {
  return {
    raw: valueOf("raw"),
    client: valueOf("client"),
    drizzle: valueOf("drizzle"),
    eaves: valueOf("eaves"),
    d1: valueOf("d1"),
  };
}

async function measureStacks(plan: Plan, entries: NonNullable<RunOptions["entries"]>) {
  const folder = await mkdtemp(join(tmpdir(), "eaves-bench-"));
  try {
    const facts = new Map<Stack, StackFacts>();
    for (const stack of stacks) {
      const file = join(folder, `${stack}.js`);
      await bundleEntry(entryOf(stack, entries), file);
      const code = await readFile(file);
      facts.set(stack, {
        bundleBytes: code.length,
        gzipBytes: gzipSync(code).length,
        startUpMs: plan.measuresStartUp ? await measureStartUp(file, folder) : undefined,
        residentBytes: undefined,
      });
    }
    const none = { bundleBytes: 0, gzipBytes: 0, startUpMs: undefined, residentBytes: undefined };
    return perStack((stack) => facts.get(stack) ?? none);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureCells(
  stage: Stage,
  plan: Plan,
  delayMs: number,
  random: Random,
  onProgress: RunOptions["onProgress"],
): Promise<CellResult[]> {
  const results: CellResult[] = [];
  for (const cell of plan.cells.filter((planned) => planned.delayMs === delayMs)) {
    const { workload, connections } = cell;
    onProgress?.(`${workloadOf(workload).name}, ${connections} connections, ${delayMs} ms away`);
    // A server whose lock got stuck under the cell before must not be what this one measures.
    if (isWriting(cell)) await stage.server.kill().then(() => stage.server.restart());
    const subjects = stage.running
      .filter(({ stack }) => cell.stacks.includes(stack) && can(stack, workload))
      .map((running) => subjectOf(stage, running, workload));
    const measured = await measureByTurns(subjects, connections, cell.timing, random);
    results.push({ workload, connections, delayMs, measured: Object.fromEntries(measured) });
  }
  return results;
}

function subjectOf(
  { server }: Stage,
  { stack, origin, pid }: Stage["running"][number],
  workload: Cell["workload"],
): Subject<Stack> {
  const { ask, status } = workloadOf(workload);
  // What D1 costs is in its Worker's process.
  const databasePid = stack === "d1" ? undefined : server.pid();
  return { name: stack, target: { origin, ask, status }, workerPid: pid, databasePid };
}

async function measureOverhead(stage: Stage, { overhead }: Plan, random: Random) {
  const eaves = stage.running.find(({ stack }) => stack === "eaves");
  if (eaves === undefined) throw new Error("The stage has no Eaves");
  const subject = <Name extends string>(name: Name, path: string): Subject<Name> => ({
    name,
    target: { origin: eaves.origin, ask: () => ({ method: "GET", path }), status: 200 },
    workerPid: eaves.pid,
    databasePid: undefined,
  });
  const subjects = [subject("with", "/nothing"), subject("without", "/without-session")];
  const measured = await measureByTurns<"with" | "without">(subjects, overhead.connections, overhead, random);
  const [withSession, without] = [measured.get("with"), measured.get("without")];
  if (withSession === undefined || without === undefined) throw new Error("The overhead was not measured");
  return { with: withSession, without };
}

/** Asks the server until it has no stream left, for at most a second. */
async function waitForStreams({ server }: Stage): Promise<OpenStreams> {
  const began = performance.now();
  for (;;) {
    const { openStreams: left } = await server.stats();
    const afterMs = Math.round(performance.now() - began);
    if (left === 0 || afterMs > 1_000) return { afterMs, left };
    await delay(20);
  }
}
