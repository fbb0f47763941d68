// What processes have used, as Linux tells it; elsewhere nothing is known, and nothing is claimed.
import { readdirSync, readFileSync } from "node:fs";
import { platform } from "node:os";

/** `/proc` counts in hundredths of a second on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Milliseconds of CPU that a process has used so far, by all its threads, those that ended included. */
export function readCpuMs(pid: number): number | undefined {
  if (platform() !== "linux") return undefined;
  const { user, system } = readStat(pid);
  return ((user + system) * 1_000) / ticksPerSecond;
}

/** What of the memory a process has is in RAM, in bytes. */
export function readResidentBytes(pid: number): number | undefined {
  if (platform() !== "linux") return undefined;
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024;
}

/** The processes that this one has started and that have this name. */
export function findChildren(parent: number, name: string): readonly number[] {
  if (platform() !== "linux") return [];
  const ids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  return ids.map(Number).filter((pid) => {
    try {
      const stat = readStat(pid);
      return stat.parent === parent && stat.name === name;
    } catch {
      // It has ended meanwhile.
      return false;
    }
  });
}

function readOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch (cause) {
    throw new Error(`Process ${pid} has ended, and with it what it has used`, { cause });
  }
}

function readStat(pid: number) {
  const text = readOf(pid);
  // The name is in parentheses and may have some of its own.
  const end = text.lastIndexOf(")");
  const fields = text.slice(end + 2).split(" ");
  return {
    name: text.slice(text.indexOf("(") + 1, end),
    parent: Number(fields[1]),
    user: Number(fields[11]),
    system: Number(fields[12]),
  };
}
