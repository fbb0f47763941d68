// Takes the database away and brings it back, and measures what the Worker makes of either.
import { setTimeout as wait } from "node:timers/promises";

import { isBest, nameAnswer } from "./answers.ts";
import { perform, type Run } from "./judge.ts";
import { type Outage, recoveryMs } from "./plan.ts";
import type { Exchange, Sending } from "./requests.ts";

/** How an outage went; what was planned of it, and what was measured. */
export interface OutageReport extends Outage {
  /** The slowest answer of /ready while there was no database; undefined where none was asked for in time. */
  readonly slowestReadyMs: number | undefined;
  /** Milliseconds from the database's return until all was well; undefined where it never was. */
  readonly normalAfterMs: number | undefined;
  /** For how much of that the database itself took no writes: locks of transactions that were lost before. */
  readonly lockedMs: number;
}

const probeMs = 150;
const givenUpMs = 30_000;

/** Plays the planned outages, one after the other; one whose time has passed is left out. */
export async function playOutages(run: Run): Promise<readonly OutageReport[]> {
  const reports: OutageReport[] = [];
  for (const outage of run.plan.outages) {
    await until(run, outage.at);
    if (run.clock() > outage.until) continue;
    await lose(run, outage);
    const slowestReadyMs = await probeReadiness(run, outage);
    await until(run, outage.until);
    await bringBack(run, outage);
    reports.push({ ...outage, slowestReadyMs, ...(await measureRecovery(run, outage)) });
    run.script.mode = "strike";
  }
  return reports;
}

async function lose({ stage, script }: Run, { how }: Outage): Promise<void> {
  script.mode = how === "black-hole" ? "swallow" : "hold";
  if (how === "refused") await stage.proxy.setListening(false);
  if (how === "killed") await stage.server.kill();
}

async function bringBack({ stage, script }: Run, { how }: Outage): Promise<void> {
  script.mode = "hold";
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

type Recovery = Pick<OutageReport, "normalAfterMs" | "lockedMs">;

async function measureRecovery(run: Run, outage: Outage): Promise<Recovery> {
  const from = performance.now();
  let normalAfterMs: number | undefined;
  for (let round = 0; normalAfterMs === undefined && performance.now() - from < givenUpMs; round++) {
    const key = `${run.plan.seed.toString(36)}-after-${outage.at}-${round}`;
    const sendings = (["ready", "entry", "pair"] as const).map((kind): Sending => ({
      kind,
      key: `${key}-${kind}`,
      keys: [],
    }));
    const done = await Promise.all(sendings.map((sending) => perform(run, sending)));
    const isNormal = done.every(({ answer }, index) => isBest(sendings[index]?.kind ?? "ready", answer));
    if (isNormal) normalAfterMs = Math.round(performance.now() - from);
    else await wait(100);
  }
  const to = performance.now();
  const lockedMs = Math.round(run.control.lockedBetween(from, to));
  const limitMs = recoveryMs + lockedMs + run.noise.between(from, to);
  const isLate = normalAfterMs === undefined || normalAfterMs > limitMs;
  const words =
    `${outage.how} at ${outage.at} ms: normal after ${normalAfterMs ?? `more than ${givenUpMs}`} ms, ` +
    `of which the database itself took no writes for ${lockedMs} ms`;
  run.checks.judge("back to normal after an outage", isLate ? words : undefined);
  return { normalAfterMs, lockedMs };
}

async function until({ clock }: Run, at: number): Promise<void> {
  await wait(Math.max(0, at - clock()));
}
