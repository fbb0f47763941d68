// The migration tools that are compared, as command lines: each is started as its users start it, but for npm.
import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";

const repository = join(import.meta.dirname, "../..");

/** A tool under measure. */
export type Tool = "eaves" | "drizzle-kit" | "alembic";

/** What every tool does in its own words. */
export type Job = "current" | "upgrade" | "revision";

const main = join(repository, "src/migrate/main.ts");
const kit = join(repository, "node_modules/drizzle-kit/bin.cjs");

/** drizzle-kit cannot say where a database stands: what comes nearest is a `migrate` that finds nothing to do. */
const commands: Readonly<Record<Tool, Readonly<Record<Job, readonly string[]>>>> = {
  eaves: {
    current: [process.execPath, main, "current"],
    upgrade: [process.execPath, main, "upgrade"],
    revision: [process.execPath, main, "revision", "-m", "add extra"],
  },
  "drizzle-kit": {
    current: [process.execPath, kit, "migrate"],
    upgrade: [process.execPath, kit, "migrate"],
    revision: [process.execPath, kit, "generate", "--name", "add_extra"],
  },
  alembic: {
    current: ["alembic", "current"],
    upgrade: ["alembic", "upgrade", "head"],
    revision: ["alembic", "revision", "-m", "add extra"],
  },
};

/** The version of Alembic that can be run here, or undefined. */
export function findAlembic(): string | undefined {
  const { status, stdout } = spawnSync("alembic", ["--version"], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** Runs a job to its end, and says how many milliseconds that took. @throws where it fails. */
export function timeJob(tool: Tool, job: Job, folder: string, url: string): Promise<number> {
  const [command = "", ...given] = commands[tool][job];
  const env = { ...process.env, DATABASE_URL: url, ALEMBIC_URL: url, DATABASE_AUTH_TOKEN: "" };
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const child = execFile(command, given, { cwd: folder, env }, (error, stdout, stderr) => {
      const took = performance.now() - begun;
      if (error === null) resolve(took);
      else reject(new Error(`${tool} ${job} failed: ${stdout}${stderr}`, { cause: error }));
    });
    child.stdin?.end();
  });
}
