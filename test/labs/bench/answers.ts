// Asks every stack once for everything, beside the load: what it answers, and how often it goes to the database for it.
import { setTimeout as delay } from "node:timers/promises";

import type { Stage } from "./stage.ts";
import { can, type Stack, type WorkloadId, workloadIds, workloadOf } from "./stacks.ts";

/** One answer, and what it cost. */
export interface Answered {
  readonly workload: WorkloadId;
  readonly stack: Stack;
  readonly status: number;
  readonly body: string;
  /** Undefined where nobody can count: D1 is within the Worker. */
  readonly roundTrips: number | undefined;
}

/** How long work that goes on after an answer may take until it is counted. */
const afterwardsMs = 30;

/** Asks; the stage's Workers have to go through its proxy. */
export async function askOnce({ running, proxy }: Stage): Promise<readonly Answered[]> {
  const answers: Answered[] = [];
  for (const workload of workloadIds) {
    for (const { stack, origin } of running.filter((each) => can(each.stack, workload))) {
      const { method, path, body } = workloadOf(workload).ask(0);
      const before = await proxy.roundTrips();
      const response = await fetch(origin + path, {
        method,
        ...(body === undefined ? {} : { body, headers: { "content-type": "application/json" } }),
      });
      const text = await response.text();
      await delay(afterwardsMs);
      const roundTrips = stack === "d1" ? undefined : (await proxy.roundTrips()) - before;
      answers.push({ workload, stack, status: response.status, body: text, roundTrips });
    }
  }
  return answers;
}
