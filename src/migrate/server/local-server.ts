// The one server over a project's state folder: started once, found by everybody else.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { SqldError } from "./errors.ts";
import { takeLock, type FolderLock } from "./folder-lock.ts";
import { endProcess, identifyProcess } from "./process-table.ts";
import { type ServerExit, type ServerOptions, type SqldServer, startServer } from "./server.ts";
import { folderUnusable } from "./start-failure.ts";
import {
  dataFolderOf,
  findServer,
  readServerProcess,
  readServerState,
  removeServerState,
  type ServerLifetime,
  writeServerState,
} from "./state.ts";

/** The port of the local server, if it is free. */
export const defaultPort = 8080;
const portRange = 21;

/** How a local server is started. */
export interface LocalServerOptions extends Pick<ServerOptions, "log" | "port"> {
  /** `command` if the server ends with a command, `service` if others may rely on it. Default `command`. */
  readonly lifetime?: ServerLifetime;
}

/** A server that this process or another one has started. */
export interface UsedServer {
  readonly url: string;
  /** True if it was started for us; `stop` then ends it, and otherwise does nothing. */
  readonly owned: boolean;
  /** How it ended; never settles for a server that is not ours. */
  readonly exited: Promise<ServerExit>;
  stop(): Promise<void>;
}

/**
 * Starts the server of a state folder, on port 8080 or the next free one of the 20 behind it.
 *
 * @throws {SqldError} `FOLDER_IN_USE` if one runs or is being started; otherwise as {@link startServer}.
 */
export async function startLocalServer(
  stateFolder: string,
  { lifetime = "command", log, port = defaultPort }: LocalServerOptions = {},
): Promise<SqldServer> {
  const lock = lockFolder(stateFolder);
  const release = (): void => {
    removeServerState(stateFolder);
    lock.release();
  };
  try {
    await endOrphan(stateFolder);
    const server = await startServer({
      folder: dataFolderOf(stateFolder),
      port,
      portRange,
      ownGroup: true,
      ...(log === undefined ? {} : { log }),
      onSpawn: ({ pid, port: used, url }) => {
        const identity = identifyProcess(pid);
        const owner = identifyProcess(process.pid);
        if (identity === undefined || owner === undefined) return;
        const startedAt = new Date().toISOString();
        writeServerState(stateFolder, { ...identity, url, port: used, startedAt, owner, lifetime });
      },
    });
    // A server that died by itself must not block the next start for as long as we live.
    void server.exited.then(release, release);
    return server;
  } catch (error) {
    release();
    throw error;
  }
}

/**
 * The running server of a state folder, or one of our own for as long as we need it.
 * A server that another command started for itself is not relied on: its end is waited for, up to 30 s.
 *
 * @throws {SqldError} as {@link startLocalServer}.
 */
export async function ensureLocalServer(
  stateFolder: string,
  options: LocalServerOptions = {},
): Promise<UsedServer> {
  const end = performance.now() + 30_000;
  for (;;) {
    const running = await findServer(stateFolder);
    if (running?.lifetime === "service") return borrowed(running.url);
    try {
      return { ...(await startLocalServer(stateFolder, options)), owned: true };
    } catch (error) {
      const inUse = error instanceof SqldError && error.code === "FOLDER_IN_USE";
      if (!inUse || performance.now() >= end) throw error;
    }
    await delay(50);
  }
}

function borrowed(url: string): UsedServer {
  return { url, owned: false, exited: new Promise(() => undefined), stop: () => Promise.resolve() };
}

function lockFolder(stateFolder: string): FolderLock {
  let lock: FolderLock | undefined;
  try {
    mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
    lock = takeLock(join(stateFolder, "server.lock"));
  } catch (cause) {
    throw folderUnusable(stateFolder, cause instanceof Error ? cause.message : "no reason given", { cause });
  }
  if (lock !== undefined) return lock;
  const state = readServerState(stateFolder);
  const where = state === undefined ? "is being started" : `runs on ${state.url} (process ${state.pid})`;
  throw new SqldError(
    "FOLDER_IN_USE",
    `A local server over ${stateFolder} ${where}: use that one, or stop it first`,
  );
}

/** Holding the lock, a server that still runs has lost the process that started it. */
async function endOrphan(stateFolder: string): Promise<void> {
  const orphan = readServerProcess(stateFolder);
  if (orphan !== undefined) await endProcess(orphan);
  removeServerState(stateFolder);
}
