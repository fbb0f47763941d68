// Compares the migration tool with drizzle-kit and, where it is installed, Alembic: `npm run bench:migrate`.
// Runs take turns, so that a busy machine slows all alike; what is printed are medians. Ends with 1 where a target is
// missed. `-- --quick` measures 20 revisions only, and less often.
import { availableParallelism, loadavg } from "node:os";
import process from "node:process";
import {
  addSnapshot,
  type BenchProject,
  checkUpgraded,
  copyWithChange,
  createProject,
  openDatabase,
  type Place,
} from "./migrate-projects.ts";
import { findAlembic, type Job, timeJob, type Tool } from "./migrate-tools.ts";

const isQuick = process.argv.includes("--quick");
const rounds = isQuick ? 3 : 7;
const lengths = isQuick ? [20] : [20, 200];
const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** What one line of the result is about. */
interface Case {
  readonly job: Job;
  readonly place: Place | undefined;
  readonly project: BenchProject;
  readonly tools: readonly Tool[];
}

/** The most that the tool may take, given what another takes; undefined where there is no target. */
function limitOf(job: Job, other: Tool, milliseconds: number): number | undefined {
  if (job === "revision") return other === "drizzle-kit" ? milliseconds + 1000 : undefined;
  return milliseconds;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

async function measureOnce({ job, place = "file", project }: Case, tool: Tool): Promise<number> {
  await using database = await openDatabase(place);
  const url = tool === "alembic" ? database.alembicUrl : database.url;
  if (job === "revision") {
    await using changed = await copyWithChange(project);
    return await timeJob(tool, job, changed.folder, url);
  }
  const upgraded = await timeJob(tool, "upgrade", project.folder, url);
  await checkUpgraded(database, project);
  return job === "upgrade" ? upgraded : await timeJob(tool, job, project.folder, url);
}

async function measure(subject: Case): Promise<ReadonlyMap<Tool, number>> {
  const times = new Map<Tool, number[]>(subject.tools.map((tool) => [tool, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [tool, taken] of times) taken.push(await measureOnce(subject, tool));
  }
  return new Map([...times].map(([tool, taken]) => [tool, median(taken)]));
}

/** Prints a line, and says whether the targets are met. */
function report({ job, place, project }: Case, medians: ReadonlyMap<Tool, number>): boolean {
  const own = medians.get("eaves") ?? Number.NaN;
  const others = [...medians].filter(([tool]) => tool !== "eaves");
  const isMet = others.every(([tool, taken]) => own <= (limitOf(job, tool, taken) ?? Infinity));
  const where = `${job}, ${project.length} revisions${place === undefined ? "" : `, ${place}`}`;
  const cells = others.map(([tool, taken]) =>
    `${tool} ${Math.round(taken)} ms (${(own / taken).toFixed(2)})`.padEnd(28),
  );
  const line = `${where.padEnd(34)}${`${Math.round(own)} ms`.padStart(9)}   ${cells.join("")}`;
  print(line.trimEnd() + (isMet ? "" : "   MISSED"));
  return isMet;
}

const alembic = findAlembic();
print(
  `${process.platform} ${process.arch}, ${availableParallelism()} cores, load ${(loadavg()[0] ?? 0).toFixed(1)}, ` +
    `Node ${process.version}, ${alembic ?? "Alembic is not installed: not compared"}; ` +
    `medians of ${rounds}, and the tool's time as a part of the other's`,
);
let isAllMet = true;
for (const length of lengths) {
  await using project = await createProject(length);
  await addSnapshot(project);
  const file: readonly Tool[] = [
    "eaves",
    "drizzle-kit",
    ...(alembic === undefined ? [] : ["alembic" as const]),
  ];
  const cases: readonly Case[] = [
    { job: "current", place: "file", project, tools: file },
    { job: "current", place: "server", project, tools: ["eaves", "drizzle-kit"] },
    { job: "upgrade", place: "file", project, tools: file },
    { job: "upgrade", place: "server", project, tools: ["eaves", "drizzle-kit"] },
    { job: "revision", place: undefined, project, tools: ["eaves", "drizzle-kit"] },
  ];
  for (const subject of cases) isAllMet = report(subject, await measure(subject)) && isAllMet;
}
if (!isAllMet) process.exitCode = 1;
