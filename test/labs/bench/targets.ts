// What is promised of the service, held to what was measured: one table. Pure; chance comes from a seed.
import type { Measured } from "./blocks.ts";
import { cpuConnections, isContended, slackMs } from "./plan.ts";
import type { CellResult, Results } from "./run.ts";
import { type Stack, stackNames, stacks, workloadIds, workloadOf } from "./stacks.ts";
import { type Interval, intervalOfMedian, intervalOfRatio, median, type Random } from "./statistics.ts";

/** `gated` decides the exit code; `reported` wobbles with the machine, and is shown. */
export type Kind = "gated" | "reported";
export type Verdict = "met" | "MISSED" | "not decided" | "not measured";

/** What was found for one target. */
export interface Finding {
  readonly value: number;
  readonly interval?: Interval;
}

/** A target: no more than its limit. */
export interface Target {
  readonly name: string;
  readonly kind: Kind;
  readonly limit: number;
  readonly unit: "ratio" | "ms" | "bytes" | "count";
  /** Met as long as the interval does not exclude it: what is not measurable is no difference. */
  readonly isMetInDoubt?: boolean;
  readonly finding: Finding | undefined;
}

/** A target and whether it was met. */
export interface Judged extends Target {
  readonly verdict: Verdict;
}

/** Compressed, the most that each stack may weigh. A heavier dependency is noticed; ours has its own reasons to grow. */
const gzipLimits: Readonly<Record<Stack, number>> = {
  raw: 1_500,
  client: 29_000,
  drizzle: 49_000,
  eaves: 45_000,
  d1: 29_000,
};

/** The most CPU of the Worker, beside Drizzle by hand; of the workloads without a limit here, 1.15. */
const cpuLimits: Readonly<Partial<Record<string, number>>> = { nothing: 1.1, get: 1, list: 1, insert: 1 };

/** All targets with what was found for them, in the order in which they are shown. */
export function judge(results: Results, random: Random): readonly Judged[] {
  const targets = [
    ...countTargets(results),
    ...cpuTargets(results, random),
    ...latencyTargets(results, random),
  ];
  return targets.map((target) => ({ ...target, verdict: verdictOf(target) }));
}

/** Missed only where no value of the interval would do: in between nothing is decided. */
export function verdictOf({ finding, limit, isMetInDoubt = false }: Omit<Target, "name">): Verdict {
  if (finding === undefined) return "not measured";
  const { low, high } = finding.interval ?? { low: finding.value, high: finding.value };
  if (low > limit) return "MISSED";
  return high <= limit || isMetInDoubt ? "met" : "not decided";
}

/** Whether a run has to end with 1. */
export function isFailed(judged: readonly Judged[]): boolean {
  return judged.some(({ kind, verdict }) => kind === "gated" && verdict === "MISSED");
}

function countTargets({ answers, cells, overhead, openStreams, stacks: facts }: Results): readonly Target[] {
  const count = (name: string, value: number | undefined, limit = 0, kind: Kind = "gated"): Target => ({
    name,
    kind,
    limit,
    unit: "count",
    finding: value === undefined ? undefined : { value },
  });
  const eaves = new Map(
    answers.filter(({ stack }) => stack === "eaves").map((answer) => [answer.workload, answer]),
  );
  const errorsIn = (some: readonly CellResult[]): number => sum(some.flatMap(measuredIn).map(countErrors));
  const overheadErrors = sum([overhead.with, overhead.without].map(countErrors));
  const contended = cells.filter(isContended);
  return [
    ...workloadIds.map((id) =>
      count(
        `round trips: ${workloadOf(id).name}`,
        eaves.get(id)?.roundTrips ?? Infinity,
        workloadOf(id).roundTrips,
      ),
    ),
    count("answers that are not those of every stack", countStrangers(answers)),
    count("errors", errorsIn(cells.filter((cell) => !isContended(cell))) + overheadErrors),
    count(
      "errors where writers stand in line",
      contended.length === 0 ? undefined : errorsIn(contended),
      0,
      "reported",
    ),
    count("streams open a second after the load", openStreams.left),
    ...stacks.map((stack): Target => {
      const finding = { value: facts[stack].gzipBytes };
      return {
        name: `compressed: ${stackNames[stack]}`,
        kind: "gated",
        limit: gzipLimits[stack],
        unit: "bytes",
        finding,
      };
    }),
  ];
}

