// What was measured of the service, as text and as Markdown. Pure.
import type { Measured } from "./blocks.ts";
import { cpuConnections } from "./plan.ts";
import type { CellResult, Results } from "./run.ts";
import { can, type Stack, stackNames, stacks, workloadOf } from "./stacks.ts";
import { median } from "./statistics.ts";
import type { Finding, Judged, Target } from "./targets.ts";

/** A run as it is kept: what was measured, and what was made of it. */
export interface ServiceReport {
  /** In one line. */
  readonly machine: string;
  readonly seed: number;
  readonly results: Results;
  readonly judged: readonly Judged[];
}

const unknown = "–";
const shortened: Readonly<Record<Stack, string>> = {
  raw: "a raw fetch",
  client: "b client",
  drizzle: "c Drizzle",
  eaves: "d Eaves",
  d1: "e D1",
};

/** What goes to the terminal: every cell in a line for each stack, and the targets. */
export function renderText({ results, judged }: ServiceReport): string {
  return [...results.cells.flatMap(textOfCell), "", ...judged.map(textOfTarget)].join("\n");
}

function textOfCell(cell: CellResult): readonly string[] {
  const lines = stacks.flatMap((stack) => {
    const measured = cell.measured[stack];
    if (measured === undefined) return [];
    const parts = [
      `  ${stackNames[stack].padEnd(32)}`,
      `${perSecond(measured)} /s`.padStart(10),
      `p50 ${time(measured.p50)}, p99 ${time(measured.p99)} ms`.padEnd(28),
      `CPU ${time(measured.workerCpuMs, 3)} + ${time(measured.databaseCpuMs, 3)} ms`,
      ...(measured.errors.length === 0
        ? []
        : [`${measured.errors.length} ERRORS: ${measured.errors[0] ?? ""}`]),
    ];
    return [parts.join("  ")];
  });
  return [titleOf(cell), ...lines];
}

function textOfTarget(target: Judged): string {
  const { verdict, kind, name } = target;
  return `${verdict.padEnd(12)}  ${kind.padEnd(8)}  ${name}: ${show(target, target.finding)}, at most ${format(target, target.limit)}`;
}

/** The page of a run: everything, for who wants to look closer. */
export function renderPage(report: ServiceReport): string {
  return [
    "# The service benchmark",
    `${report.machine}, seed ${report.seed}. Milliseconds; medians of blocks that the stacks took by turns.`,
    "## Targets",
    renderTargets(report.judged),
    "## What each stack weighs",
    renderStacks(report.results),
    "## Every cell",
    ...report.results.cells.map((cell) => `### ${titleOf(cell)}\n\n${tableOfCell(cell)}`),
    "",
  ].join("\n\n");
}

/** The part that the README has: the targets, and the cells with this many connections. */
export function renderSummary(report: ServiceReport, connections: number): string {
  const { cells } = report.results;
  const near = cells.filter((cell) => cell.delayMs === 0 && cell.connections === connections);
  const far = cells.filter((cell) => cell.delayMs > 0 && cell.connections === 1);
  return [
    `Service: ${report.machine}, seed ${report.seed}. Milliseconds; medians.`,
    `Requests a second in a closed loop, and p50 / p99 at a fixed rate, the same for all; connections: ${connections}`,
    overview(near, (measured) => `${perSecond(measured)}<br>${time(measured.p50)} / ${time(measured.p99)}`),
    "CPU of a request in the Worker + in the database server; connections: 16, and 1 for what writes",
    overview(
      cells.filter((cell) => cell.delayMs === 0 && cell.connections === cpuConnections(cell.workload)),
      (measured) => `${time(measured.workerCpuMs)} + ${time(measured.databaseCpuMs)}`,
    ),
    ...(far.length === 0
      ? []
      : [
          `p50 / p99 with the database ${far[0]?.delayMs ?? 0} ms away; connections: 1`,
          overview(far, (measured) => `${time(measured.p50)} / ${time(measured.p99)}`),
        ]),
    "What each stack weighs",
    renderStacks(report.results),
    "Targets",
    ...summarizeTargets(report.judged),
  ].join("\n\n");
}

