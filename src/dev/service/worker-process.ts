// Runs `wrangler dev` in a process group of its own, silent and offline, and takes the whole group down.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { isHealthy } from "../../migrate/server/health.ts";
import {
  identifyProcess,
  type ProcessIdentity,
  sendSignal,
  waitUntil,
} from "../../migrate/server/process-table.ts";
import { DevError } from "../command/dev-error.ts";

/** What to run. */
export interface WorkerOptions {
  readonly projectFolder: string;
  /** Where wrangler keeps its logs, registry and state. */
  readonly stateFolder: string;
  readonly envFile: string;
  /** The address that it listens on. */
  readonly host: string;
  readonly port: number;
  /** Gets each line that wrangler and the Worker print. */
  readonly output: (line: string) => void;
  /** Inherited by wrangler, with what keeps it silent added. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A wrangler that has been started, and need not answer yet. */
export interface WorkerProcess {
  /** Undefined if it ended at once. */
  readonly identity: ProcessIdentity | undefined;
  /** Resolves with a few words on how it ended. */
  readonly exited: Promise<string>;
  /** Whether a signal has ended it, and not a mistake in the code. */
  wasKilled(): boolean;
  /** Resolves when GET /health answers. @throws {DevError} `WORKER_ENDED`, `WORKER_TIMEOUT`. */
  ready(limitMs?: number): Promise<void>;
  /** Ends wrangler and everything it started: SIGTERM, then SIGKILL after 4 s. */
  stop(): Promise<void>;
}

/** Starts `wrangler dev` with the Node that runs us. */
export function startWorker(options: WorkerOptions): WorkerProcess {
  const { projectFolder } = options;
  const wrangler = join(projectFolder, "node_modules/wrangler/bin/wrangler.js");
  const child = spawn(process.execPath, [wrangler, ...argumentsFor(options)], {
    cwd: projectFolder,
    // Its own group, so that a Ctrl-C reaches it through us and `stop` reaches all it starts.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: environmentFor(options),
  });
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on("line", options.output);
  const exited = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  const { pid } = child;
  return {
    identity: pid === undefined ? undefined : identifyProcess(pid),
    exited,
    wasKilled: () => child.signalCode !== null,
    ready: (limitMs = 60_000) => waitForHealth(options, exited, limitMs),
    stop: async () => {
      if (pid !== undefined) await endGroup(pid);
    },
  };
}

/** What a person types to reach it. */
export function urlOf({ host, port }: Pick<WorkerOptions, "host" | "port">): string {
  return `http://${host === "127.0.0.1" || host === "0.0.0.0" ? "localhost" : host}:${port}`;
}

function argumentsFor({ host, port, envFile, stateFolder, projectFolder }: WorkerOptions): readonly string[] {
  return [
    "dev",
    ["--config", join(projectFolder, "wrangler.toml")],
    ["--env-file", envFile],
    ["--env", "development"],
    ["--ip", host],
    // A stack is to have the names of functions.
    "--no-minify",
    ["--port", String(port)],
    ["--inspector-port", "0"],
    ["--persist-to", join(stateFolder, "wrangler/state")],
    "--show-interactive-dev-session=false",
  ].flat();
}

function environmentFor({ environment, stateFolder }: WorkerOptions): Record<string, string | undefined> {
  return {
    ...environment,
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_LOG_PATH: join(stateFolder, "wrangler/logs"),
    WRANGLER_REGISTRY_PATH: join(stateFolder, "wrangler/registry"),
    XDG_CONFIG_HOME: join(stateFolder, "wrangler/config"),
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    // A shell may have switched off what --env-file is read by.
    CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV: "true",
    CLOUDFLARE_INCLUDE_PROCESS_ENV: "false",
  };
}

async function waitForHealth(
  { host, port }: WorkerOptions,
  exited: Promise<string>,
  limitMs: number,
): Promise<void> {
  const url = `http://${host === "0.0.0.0" ? "127.0.0.1" : host}:${port}`;
  let how: string | undefined;
  void exited.then((words) => (how = words));
  const end = performance.now() + limitMs;
  while (!(await isHealthy(url))) {
    if (how !== undefined) throw workerEnded(how);
    if (performance.now() >= end) {
      throw new DevError("WORKER_TIMEOUT", `The Worker did not answer on ${url} within ${limitMs / 1000} s`);
    }
    await delay(50);
  }
}

/** The error of a wrangler that ended by itself. */
export function workerEnded(how: string): DevError {
  return new DevError(
    "WORKER_ENDED",
    `wrangler dev ended by itself (${how}): what it printed above says why`,
  );
}

async function endGroup(leader: number): Promise<void> {
  const gone = (): boolean => !sendSignal(-leader, 0);
  sendSignal(-leader, "SIGTERM");
  if (await waitUntil(gone, 4_000)) return;
  sendSignal(-leader, "SIGKILL");
  await waitUntil(gone, 1_000);
}
