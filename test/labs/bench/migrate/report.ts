// What was measured of the migration tools, held to the targets, and as text and Markdown. Pure.
import { type Machine, renderMachine } from "../machine.ts";
import type { Measured } from "./life.ts";
import type { Absence, Job, Tool } from "./tools.ts";
import { type Interval, intervalOfRatio, median, type Random } from "../statistics.ts";

/** How another tool did, and whether ours met the target beside it. */
export interface Rival extends Interval {
  readonly tool: Tool;
  /** Milliseconds. */
  readonly median: number;
  /** Our median as a part of this one; `low` and `high` are the bounds of it. */
  readonly ratio: number;
  readonly isMet: boolean;
}

/** A tool that was not measured, and why. */
export interface Missing extends Absence {
  readonly tool: Tool;
}

/** One line of the result. */
export interface Row extends Measured {
  /** Ours, in milliseconds. */
  readonly median: number;
  readonly others: readonly (Rival | Missing)[];
  readonly target: string;
  readonly isMet: boolean;
}

/**
 * How many milliseconds more than another tool ours may take. `revision` and `check` run drizzle-kit as a part of
 * what they do, and then prove or replay on a server of their own: they get a second for it.
 */
const slack: Readonly<Record<Job, number>> = {
  upgrade: 0,
  current: 0,
  check: 1000,
  revision: 1000,
  stamp: 0,
  adopt: 0,
  downgrade: 0,
};

/** Holds what was measured to its target. The median decides, not the bounds: a target missed by luck is missed. */
export function judge(measured: Measured, random: Random): Row {
  const { job, taken } = measured;
  const own = taken.eaves;
  if ("absent" in own) throw new TypeError(`Our own ${job} was not measured`);
  const others = (["drizzle-kit", "alembic"] as const).map((tool) => {
    const other = taken[tool];
    if ("absent" in other) return { tool, ...other };
    const [ours, theirs] = [median(own), median(other)];
    const isMet = ours <= theirs + slack[job];
    const bounds = intervalOfRatio(own, other, { random });
    return { tool, median: theirs, ratio: ours / theirs, ...bounds, isMet };
  });
  const rivals = others.filter((other) => "ratio" in other);
  const most = slack[job] === 0 ? "no slower" : `at most ${slack[job] / 1000} s slower`;
  const target = rivals.length === 0 ? "none: nobody else has it" : most;
  return { ...measured, median: median(own), others, target, isMet: rivals.every(({ isMet }) => isMet) };
}

const milliseconds = (value: number): string => `${Math.round(value)} ms`;
const bounds = ({ ratio, low, high }: Rival): string =>
  `${ratio.toFixed(2)}, ${low.toFixed(2)} to ${high.toFixed(2)}`;
const verdict = ({ isMet }: Row): string => (isMet ? "" : "MISSED");
const describeCase = ({ job, length, place }: Row): readonly string[] => [
  job,
  `${length} revisions`,
  ...(place === undefined ? [] : [place]),
];

/** One line of text. */
export function renderLine(row: Row): string {
  const cells = row.others.map((other) => {
    const found = "absent" in other ? other.absent : `${milliseconds(other.median)} (${bounds(other)})`;
    return `${other.tool} ${found}`.padEnd(40);
  });
  const name = describeCase(row).join(", ").padEnd(31);
  return `${name}${milliseconds(row.median).padStart(9)}   ${cells.join("")}${verdict(row)}`.trimEnd();
}

/** What stands below the lines: who was not measured, and why. */
export function renderNotes(rows: readonly Row[]): readonly string[] {
  const jobs = new Map<string, Set<Job>>();
  for (const { job, others } of rows) {
    for (const other of others) {
      if (!("absent" in other)) continue;
      const note = `${other.tool} ${other.absent}: ${other.why}`;
      jobs.set(note, (jobs.get(note) ?? new Set()).add(job));
    }
  }
  return [...jobs].map(([note, missing]) => `${note} (${[...missing].join(", ")})`);
}

/** The lines whose target is missed, by name. */
export function listMissed(rows: readonly Row[]): readonly string[] {
  return rows.filter(({ isMet }) => !isMet).map((row) => describeCase(row).join(", "));
}

/** What the last line says: whether all is met, or what is not. */
export function renderVerdict(rows: readonly Row[]): string {
  const missed = listMissed(rows);
  if (missed.length === 0) return `All targets are met.`;
  return `MISSED: ${missed.join("; ")}.`;
}

/** All that was found. */
export interface Report {
  readonly machine: Machine;
  readonly rounds: number;
  readonly seed: number;
  readonly rows: readonly Row[];
}

/** How and where the numbers came to be, and how they are to be read. */
export function renderHead({ machine, rounds, seed }: Omit<Report, "rows">): readonly string[] {
  return [
    `${renderMachine(machine)}.`,
    `Medians of ${rounds} rounds (seed ${seed}); in brackets Eaves' time as a part of the other's, and the bounds of it ` +
      "(95 %, bootstrap).",
  ];
}

/** The whole as a page. */
export function renderMarkdown(report: Report): string {
  const { rows } = report;
  const head = ["job", "revisions", "database", "Eaves", "drizzle-kit", "Alembic", "target", ""];
  const lines = rows.map((row) => [
    row.job,
    String(row.length),
    row.place ?? "",
    milliseconds(row.median),
    ...row.others.map((other) =>
      "absent" in other ? other.absent : `${milliseconds(other.median)} (${bounds(other)})`,
    ),
    row.target,
    row.isMet ? "" : `**${verdict(row)}**`,
  ]);
  const table = [head, head.map((_, index) => (index === 1 || index === 3 ? "--:" : "---")), ...lines];
  return [
    ...renderHead(report).flatMap((line) => [line, ""]),
    ...table.map((cells) => `| ${cells.join(" | ")} |`),
    "",
    ...renderNotes(rows).map((note) => `- ${note}`),
    "",
    renderVerdict(rows),
    "",
  ].join("\n");
}
