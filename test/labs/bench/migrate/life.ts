// The life of a database under each tool, job by job: what is measured, and in which order.
import { shuffle } from "../../../support/difference.ts";
import {
  type BenchDatabase,
  type BenchProject,
  copyWithChange,
  copyWithoutDowngrades,
  openDatabase,
} from "./projects.ts";
import type { Random } from "../statistics.ts";
import {
  type Absence,
  isAbsent,
  type Job,
  offerOf,
  type Offers,
  type Place,
  run,
  type Tool,
  tools,
} from "./tools.ts";
import { checkWork, forgetRevisions, type Work } from "./work.ts";

/** One job of every tool. */
export interface Measured {
  readonly job: Job;
  readonly length: number;
  /** Undefined where it makes no difference. */
  readonly place: Place | undefined;
  /** Milliseconds, one for each round; the n-th of all tools stood side by side. */
  readonly taken: Readonly<Record<Tool, readonly number[] | Absence>>;
}

/** What is measured where. */
export interface Life {
  readonly project: BenchProject;
  readonly place: Place;
  readonly offers: Offers;
  readonly rounds: number;
  readonly random: Random;
  /** Default all of them; which ones are left out is up to whoever knows that the others do not need them. */
  readonly jobs?: readonly Job[];
}

/**
 * The jobs in the order of a database's life: each finds what the one before has left. So a `stamp` that recorded the
 * wrong thing fails the downgrade after it.
 */
const allJobs: readonly Job[] = ["upgrade", "current", "check", "revision", "stamp", "adopt", "downgrade"];

/** These look at no database but their own scratch one, or at the same whatever the place: once is enough. */
const isWithoutPlace = (job: Job): boolean => job === "revision" || job === "adopt";

/**
 * Lives so many lives, by turns of a job each, the tools in an order of chance: a busy machine slows all alike.
 *
 * @throws where a tool fails, or did not do its work.
 */
export async function measureLife(life: Life): Promise<readonly Measured[]> {
  const { project, place, offers, jobs = allJobs } = life;
  const lived = jobs.filter((job) => place === "file" || !isWithoutPlace(job));
  const times = new Map<string, number[]>();
  const timesOf = (tool: Tool, job: Job): number[] => {
    const key = `${job} ${tool}`;
    const known = times.get(key) ?? [];
    times.set(key, known);
    return known;
  };
  for (let round = 0; round < life.rounds; round++) {
    const asked = lived.filter((job) => round < fewRounds || !isLonely(offers, job));
    await liveOnce(life, asked, (tool, job, took) => timesOf(tool, job).push(took));
  }
  const takenBy = (tool: Tool, job: Job): readonly number[] | Absence => {
    const offer = offerOf(offers, tool, job, place);
    return isAbsent(offer) ? offer : timesOf(tool, job);
  };
  return lived.map((job) => ({
    job,
    length: project.length,
    place: isWithoutPlace(job) ? undefined : place,
    taken: {
      eaves: takenBy("eaves", job),
      "drizzle-kit": takenBy("drizzle-kit", job),
      alembic: takenBy("alembic", job),
    },
  }));
}

async function liveOnce(
  { project, place, offers, random }: Life,
  asked: readonly Job[],
  record: (tool: Tool, job: Job, took: number) => void,
): Promise<void> {
  const databases = new Map<Tool, BenchDatabase>();
  try {
    for (const tool of tools) databases.set(tool, await openDatabase(place));
    for (const job of asked) {
      for (const [tool, database] of shuffle([...databases], random)) {
        const offer = offerOf(offers, tool, job, place);
        if (!isAbsent(offer)) record(tool, job, await measureOnce({ tool, job, project, database }, offer));
      }
    }
  } finally {
    for (const database of databases.values()) await database.remove();
  }
}

/** Where there is nobody to compare with, a few rounds say enough. */
const fewRounds = 3;

function isLonely(offers: Offers, job: Job): boolean {
  return tools.filter((tool) => !isAbsent(offers[tool][job])).length === 1;
}

async function measureOnce(work: Omit<Work, "output">, command: readonly string[]): Promise<number> {
  const { tool, job, database } = work;
  if (job === "stamp") await forgetRevisions(database);
  const copy = await copyFor(job, work.project);
  const project = copy ?? work.project;
  try {
    const url = tool === "alembic" ? database.alembicUrl : database.url;
    const { took, output } = await run(command, project.folder, url);
    await checkWork({ ...work, project, output });
    return took;
  } finally {
    await copy?.remove();
  }
}

/** A project of its own for what writes into it. */
async function copyFor(job: Job, project: BenchProject): Promise<BenchProject | undefined> {
  if (job === "revision") return copyWithChange(project);
  return job === "adopt" ? copyWithoutDowngrades(project) : undefined;
}
