// Looks at and ends processes that may not be our children.
// A process is its id and its start: ids alone are reused.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { platform } from "node:os";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";

/** One process, which stays the same one as long as both fields do. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the operating system's own words. */
  readonly processStart: string;
}

/** The process that has this id now, or undefined if none runs. One that ended unreaped counts as none. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const processStart = platform() === "linux" ? startOnLinux(pid) : startElsewhere(pid);
  return processStart === undefined ? undefined : { pid, processStart };
}

/** Whether a value read from a file has the form of one. */
export function isProcessIdentity(value: unknown): value is ProcessIdentity {
  if (typeof value !== "object" || value === null) return false;
  const identity: { readonly [key in keyof ProcessIdentity]?: unknown } = value;
  return typeof identity.pid === "number" && typeof identity.processStart === "string";
}

/** Whether that very process still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.processStart === identity.processStart;
}

/**
 * Ends a process, or with `group` the process group it leads: SIGTERM, then SIGKILL after `graceMs`.
 * Does nothing if the process is gone and its id belongs to another.
 */
export async function endProcess(
  identity: ProcessIdentity,
  { group = false, graceMs = 3_000 }: { readonly group?: boolean; readonly graceMs?: number } = {},
): Promise<void> {
  if (!isRunning(identity)) return;
  const target = group ? -identity.pid : identity.pid;
  const gone = (): boolean => (group ? !sendSignal(target, 0) : !isRunning(identity));
  sendSignal(target, "SIGTERM");
  if (await waitUntil(gone, graceMs)) return;
  sendSignal(target, "SIGKILL");
  await waitUntil(gone, 1_000);
}

/** Sends a signal, 0 to ask only, to a process or (negative) a group; false if there is none. */
export function sendSignal(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal);
  } catch {
    return false;
  }
}

/** Asks `condition` every 20 ms; false if it did not become true within `limitMs`. */
export async function waitUntil(condition: () => boolean, limitMs: number): Promise<boolean> {
  const end = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() >= end) return false;
    await delay(20);
  }
  return true;
}

function startOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold spaces; the state is the first field behind it, the start the 20th.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function startElsewhere(pid: number): string | undefined {
  try {
    const line = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
      encoding: "utf8",
      env: { LC_ALL: "C", PATH: "/usr/bin:/bin" },
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
    const [, state, start] = /^(\S+)\s+(.+)$/.exec(line) ?? [];
    return state?.startsWith("Z") ? undefined : start;
  } catch {
    return undefined;
  }
}
