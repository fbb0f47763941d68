// One run from its beginning to its end: the load, the faults and the outages beside it, and what is left of them.
import { setTimeout as wait } from "node:timers/promises";

import { poll } from "../../support/poll.ts";
import { startControl } from "./control.ts";
import { createChecks, type Verdict } from "./invariants.ts";
import { perform, type Run } from "./judge.ts";
import { createLedger } from "./ledger.ts";
import { startNoise } from "./noise.ts";
import { type OutageReport, playOutages } from "./outages.ts";
import { planRun, type PlanOptions } from "./plan.ts";
import { readRows, readVitals, startStage } from "./stage.ts";
import { createStrikeScript, describeFault } from "./strikes.ts";
import type { Tally } from "./tally.ts";
import type { PlantedFault } from "./worker/planted.ts";

/** What came of a run. */
export interface SoakReport {
  readonly seed: number;
  readonly planted: PlantedFault | undefined;
  readonly seconds: number;
  readonly requests: Tally;
  readonly faults: Readonly<Record<string, number>>;
  readonly outages: readonly OutageReport[];
  /** How sessions ended, by the Worker's own log. */
  readonly closes: Readonly<Record<string, number>>;
  /** The most that a deadline was exceeded because the machine was busy, in milliseconds. */
  readonly forgivenMs: number;
  /** Requests of the calm end that failed while the database itself was locked, and are not judged. */
  readonly lockedOut: number;
  readonly verdicts: readonly Verdict[];
}

/** What to run. */
export interface SoakOptions extends PlanOptions {
  /** Built into the Worker, to see that it is noticed. */
  readonly planted?: PlantedFault;
}

/** What a run takes beside its load: starting everything, and the last look at it. */
export const aroundMs = 6_000;

/** After a lost answer the server keeps its stream for 10 s. Source: ground facts, sqld. */
const streamsGoneMs = 12_000;
/** A stream that waited for the lock when its caller gave up begins its 10 s later; one that leaked shows for longer. */
const lastStreamGoneMs = 22_000;
const leakShowsMs = 2_600;
const healthEveryMs = 100;

/** Runs a soak. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const plan = planRun(options);
  await using stage = await startStage(options.planted);
  const noise = startNoise();
  const began = performance.now();
  const clock = () => performance.now() - began;
  const script = createStrikeScript(plan, clock);
  stage.proxy.setScript(script);
  const lastFault = Math.max(0, ...[...plan.strikes, ...plan.outages].map(({ until }) => until));
  const calmFrom = lastFault === 0 ? 0 : lastFault + streamsGoneMs;
  const checks = createChecks();
  const ledger = createLedger();
  const control = startControl(stage.server.url);
  const run: Run = {
    stage,
    script,
    plan,
    ledger,
    checks,
    noise,
    control,
    tally: {},
    clock,
    calmFrom,
    forgivenMs: 0,
    lockedOut: 0,
  };
  const ended = new AbortController();
  const watching = watchHealth(run, ended.signal);
  const [outages] = await Promise.all([playOutages(run), sendLoad(run)]);
  await control.stop();
  await settle(run);
  ended.abort();
  await watching;
  noise.stop();
  judgePlan(run, outages);
  return {
    seed: plan.seed,
    planted: options.planted,
    seconds: Math.round((plan.loadMs + aroundMs) / 1_000),
    requests: run.tally,
    faults: Object.fromEntries([...script.struck].toSorted()),
    outages,
    closes: stage.log.closes,
    forgivenMs: run.forgivenMs,
    lockedOut: run.lockedOut,
    verdicts: checks.verdicts(),
  };
}

/** An open loop: requests are sent when they are due, however long earlier ones take. */
async function sendLoad(run: Run): Promise<void> {
  const sent: Promise<unknown>[] = [];
  for (const request of run.plan.requests) {
    const early = request.at - run.clock();
    if (early > 0) await wait(early);
    sent.push(perform(run, request));
    // The proxy's memory of what passed is for tests.
    run.stage.proxy.clearRecord();
  }
  await Promise.all(sent);
}

/** Asks for /health all the time: it has to be well whatever the database does, and shows how busy the machine is. */
async function watchHealth(run: Run, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    const done = await perform(run, { kind: "health", key: "", keys: [] });
    const { answer, sentAt, endedAt } = done;
    run.noise.note(sentAt, endedAt - sentAt);
    run.checks.judge(
      "health is 200",
      answer.status === 200 ? undefined : `it was ${answer.status} at ${run.clock()} ms`,
    );
    await wait(healthEveryMs);
  }
}

/** What has to be so once nothing is under way any more. */
async function settle({ stage, ledger, checks, clock, calmFrom }: Run): Promise<void> {
  const lastAnswerAt = clock();
  const { openStreams } = await poll(stage.server.stats, () => true);
  const limitMs = Math.max(1_000, calmFrom === 0 ? 0 : calmFrom - streamsGoneMs + lastStreamGoneMs - clock());
  const left = await poll(stage.server.stats, ({ openStreams: open }) => open === 0, limitMs).catch(
    stage.server.stats,
  );
  const words = `${left.openStreams} streams were open ${Math.round(limitMs)} ms after the last answer, ${openStreams} at first`;
  checks.judge("no stream stays open", left.openStreams === 0 ? undefined : words);
  await wait(Math.max(0, lastAnswerAt + leakShowsMs - clock()));
  const { leakedSessions, unhandledRejections } = await readVitals(stage);
  checks.judge("no session leaks", leakedSessions === 0 ? undefined : `${leakedSessions} leaked`);
  const { uncaught } = stage.log;
  const rejected = `${unhandledRejections} were counted; the runtime printed ${uncaught.slice(0, 2).join(" | ") || "nothing"}`;
  checks.judge(
    "no rejection is unhandled",
    unhandledRejections + uncaught.length === 0 ? undefined : rejected,
  );
  const rows = await poll(
    () => readRows(stage),
    (read) => read !== undefined,
    lastStreamGoneMs,
  );
  const { checked, faults } = ledger.compare(rows);
  for (const [rule, count] of Object.entries(checked)) {
    const own = faults.filter((fault) => fault.rule === rule);
    checks.pass(rule as keyof typeof checked, count - own.length);
    for (const fault of own) checks.fail(fault.rule, fault.words);
  }
}

/** A run in which nothing struck would prove nothing. */
function judgePlan({ checks, plan, script, stage, lockedOut }: Run, outages: readonly OutageReport[]): void {
  const end = stage.worker.ended();
  checks.judge("the run did what was planned", end && `workerd ended by itself: ${end}`);
  for (const words of new Set(plan.strikes.map(({ fault }) => describeFault(fault)))) {
    const isMissing = !script.struck.has(words);
    checks.judge("the run did what was planned", isMissing ? `"${words}" struck no request` : undefined);
  }
  // Where recovery took long, the next outage may have been left out.
  const isTooFew = outages.length < plan.outages.length / 2;
  const calm = checks
    .verdicts()
    .find(({ invariant }) => invariant === "all is well when the faults are over");
  const isLocked = lockedOut > (calm?.checked ?? 0);
  const lockedWords = `${lockedOut} requests of the calm end failed on locks: more than could be judged`;
  checks.judge("the run did what was planned", isLocked ? lockedWords : undefined);
  const words = `${outages.length} outages of ${plan.outages.length} took place`;
  checks.judge("the run did what was planned", isTooFew ? words : undefined);
}
