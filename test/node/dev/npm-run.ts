// Runs an npm script of this project as a user would, with a state folder and ports of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isRunning } from "../../../src/migrate/server/process-table.ts";
import { poll } from "../../support/poll.ts";
import { listTree, type ListedProcess } from "./process-tree.ts";

const projectFolder = join(import.meta.dirname, "../../..");

/** A script that runs, in a process group of its own as a shell would give it. */
export interface NpmRun {
  readonly child: ChildProcess;
  /** Everything it has printed so far, on both streams. */
  output(): string;
  /** Waits until the output has `text`; fails early where npm ends first. */
  printed(text: string): Promise<void>;
  /** npm and all it has started at this moment. */
  tree(): readonly ListedProcess[];
  /** The exit code of npm, null where a signal ended it. */
  exitCode(): Promise<number | null>;
  /** The same, once nobody can print any more. */
  ended(): Promise<number | null>;
}

/** Starts `npm run script`. */
export function npmRun(script: string, variables: Readonly<Record<string, string>>): NpmRun {
  return startRun("npm", ["run", script], variables, "ignore");
}

/** Runs `npm run --silent script -- args` over an input, to its end. */
export async function npmRunOver(
  input: string | Uint8Array,
  [script, ...args]: readonly [string, ...string[]],
  variables: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const run = startRun("npm", ["run", "--silent", script, "--", ...args], variables, "pipe");
  // A command that is refused early does not read what it is given.
  run.child.stdin?.on("error", () => undefined).end(input);
  return { code: await run.ended(), output: run.output() };
}

/** Runs a command of this project in a process group of its own. */
export function startRun(
  command: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
  input: "ignore" | "pipe",
): NpmRun {
  const { DATABASE_URL: _url, DATABASE_AUTH_TOKEN: _token, TOKEN_SECRETS: _keys, ...inherited } = process.env;
  const child = spawn(command, args, {
    cwd: projectFolder,
    env: { ...inherited, ...variables },
    detached: true,
    stdio: [input, "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (data: Buffer) => (text += data.toString()));
  const closed = once(child, "close");
  const ended = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    child,
    output: () => text,
    printed: async (wanted) => {
      await poll(
        () => text,
        (now) => now.includes(wanted) || ended(),
        60_000,
      );
      if (!text.includes(wanted)) {
        throw new Error(`${[command, ...args].join(" ")} ended without "${wanted}":\n${text}`);
      }
    },
    tree: () => listTree(child.pid ?? 0),
    exitCode: async () => {
      if (!ended()) await once(child, "exit");
      return child.exitCode;
    },
    ended: async () => {
      await closed;
      return child.exitCode;
    },
  };
}

/** Those of the processes that run; what a test wants to be empty soon. */
export function survivors(processes: readonly ListedProcess[]): readonly string[] {
  return processes.filter((listed) => isRunning(listed)).map((listed) => `${listed.pid} ${listed.command}`);
}

/** A state folder of its own for one test. */
export async function makeStateFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "eaves-home-"));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}
