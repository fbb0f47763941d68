// Lists what a process has started, for tests that want none of it to survive.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { identifyProcess, type ProcessIdentity } from "../../../src/migrate/server/process-table.ts";

/** A process with its command line. */
export interface ListedProcess extends ProcessIdentity {
  readonly command: string;
}

/** The process and everything below it at this moment. */
export function listTree(root: number): readonly ListedProcess[] {
  const parents = listParents();
  const below = (pid: number): readonly number[] => [
    pid,
    ...parents.filter((entry) => entry.parent === pid).flatMap((entry) => below(entry.pid)),
  ];
  return below(root).flatMap((pid) => {
    const identity = identifyProcess(pid);
    return identity === undefined ? [] : [{ ...identity, command: commandOf(pid) }];
  });
}

function listParents(): readonly { readonly pid: number; readonly parent: number }[] {
  if (process.platform !== "linux") {
    const rows = execFileSync("ps", ["-axo", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n");
    return rows
      .map((row) => row.trim().split(/\s+/).map(Number))
      .map(([pid = 0, parent = 0]) => ({ pid, parent }));
  }
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((name) => {
    const stat = readIfPresent(`/proc/${name}/stat`);
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    return stat === "" ? [] : [{ pid: Number(name), parent }];
  });
}

function commandOf(pid: number): string {
  if (process.platform === "linux") return readIfPresent(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
  return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" }).trim();
}

function readIfPresent(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
