// Takes the database away and brings it back, and measures what the Worker makes of either.
import { setTimeout as wait } from "node:timers/promises";

import { isBest, nameAnswer } from "./answers.ts";
import { perform, type Run } from "./judge.ts";
import { type Outage, recoveryMs } from "./plan.ts";
import type { Exchange, Sending } from "./requests.ts";

/** How an outage went. */
export interface OutageReport extends Outage {
  /** The slowest answer of /ready while there was no database; undefined where none was asked for in time. */
  readonly slowestReadyMs: number | undefined;
  /** Milliseconds from the database's return until all was well; undefined where it never was. */
  readonly normalAfterMs: number | undefined;
}

const probeMs = 150;
const givenUpMs = 3 * recoveryMs;

/** Plays the planned outages, one after the other. */
export async function playOutages(run: Run): Promise<readonly OutageReport[]> {
  const reports: OutageReport[] = [];
  for (const outage of run.plan.outages) {
    await until(run, outage.at);
    await lose(run, outage);
    const slowestReadyMs = await probeReadiness(run, outage);
    await until(run, outage.until);
    await bringBack(run, outage);
    const normalAfterMs = await measureRecovery(run, outage);
    reports.push({ ...outage, slowestReadyMs, normalAfterMs });
  }
  return reports;
}

async function lose({ stage }: Run, { how }: Outage): Promise<void> {
  if (how === "refused") await stage.proxy.setListening(false);
  if (how === "killed") await stage.server.kill();
  // The black hole is in the proxy's script, by the clock.
}

async function bringBack({ stage }: Run, { how }: Outage): Promise<void> {
  if (how === "refused") await stage.proxy.setListening(true);
  if (how === "killed") await stage.server.restart();
}

/** Asks for readiness as long as the answer will still come within the outage. */
async function probeReadiness(run: Run, outage: Outage): Promise<number | undefined> {
  const asked: Promise<Exchange>[] = [];
  // The first moment belongs to what was under way.
  await wait(50);
  while (run.clock() < outage.until - probeMs) {
    asked.push(perform(run, { kind: "ready", key: "", keys: [] }));
    await wait(probeMs);
  }
  const since = performance.now() - run.clock();
  const done = await Promise.all(asked);
  const within = done.filter(({ endedAt }) => endedAt - since < outage.until);
  for (const { answer } of within) {
    const words = `${outage.how} at ${outage.at} ms: /ready was answered ${nameAnswer(answer)}`;
    run.checks.judge("without a database, readiness is 503", answer.status === 503 ? undefined : words);
  }
  return within.length === 0
    ? undefined
    : Math.round(Math.max(...within.map(({ sentAt, endedAt }) => endedAt - sentAt)));
}

async function measureRecovery(run: Run, outage: Outage): Promise<number | undefined> {
  const from = performance.now();
  let took: number | undefined;
  for (let round = 0; took === undefined && performance.now() - from < givenUpMs; round++) {
    const key = `${run.plan.seed.toString(36)}-after-${outage.at}-${round}`;
    const sendings = (["ready", "entry", "pair"] as const).map((kind): Sending => ({
      kind,
      key: `${key}-${kind}`,
      keys: [],
    }));
    const done = await Promise.all(sendings.map((sending) => perform(run, sending)));
    const isNormal = done.every(({ answer }, index) => isBest(sendings[index]?.kind ?? "ready", answer));
    if (isNormal) took = Math.round(performance.now() - from);
    else await wait(100);
  }
  const forgiven = run.noise.between(from, performance.now());
  const isLate = took === undefined || took > recoveryMs + forgiven;
  const words = `${outage.how} at ${outage.at} ms: normal after ${took ?? `more than ${givenUpMs}`} ms`;
  run.checks.judge("back to normal after an outage", isLate ? words : undefined);
  return took;
}

async function until({ clock }: Run, at: number): Promise<void> {
  await wait(Math.max(0, at - clock()));
}
