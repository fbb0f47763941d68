// The migration tools that are compared, as command lines: each is started as its users start it, but for npm.
import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";

const repository = join(import.meta.dirname, "../../../..");

/** The tools under measure; the first is ours. */
export const tools = ["eaves", "drizzle-kit", "alembic"] as const;

/** A tool under measure. */
export type Tool = (typeof tools)[number];

/** What every tool does in its own words. `stamp` takes over a database that came to its schema by a push. */
export type Job = "upgrade" | "current" | "check" | "revision" | "stamp" | "adopt" | "downgrade";

/** Where a database is: in a file, or behind a server. */
export type Place = "file" | "server";

/** A command that a tool has not: `none`; or a tool that is not here: `skipped`. */
export interface Absence {
  readonly absent: "none" | "skipped";
  readonly why: string;
}

/** What a tool does a job with. */
export type Offer = readonly string[] | Absence;

/** What every tool does every job with. */
export type Offers = Readonly<Record<Tool, Readonly<Record<Job, Offer>>>>;

/** What a job took, in milliseconds, and what it printed. */
export interface Outcome {
  readonly took: number;
  readonly output: string;
}

const main = join(repository, "src/migrate/main.ts");
const kit = join(repository, "node_modules/drizzle-kit/bin.cjs");
const none = (why: string): Absence => ({ absent: "none", why });

/**
 * The tools as they are installed here. drizzle-kit cannot say where a database stands: what comes nearest is a
 * `migrate` that finds nothing to do.
 */
export function findOffers(): Offers {
  const own = [process.execPath, main] as const;
  const drizzle = [process.execPath, kit] as const;
  return {
    eaves: {
      upgrade: [...own, "upgrade"],
      current: [...own, "current"],
      check: [...own, "check"],
      revision: [...own, "revision", "-m", "add extra"],
      stamp: [...own, "stamp", "head"],
      adopt: [...own, "adopt"],
      downgrade: [...own, "downgrade", "base"],
    },
    "drizzle-kit": {
      upgrade: [...drizzle, "migrate"],
      current: [...drizzle, "migrate"],
      check: [...drizzle, "check"],
      revision: [...drizzle, "generate", "--name", "add_extra"],
      stamp: none("it cannot record a revision without running it"),
      adopt: none("it knows no downgrade"),
      downgrade: none("it knows no downgrade"),
    },
    alembic: findAlembicOffers(findAlembic()),
  };
}

/** The same absence for every job. */
export function withoutAny(absence: Absence): Offers[Tool] {
  return {
    upgrade: absence,
    current: absence,
    check: absence,
    revision: absence,
    stamp: absence,
    adopt: absence,
    downgrade: absence,
  };
}

function findAlembicOffers(version: string | undefined): Offers["alembic"] {
  if (version === undefined) {
    const why = "not installed; `apt-get install -y alembic python3-sqlalchemy` brings it";
    return withoutAny({ absent: "skipped", why });
  }
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const hasCheck = major > 1 || (major === 1 && minor >= 9);
  return {
    upgrade: ["alembic", "upgrade", "head"],
    current: ["alembic", "current"],
    check: hasCheck ? ["alembic", "check"] : none(`${version} has no check; 1.9 brought it`),
    revision: ["alembic", "revision", "--autogenerate", "-m", "add extra"],
    stamp: ["alembic", "stamp", "head"],
    adopt: none("its downgrades are written with each revision, by hand or unproven"),
    downgrade: ["alembic", "downgrade", "base"],
  };
}

/** What a tool does a job with in this place. */
export function offerOf(offers: Offers, tool: Tool, job: Job, place: Place): Offer {
  const offer = offers[tool][job];
  const isElsewhere = tool === "alembic" && place === "server" && !isAbsent(offer);
  return isElsewhere ? none("compared on files only: SQLAlchemy has no libSQL of its own") : offer;
}

/** Whether there is nothing to run. */
export function isAbsent(offer: Offer): offer is Absence {
  return "absent" in offer;
}

/** The version of Alembic that can be run here, or undefined. */
export function findAlembic(): string | undefined {
  const { status, stdout } = spawnSync("alembic", ["--version"], { encoding: "utf8" });
  return status === 0 ? stdout.trim().replace(/^alembic /u, "") : undefined;
}

/** Runs a command of a tool to its end. @throws where it fails. */
export function run(command: readonly string[], folder: string, url: string): Promise<Outcome> {
  const [program = "", ...given] = command;
  const env = { ...process.env, DATABASE_URL: url, ALEMBIC_URL: url, DATABASE_AUTH_TOKEN: "" };
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const child = execFile(program, given, { cwd: folder, env }, (error, stdout, stderr) => {
      const took = performance.now() - begun;
      const output = `${stdout}${stderr}`;
      if (error === null) resolve({ took, output });
      else reject(new Error(`\`${command.join(" ")}\` failed: ${output}`, { cause: error }));
    });
    child.stdin?.end();
  });
}
