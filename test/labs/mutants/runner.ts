// Breaks the code on purpose, one mutation at a time in a copy of the project, and tells which of them no test
// notices. Knows nothing of what is broken: the lists do. Never touches the working tree.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

import slowTests from "../../slow-tests.json" with { type: "json" };

/** One way to break the code. `find` occurs exactly once in `file`. */
export interface Mutant {
  readonly rule: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** The test files that have to notice it. */
  readonly tests: readonly string[];
  /** Why no test notices it: it counts as a survivor all the same. */
  readonly survives?: string;
}

/** What became of a mutant: `timeout` counts as noticed, since the run did not pass. */
export type Outcome = "killed" | "survived" | "timeout";

const copied = [
  "src",
  "test",
  "drizzle",
  ".config",
  "package.json",
  "tsconfig.json",
  "wrangler.toml",
  "drizzle.config.ts",
  "vitest.config.ts",
];

/** A copy of the project in which files can be broken. */
export interface Copy {
  /** @returns undefined where the tests did not end in time. */
  test(
    files: readonly string[],
    limitMs: number,
    output?: "ignore" | "inherit",
  ): Promise<boolean | undefined>;
  /** Runs work while one file is broken. @throws when the text to break is not there exactly once. */
  broken<Result>(mutant: Mutant, work: () => Promise<Result>): Promise<Result>;
  remove(): Promise<void>;
}

/** Copies the project, packages aside, to a scratch folder. */
export async function copyProject(root: string): Promise<Copy> {
  const folder = await mkdtemp(join(tmpdir(), "eaves-mutants-"));
  for (const name of copied) await cp(join(root, name), join(folder, name), { recursive: true });
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  return {
    test: (files, limitMs, output = "ignore") => runTests(folder, files, limitMs, output),
    async broken(mutant, work) {
      const path = join(folder, mutant.file);
      const source = await readFile(path, "utf8");
      await writeFile(path, applyMutant(source, mutant));
      try {
        return await work();
      } finally {
        await writeFile(path, source);
      }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The source with the mutation in it. @throws where its text is not found exactly once. */
export function applyMutant(source: string, { file, find, replace }: Mutant): string {
  const found = source.split(find).length - 1;
  if (found !== 1) throw new Error(`${file} has this text ${found} times, and not once: ${find}`);
  return source.replace(find, () => replace);
}

/** Whether the tests pass; a failure ends the run at once. */
async function runTests(
  folder: string,
  files: readonly string[],
  limitMs: number,
  output: "ignore" | "inherit",
): Promise<boolean | undefined> {
  const mode = files.some((file) => Object.hasOwn(slowTests, file)) ? ["--mode", "long"] : [];
  const args = ["node_modules/vitest/vitest.mjs", "run", "--bail", "1", ...mode];
  // A project none of whose files is asked for costs its start nevertheless.
  const projects = files.some((file) => file.startsWith("test/worker/")) ? [] : ["--project", "node"];
  const child = spawn(process.execPath, [...args, "--reporter", "dot", ...projects, ...files], {
    cwd: folder,
    stdio: ["ignore", output, output],
    // A group of its own, so that what the tests have started ends with them.
    detached: true,
  });
  // In a group of its own it would outlive a Ctrl-C.
  const interrupt = (): void => {
    endGroup(child.pid);
    process.exit(130);
  };
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    endGroup(child.pid);
  }, limitMs);
  const [code] = (await once(child, "exit")) as [number | null];
  clearTimeout(timer);
  process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  endGroup(child.pid);
  return late ? undefined : code === 0;
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // The whole group has ended by itself.
  }
}

/** A fixed choice of `size` mutants, of as many files as possible, that a seed decides. */
export function chooseMutants(mutants: readonly Mutant[], size: number, seed: number): readonly Mutant[] {
  let state = seed;
  const ranked = mutants
    .filter(({ survives }) => survives === undefined)
    .map((mutant) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return { mutant, rank: state };
    })
    .toSorted((one, other) => one.rank - other.rank)
    .map(({ mutant }) => mutant);
  const seen = new Map<string, number>();
  const turns = ranked.map((mutant) => {
    const turn = seen.get(mutant.file) ?? 0;
    seen.set(mutant.file, turn + 1);
    return { mutant, turn };
  });
  return turns
    .toSorted((one, other) => one.turn - other.turn)
    .slice(0, size)
    .map(({ mutant }) => mutant);
}