/** Answers whose status is not the one expected, or whose body is another than that of the first stack. */
function countStrangers(answers: Results["answers"]): number {
  return answers.filter(({ workload, status, body }) => {
    const first = answers.find((other) => other.workload === workload);
    return status !== workloadOf(workload).status || body !== first?.body;
  }).length;
}

function cpuTargets(results: Results, random: Random): readonly Target[] {
  const cpu = (
    workload: (typeof workloadIds)[number],
    other: Stack,
    limit: number,
    kind: Kind = "gated",
  ): Target => {
    const cell = results.cells.find(
      (each) =>
        each.workload === workload && each.connections === cpuConnections(workload) && each.delayMs === 0,
    );
    return {
      name: `CPU of the Worker, of that of ${stackNames[other]}: ${workloadOf(workload).name}`,
      kind,
      limit,
      unit: "ratio",
      finding: ratioOf(cell?.measured.eaves, cell?.measured[other], ({ workerCpuMs }) => workerCpuMs, random),
    };
  };
  const { overhead } = results;
  const session = (what: string, values: (measured: Measured) => readonly number[]): Target => ({
    name: `session on a route without database, ${what}`,
    kind: "reported",
    limit: 1,
    unit: "ratio",
    isMetInDoubt: true,
    finding: ratioOf(overhead.with, overhead.without, values, random),
  });
  return [
    // Without a database the other stack makes no client either: what a session costs there is judged below, by itself.
    ...workloadIds.map((workload) =>
      cpu(workload, "drizzle", cpuLimits[workload] ?? 1.15, workload === "nothing" ? "reported" : "gated"),
    ),
    // It stands at its limit, so that chance would decide: Drizzle alone is half of what is beyond 1.
    cpu("get", "raw", 1.5, "reported"),
    session("CPU", ({ workerCpuMs }) => workerCpuMs),
    session("time per request", ({ requestsPerSecond }) => requestsPerSecond.map((rate) => 1 / rate)),
  ];
}

function latencyTargets({ cells }: Results, random: Random): readonly Target[] {
  return cells.flatMap(({ workload, connections, delayMs, measured: { eaves, raw, drizzle } }): Target[] => {
    const { name, roundTrips } = workloadOf(workload);
    const at = `${name}, ${connections} connection${connections === 1 ? "" : "s"}`;
    const reported = { kind: "reported" } as const;
    if (delayMs > 0) {
      const limit = roundTrips * delayMs + slackMs;
      const time = (what: string, values: readonly number[] = []): Target => {
        const finding =
          values.length === 0
            ? undefined
            : { value: median(values), interval: intervalOfMedian(values, { random }) };
        return {
          ...reported,
          name: `${what} with ${delayMs} ms to the database: ${at}`,
          limit,
          unit: "ms",
          finding,
        };
      };
      return [time("p50", eaves?.p50), time("p99", eaves?.p99)];
    }
    if (workload === "get") {
      const finding = ratioOf(eaves, raw, ({ p50 }) => p50, random);
      const target: Target = {
        ...reported,
        name: `p50, of that of raw fetch: ${at}`,
        limit: 1.25,
        unit: "ratio",
        finding,
      };
      return connections === 64 ? [target, tail(at)] : [target];
    }
    return connections === 64 ? [tail(at)] : [];

    function tail(where: string): Target {
      const spread = ({ p50, p99 }: Measured) => p99.map((slow, index) => slow / (p50[index] ?? Number.NaN));
      const finding = ratioOf(eaves, drizzle, spread, random);
      return {
        ...reported,
        name: `p99/p50, of that of ${stackNames.drizzle}: ${where}`,
        limit: 1,
        unit: "ratio",
        isMetInDoubt: true,
        finding,
      };
    }
  });
}

/** The median of one divided by that of another; undefined where one was not measured, or used nothing. */
export function ratioOf(
  one: Measured | undefined,
  other: Measured | undefined,
  values: (measured: Measured) => readonly number[],
  random: Random,
): Finding | undefined {
  const [ones, others] = [one, other].map((measured) => (measured === undefined ? [] : values(measured)));
  if (ones === undefined || others === undefined || ones.length === 0) return undefined;
  if (ones.length !== others.length || median(others) === 0) return undefined;
  const interval = intervalOfRatio(ones, others, { random });
  return { value: median(ones) / median(others), interval };
}

const measuredIn = ({ measured }: CellResult): readonly Measured[] => Object.values(measured);
const countErrors = ({ errors }: Measured): number => errors.length;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
