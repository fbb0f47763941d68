// Runs `wrangler dev` in a process group of its own, silent and offline, and takes the whole group down.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isHealthy } from "../sqld/health.ts";
import { identifyProcess, type ProcessIdentity, sendSignal, waitUntil } from "../sqld/process-table.ts";
import { LocalError } from "./local-error.ts";

/** What to run. */
export interface WorkerOptions {
  readonly projectFolder: string;
  /** Where wrangler keeps its logs, registry and state. */
  readonly stateFolder: string;
  readonly envFile: string;
  readonly port: number;
  /** Inherited by wrangler, with what keeps it silent added. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A wrangler that has been started, and need not answer yet. */
export interface WorkerProcess {
  readonly url: string;
  /** Undefined where it ended at once. */
  readonly identity: ProcessIdentity | undefined;
  /** Resolves with a few words on how it ended. */
  readonly exited: Promise<string>;
  /** Resolves when GET /health answers. @throws {LocalError} `WORKER_ENDED`, `WORKER_TIMEOUT`. */
  ready(limitMs?: number): Promise<void>;
  /** Ends wrangler and everything it started: SIGTERM, then SIGKILL after 4 s. */
  stop(): Promise<void>;
}

/** Starts `wrangler dev` with the Node that runs us. */
export function startWorker(options: WorkerOptions): WorkerProcess {
  const { projectFolder, port } = options;
  const wrangler = join(projectFolder, "node_modules/wrangler/bin/wrangler.js");
  const child = spawn(process.execPath, [wrangler, ...argumentsFor(options)], {
    cwd: projectFolder,
    // Its own group, so that a Ctrl-C reaches it through us and `stop` reaches all it starts.
    detached: true,
    stdio: ["ignore", "inherit", "inherit"],
    env: environmentFor(options),
  });
  const url = `http://localhost:${port}`;
  const exited = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  const { pid } = child;
  return {
    url,
    identity: pid === undefined ? undefined : identifyProcess(pid),
    exited,
    ready: (limitMs = 60_000) => waitForHealth(`http://127.0.0.1:${port}`, exited, limitMs),
    stop: async () => {
      if (pid !== undefined) await endGroup(pid);
    },
  };
}

function argumentsFor({ port, envFile, stateFolder, projectFolder }: WorkerOptions): readonly string[] {
  return [
    "dev",
    ["--config", join(projectFolder, "wrangler.toml")],
    ["--env-file", envFile],
    ["--ip", "127.0.0.1"],
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

async function waitForHealth(url: string, exited: Promise<string>, limitMs: number): Promise<void> {
  let how: string | undefined;
  void exited.then((words) => (how = words));
  const end = performance.now() + limitMs;
  while (!(await isHealthy(url))) {
    if (how !== undefined) throw workerEnded(how);
    if (performance.now() >= end) {
      throw new LocalError(
        "WORKER_TIMEOUT",
        `The Worker did not answer on ${url} within ${limitMs / 1000} s`,
      );
    }
    await delay(50);
  }
}

/** The error for a wrangler that nobody asked to end. */
export function workerEnded(how: string): LocalError {
  return new LocalError(
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
