// The file with the address of the local server of a project: .eaves/server.json.
// Written by the process that runs the server, read by every tool; also on Node 20, inside drizzle-kit.
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { isHealthy } from "./health.ts";
import { isProcessIdentity, isRunning, type ProcessIdentity } from "./process-table.ts";

/** A server as its state file describes it. */
export interface ServerState extends ProcessIdentity {
  readonly url: string;
  readonly port: number;
  readonly startedAt: string;
  /** Who started it and ends it; a server that has outlived its owner is not used, and ended by the next start. */
  readonly owner: ProcessIdentity;
  /** `command`: it ends with the command that started it, and is not to be relied on by others. */
  readonly lifetime: ServerLifetime;
}

/** How long a local server is meant to run. */
export type ServerLifetime = "service" | "command";

/** The folder that holds the server's state and data: `EAVES_HOME`, or `.eaves` in the project. */
export function stateFolderOf(
  projectFolder: string,
  variables: Readonly<Record<string, string | undefined>> = {},
): string {
  return resolve(projectFolder, variables["EAVES_HOME"] || ".eaves");
}

/** The folder of a state folder that belongs to the server alone. */
export function dataFolderOf(stateFolder: string): string {
  return join(stateFolder, "data");
}

/** The server that runs with its owner, unasked whether it answers; undefined for none or a stale file. */
export function readServerState(stateFolder: string): ServerState | undefined {
  const state = parseState(stateFile(stateFolder));
  return state !== undefined && isRunning(state) && isRunning(state.owner) ? state : undefined;
}

/** The server process that the state file names, if it runs, whether it has an owner or not. */
export function readServerProcess(stateFolder: string): ProcessIdentity | undefined {
  const state = parseState(stateFile(stateFolder));
  return state !== undefined && isRunning(state) ? state : undefined;
}

/** The server that is alive and answers, or undefined. */
export async function findServer(stateFolder: string): Promise<ServerState | undefined> {
  const state = readServerState(stateFolder);
  return state !== undefined && (await isHealthy(state.url)) ? state : undefined;
}

/** Publishes a server; readers see the old file or the new one, never half of one. */
export function writeServerState(stateFolder: string, state: ServerState): void {
  const draft = `${stateFile(stateFolder)}.${state.pid}`;
  writeFileSync(draft, `${JSON.stringify(state, undefined, 2)}\n`);
  renameSync(draft, stateFile(stateFolder));
}

/** Takes the state file away. */
export function removeServerState(stateFolder: string): void {
  rmSync(stateFile(stateFolder), { force: true });
}

function stateFile(stateFolder: string): string {
  return join(stateFolder, "server.json");
}

function parseState(file: string): ServerState | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isServerState(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isServerState(value: unknown): value is ServerState {
  if (!isProcessIdentity(value)) return false;
  const state: { readonly [key in keyof ServerState]?: unknown } = value;
  return (
    typeof state.url === "string" &&
    typeof state.port === "number" &&
    typeof state.startedAt === "string" &&
    isProcessIdentity(state.owner) &&
    (state.lifetime === "service" || state.lifetime === "command")
  );
}