/** What decides, and what was not met; all are on the page of the run. */
function summarizeTargets(judged: readonly Judged[]): readonly string[] {
  const isShown = ({ kind, verdict }: Judged): boolean => kind === "gated" || verdict !== "met";
  const shown = judged.filter(isShown);
  const left = judged.length - shown.length;
  return [
    renderTargets(shown),
    ...(left === 0
      ? []
      : [`${left} reported targets more are met: [all of them](test/labs/bench/results/service.md).`]),
  ];
}

/** Every target in a row. */
export function renderTargets(judged: readonly Judged[]): string {
  return table(
    ["target", "limit", "measured", "", ""],
    judged.map((target) => [
      target.name,
      `≤ ${format(target, target.limit)}`,
      show(target, target.finding),
      target.kind,
      target.verdict === "MISSED" ? "**MISSED**" : target.verdict,
    ]),
  );
}

function renderStacks({ stacks: facts, databaseBytes, answers }: Results): string {
  const trips = (stack: Stack): string =>
    answers
      .filter((answer) => answer.stack === stack)
      .map(({ roundTrips }) => roundTrips ?? unknown)
      .join(" · ");
  const rows = stacks.map((stack) => {
    const { gzipBytes, startUpMs, residentBytes } = facts[stack];
    return [
      shortened[stack],
      kilobytes(gzipBytes),
      startUpMs === undefined ? unknown : `${startUpMs.toFixed(1)} ms`,
      megabytes(residentBytes),
      trips(stack),
    ];
  });
  const head = ["", "compressed", "start-up CPU", "memory after the load", "round trips, in the order above"];
  return `${table(head, rows)}\n\nThe database server of a to d: ${megabytes(databaseBytes)}.`;
}

/** One row a workload, one column a stack. */
function overview(cells: readonly CellResult[], cellOf: (measured: Measured) => string): string {
  const rows = cells.map(({ workload, measured }) => [
    workloadOf(workload).name,
    ...stacks.map((stack) => {
      const found = measured[stack];
      if (found !== undefined) {
        const { length } = found.errors;
        return length === 0 ? cellOf(found) : `${cellOf(found)}<br>**${length} errors**`;
      }
      return can(stack, workload) ? unknown : "none";
    }),
  ]);
  return table(["", ...stacks.map((stack) => shortened[stack])], rows);
}

function tableOfCell({ measured, workload }: CellResult): string {
  const rows = stacks.map((stack) => {
    const found = measured[stack];
    if (found === undefined) return [shortened[stack], can(stack, workload) ? unknown : "none"];
    return [
      shortened[stack],
      perSecond(found),
      found.rate === undefined ? unknown : String(found.rate),
      time(found.p50),
      time(found.p99),
      time(found.workerCpuMs, 3),
      time(found.databaseCpuMs, 3),
      found.errors.length === 0 ? "0" : `**${found.errors.length}**: ${found.errors[0] ?? ""}`,
    ];
  });
  const head = ["", "requests/s", "open loop at", "p50", "p99", "CPU of Worker", "CPU of database", "errors"];
  return table(head, rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const filled = rows.map((cells) => line(head.map((_title, index) => cells[index] ?? "")));
  return [line(head), line(head.map((_title, index) => (index === 0 ? "---" : "---:"))), ...filled].join(
    "\n",
  );
}

const titleOf = ({ workload, connections, delayMs }: CellResult): string =>
  `${workloadOf(workload).name}, ${connections} connection${connections === 1 ? "" : "s"}, database ${delayMs} ms away`;
const perSecond = ({ requestsPerSecond }: Measured): string =>
  requestsPerSecond.length === 0 ? unknown : median(requestsPerSecond).toFixed(0);
const time = (values: readonly number[], digits = 2): string =>
  values.length === 0 ? unknown : median(values).toFixed(digits);
const kilobytes = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`;
const megabytes = (bytes: number | undefined): string =>
  bytes === undefined ? unknown : `${(bytes / 1_000_000).toFixed(0)} MB`;

function format({ unit }: Pick<Target, "unit">, value: number): string {
  if (unit === "ratio") return value.toFixed(2);
  if (unit === "bytes") return kilobytes(value);
  return unit === "ms" ? `${value.toFixed(1)} ms` : String(value);
}

function show(target: Pick<Target, "unit">, finding: Finding | undefined): string {
  if (finding === undefined) return unknown;
  const { value, interval } = finding;
  const between =
    interval === undefined ? "" : ` (${format(target, interval.low)} to ${format(target, interval.high)})`;
  return format(target, value) + between;
}
