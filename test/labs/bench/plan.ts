// Which cells are measured, and for how long: the whole run, and the short one of CI.
import type { Timing } from "./blocks.ts";
import { serverStacks, type Stack, stacks, type WorkloadId, workloadIds, workloadOf } from "./stacks.ts";

/** One workload, at one number of connections, with the database at one distance. */
export interface Cell {
  readonly workload: WorkloadId;
  readonly connections: number;
  readonly delayMs: number;
  readonly stacks: readonly Stack[];
  readonly timing: Timing;
}

/** What a run does. */
export interface Plan {
  readonly cells: readonly Cell[];
  /** Of the session on a route without database, against the same handler outside of it. */
  readonly overhead: Timing & { readonly connections: number };
  /** Whether `wrangler check startup` is run, some seconds for each stack. */
  readonly measuresStartUp: boolean;
}

/** How far away the database is in the cells with a delay, in milliseconds. */
export const farMs = 40;
/** What a route may take beside its round trips, in milliseconds. */
export const slackMs = 15;
/** Where CPU is compared: with the machine at work, but for writers, of whom none is to stand in line. */
export function cpuConnections(workload: WorkloadId): number {
  return isWriting({ workload }) ? 1 : 16;
}

/** Whether writers stand in line in this cell: then the server may turn some away, whoever asks. */
export function isContended({ workload, connections }: Pick<Cell, "workload" | "connections">): boolean {
  return connections > 1 && isWriting({ workload });
}

/** Whether its requests write. */
export function isWriting({ workload }: Pick<Cell, "workload">): boolean {
  return workloadOf(workload).status === 201;
}

/** The whole run: about ten minutes on two cores. */
export function wholePlan(): Plan {
  const near = workloadIds.flatMap((workload) =>
    [1, 16, 64].map((connections): Cell => {
      const rounds = connections === cpuConnections(workload) ? 8 : 5;
      const timing = { warmUpMs: 300, rounds, closedMs: 300, openMs: 300 };
      return { workload, connections, delayMs: 0, stacks, timing };
    }),
  );
  const far = workloadIds
    .filter((workload) => workload !== "nothing")
    .flatMap((workload) =>
      connectionsAfar(workload).map((connections): Cell => {
        const timing = { warmUpMs: 200, rounds: 3, closedMs: 600, openMs: 800 };
        return { workload, connections, delayMs: farMs, stacks: serverStacks, timing };
      }),
    );
  const overhead = { warmUpMs: 500, rounds: 20, closedMs: 300, openMs: 0, connections: 16 };
  return { cells: [...near, ...far], overhead, measuresStartUp: true };
}

/** Over a distance a transaction holds the lock for its whole way there and back, several times: one at a time. */
function connectionsAfar(workload: WorkloadId): readonly number[] {
  return workloadOf(workload).locks === true ? [1] : [1, 16, 64];
}

/** Under a minute, with everything that decides. */
export function quickPlan(): Plan {
  const near = workloadIds.map((workload): Cell => {
    const timing = { warmUpMs: 300, rounds: 6, closedMs: 200, openMs: workload === "get" ? 150 : 0 };
    const compared = workload === "get" ? stacks : serverStacks;
    return { workload, connections: cpuConnections(workload), delayMs: 0, stacks: compared, timing };
  });
  const far: Cell = {
    workload: "get",
    connections: 1,
    delayMs: farMs,
    stacks: serverStacks,
    timing: { warmUpMs: 100, rounds: 3, closedMs: 300, openMs: 300 },
  };
  const overhead = { warmUpMs: 400, rounds: 6, closedMs: 200, openMs: 0, connections: 16 };
  return { cells: [...near, far], overhead, measuresStartUp: false };
}
