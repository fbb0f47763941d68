// The machine that a benchmark ran on, and what with: no number means anything without.
import { availableParallelism, cpus, loadavg } from "node:os";
import process from "node:process";

/** Where, when and with what something was measured. */
export interface Machine {
  /** Such as `linux x64`. */
  readonly platform: string;
  readonly cores: number;
  readonly processor: string;
  /** The load of the last minute before the start: of a busy machine only the ratios say something. */
  readonly load: number;
  readonly node: string;
  /** The versions of what was measured, by name. */
  readonly tools: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly date: string;
  readonly command: string;
}

/** Looks at this machine, now. */
export function describeMachine({ tools, command }: Pick<Machine, "tools" | "command">): Machine {
  return {
    platform: `${process.platform} ${process.arch}`,
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? "unknown",
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    node: process.version,
    tools,
    date: new Date().toISOString(),
    command,
  };
}

/** The machine in one line. */
export function renderMachine({
  platform,
  cores,
  processor,
  load,
  node,
  tools,
  date,
  command,
}: Machine): string {
  const versions = Object.entries(tools).map(([name, version]) => `${name} ${version}`);
  const parts = [
    `\`${command}\``,
    date.slice(0, 10),
    platform,
    `${cores} cores (${processor})`,
    `load ${load.toFixed(1)}`,
    `Node ${node}`,
    ...versions,
  ];
  return parts.join(", ");
}
