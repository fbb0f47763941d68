// Runs the libSQL server as a child process over a folder, on the loopback address.
// Does not guard the folder against a second server: local-server.ts does.
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { findBinary } from "./binary.ts";
import { SqldError } from "./errors.ts";
import { findFreePort, isPortFree, loopback } from "./ports.ts";
import { type Output, waitUntilReady } from "./readiness.ts";
import { folderUnusable, portTaken } from "./start-failure.ts";

/**
 * Keeps many writers from stopping libSQL server 0.24.32. By default every connection makes checkpoints. A writer that gives
 * up while another connection makes one can stay in the server's queue for the write lock; if the lock is passed to it after
 * its connection was closed, no connection can write until the server is restarted. With an interval, one connection makes all
 * checkpoints. The price: once a minute writers are refused as busy while the checkpoint waits for open transactions. It waits
 * 5 s at most; with clients that vanished in transactions, the longest time without writes in the soak was 11.5 s.
 *
 * A limit of connections does not prevent it: 8 stopped under 8 writers, 4 under 32 transactions at once.
 * Measured by `test/labs/bench/writers.ts` and `npm run soak`; source: connection_manager.rs of libsql-server.
 */
export const writeLockArgs = ["--checkpoint-interval-s", "60"] as const;

/** What to start. */
export interface ServerOptions {
  /** Absolute path; made if it is missing. */
  readonly folder: string;
  /** The port to listen on; any free one if it is left out. */
  readonly port?: number;
  /** How many ports from `port` on may be tried. Default 1. */
  readonly portRange?: number;
  /** Gets each line the server prints. */
  readonly log?: (line: string) => void;
  /** Arguments of the server beside those for its folder and port. Default: {@link writeLockArgs}. */
  readonly serverArgs?: readonly string[];
  /** Default 10 s. */
  readonly startTimeoutMs?: number;
  /** Keeps the server out of our process group, so that a Ctrl-C does not reach it before us. */
  readonly ownGroup?: boolean;
  /** Called as soon as the process exists, before it answers. */
  readonly onSpawn?: (process: { readonly pid: number; readonly port: number; readonly url: string }) => void;
}

/** How a server ended. */
export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A server that answers. It is killed at the latest when this process exits. */
export interface SqldServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when the process has ended. */
  readonly exited: Promise<ServerExit>;
  /** Ends it in order (SIGTERM), by force (SIGKILL) after 3 s. May be called more than once. */
  stop(): Promise<void>;
  /** Ends it by force at once. */
  kill(): Promise<void>;
}

/**
 * Starts a server and waits until it answers.
 *
 * @throws {SqldError} with any code but `FOLDER_IN_USE`.
 */
export async function startServer(options: ServerOptions): Promise<SqldServer> {
  const binary = findBinary();
  try {
    // Every row is in it: only its owner may look.
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    chmodSync(options.folder, 0o700);
  } catch (cause) {
    const said = cause instanceof Error && "code" in cause ? String(cause.code) : "it cannot be made";
    throw folderUnusable(options.folder, said, { cause });
  }
  const { port, portRange = 1 } = options;
  const attempts = port === undefined ? 5 : portRange;
  for (let index = 0; index < attempts; index++) {
    const candidate = port === undefined ? await findFreePort() : port + index;
    if (!(await isPortFree(candidate))) continue;
    try {
      return await startOnPort(binary, candidate, options);
    } catch (error) {
      // Another program was faster than we after the port had been looked at.
      if (!(error instanceof SqldError && error.code === "PORT_TAKEN")) throw error;
    }
  }
  throw portTaken(port ?? 0, attempts);
}

async function startOnPort(binary: string, port: number, options: ServerOptions): Promise<SqldServer> {
  const {
    folder,
    log,
    serverArgs = writeLockArgs,
    startTimeoutMs = 10_000,
    ownGroup = false,
    onSpawn,
  } = options;
  const listen = `${loopback}:${port}`;
  const args = ["-d", folder, "--http-listen-addr", listen, "--no-welcome", ...serverArgs];
  const child = spawn(binary, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: serverEnvironment(),
    detached: ownGroup,
  });
  const exited = watchExit(child);
  const output = collectOutput(child, log);
  const { pid } = child;
  if (pid === undefined) {
    const cause = await exited.catch((error: unknown) => error);
    throw new SqldError("NO_BINARY", `The libSQL server ${binary} cannot be run: run npm ci again`, {
      cause,
    });
  }
  const server = runningServer({ child, exited, pid, port });
  try {
    onSpawn?.(server);
    await waitUntilReady(server, output, { folder, port }, startTimeoutMs);
    return server;
  } catch (error) {
    await server.kill();
    throw error;
  }
}

/** The caller's environment without the variables that would configure the server behind our back. */
function serverEnvironment(): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("SQLD_"));
  return { ...Object.fromEntries(kept), RUST_LOG: "info", RUST_BACKTRACE: "0", NO_COLOR: "1" };
}

function watchExit(child: ChildProcess): Promise<ServerExit> {
  const exited = new Promise<ServerExit>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  // Who does not ask how the server ended must not be ended by it.
  exited.catch(() => undefined);
  return exited;
}

function collectOutput(child: ChildProcess, log: ((line: string) => void) | undefined): Output {
  const lines: string[] = [];
  const ended = [child.stdout, child.stderr].map(async (stream) => {
    if (stream === null) return;
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      if (lines.length < 500) lines.push(line);
      log?.(line);
    }
  });
  return { text: () => lines.join("\n"), ended: Promise.allSettled(ended) };
}

const alive = new Set<ChildProcess>();

function killAll(): void {
  for (const child of alive) child.kill("SIGKILL");
}

interface Started {
  readonly child: ChildProcess;
  readonly exited: Promise<ServerExit>;
  readonly pid: number;
  readonly port: number;
}

function runningServer({ child, exited, pid, port }: Started): SqldServer {
  if (alive.size === 0) process.on("exit", killAll);
  alive.add(child);
  child.once("exit", () => {
    alive.delete(child);
    if (alive.size === 0) process.off("exit", killAll);
  });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await Promise.race([exited, delay(3_000, undefined, { ref: false })]);
    child.kill("SIGKILL");
    await exited;
  };
  return {
    url: `http://${loopback}:${port}`,
    port,
    pid,
    exited,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  };
}
