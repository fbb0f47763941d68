// Sends requests and holds every answer to what is known: the part of a run that looks at each single request.
import {
  type Answer,
  type AnsweredKind,
  deadlineOf,
  findAnswerFault,
  isBest,
  nameAnswer,
  outcomeOf,
} from "./answers.ts";
import type { Control } from "./control.ts";
import type { Checks } from "./invariants.ts";
import type { Known, Ledger } from "./ledger.ts";
import type { Noise } from "./noise.ts";
import type { Plan } from "./plan.ts";
import { type Exchange, exchange, type Sending } from "./requests.ts";
import type { Stage } from "./stage.ts";
import type { StrikeScript } from "./strikes.ts";
import { countExchange, type Tally } from "./tally.ts";

/** What all parts of a run share. */
export interface Run {
  readonly stage: Stage;
  readonly script: StrikeScript;
  readonly plan: Plan;
  readonly ledger: Ledger;
  readonly checks: Checks;
  readonly noise: Noise;
  readonly control: Control;
  readonly tally: Tally;
  /** Milliseconds since the load's start. */
  readonly clock: () => number;
  /** From here on every answer has to be a good one. */
  readonly calmFrom: number;
  /** The most that was forgiven, and needed, because the machine was busy. */
  forgivenMs: number;
  /** Requests of the calm end that are not judged, since the database itself was locked. */
  lockedOut: number;
}

/** Milliseconds that a request may take beyond its deadline. */
export const graceMs = 250;

/** Sends one request, judges its answer, and keeps what it says of its row. */
export async function perform(run: Run, sending: Sending): Promise<Exchange> {
  const { kind, key } = sending;
  const { ledger, checks } = run;
  const sentAt = run.clock();
  const before = new Map(sending.keys.map((name) => [name, ledger.knownOf(name)]));
  prepare(ledger, kind, key);
  const done = await exchange(run.stage.worker.origin, sending);
  countExchange(run.tally, kind, done);
  keep(run, kind, key, done, before.get(key));
  judgeRead(run, kind, done.answer, before);
  if (done.hungUp) return done;
  checks.judge("every answer is in the table", findAnswerFault(kind, done.answer));
  judgeTime(run, kind, done);
  if (sentAt >= run.calmFrom && kind !== "health") judgeCalm(run, kind, done);
  return done;
}

/** Lost transactions of before may hold a lock in the calm end, which is the database's own matter. */
function judgeCalm(run: Run, kind: AnsweredKind, { answer, sentAt, endedAt }: Exchange): void {
  const isGood = isBest(kind, answer) && answer.whole;
  if (!isGood && run.control.lockedBetween(sentAt, endedAt) > 0) {
    run.lockedOut += 1;
    return;
  }
  const words = `${kind} was answered ${nameAnswer(answer)} at ${Math.round(run.clock())} ms`;
  run.checks.judge("all is well when the faults are over", isGood ? undefined : words);
}

/** Judges how long a request took, the machine's part taken off; `limitMs` where it is not the kind's own. */
export function judgeTime(run: Run, kind: AnsweredKind, { sentAt, endedAt }: Exchange): void {
  const limitMs = deadlineOf(kind, run.stage.deadlines) + graceMs;
  const took = endedAt - sentAt;
  const forgiven = took > limitMs ? run.noise.between(sentAt, endedAt) : 0;
  const isLate = took > limitMs + forgiven;
  if (!isLate && forgiven > 0) run.forgivenMs = Math.max(run.forgivenMs, Math.round(took - limitMs));
  const words = `${kind} took ${Math.round(took)} ms: at most ${limitMs} ms, and ${Math.round(forgiven)} ms for the machine`;
  run.checks.judge("every request ends by its deadline", isLate ? words : undefined);
}

function isWrite(
  kind: AnsweredKind,
): kind is Exclude<AnsweredKind, "read" | "pairs" | "stream" | "login" | "health" | "ready"> {
  return !["read", "pairs", "stream", "login", "health", "ready"].includes(kind);
}

function prepare(ledger: Ledger, kind: AnsweredKind, key: string): void {
  if (kind === "duplicate") {
    // It may be the one that writes: until its answer comes nobody knows.
    if (ledger.knownOf(key) === "refused") ledger.settle(key, "pending");
  } else if (isWrite(kind)) {
    ledger.begin(kind, key);
  }
}

function keep(
  { ledger, checks }: Run,
  kind: AnsweredKind,
  key: string,
  done: Exchange,
  before: Known | undefined,
): void {
  if (!isWrite(kind)) return;
  const outcome = done.hungUp ? "unknown" : outcomeOf(done.answer);
  if (kind !== "duplicate") return ledger.settle(key, outcome);
  const isConflict = done.answer.status === 409;
  if (before === "refused") {
    const words = `${key} was refused, and its second write was answered 409`;
    checks.judge("what was read is what was known", isConflict ? words : undefined);
    ledger.settle(key, isConflict ? "unknown" : outcome);
  } else if (before === "acknowledged" && outcome === "acknowledged") {
    checks.fail("what was read is what was known", `${key} was acknowledged, and could be written again`);
  } else if (before === "unknown" && (isConflict || outcome === "acknowledged")) {
    ledger.settle(key, "acknowledged");
  }
}

/** What was known before a read was sent has to be in its answer. */
function judgeRead(
  run: Run,
  kind: AnsweredKind,
  answer: Answer,
  before: ReadonlyMap<string, Known | undefined>,
): void {
  const { checks } = run;
  if (kind === "pairs" || kind === "stream") return judgePairs(run, kind, answer, before);
  if ((kind !== "read" && kind !== "login") || !answer.whole) return;
  for (const [key, known] of before) {
    const isMissing = answer.status === 404 || answer.status === 401;
    const isFound = answer.status === 200;
    const isWrong = (isMissing && known === "acknowledged") || (isFound && known === "refused");
    const words = `${kind} of ${key}, which was ${known}, was answered ${nameAnswer(answer)}`;
    checks.judge("what was read is what was known", isWrong ? words : undefined);
  }
}

function judgePairs(
  { ledger, checks }: Run,
  kind: AnsweredKind,
  answer: Answer,
  before: ReadonlyMap<string, Known | undefined>,
): void {
  const rows = rowsIn(answer);
  if (rows === undefined) return;
  const faults = ledger.findReadFaults(rows);
  for (const { rule, words } of faults) checks.fail(rule, `${words}, as ${kind} saw it`);
  checks.pass("pairs are whole", rows.size);
  if (!answer.whole) return;
  for (const [key, known] of before) {
    const isMissing = known === "acknowledged" && !rows.has(key) && !ledger.isTakenBack(key);
    const words = `${key} was acknowledged, and ${kind} did not see it`;
    checks.judge("what was read is what was known", isMissing ? words : undefined);
  }
}

/** The rows of each pair in an answer, one JSON list in all or one in each line; undefined where it has none. */
function rowsIn({ status, body, whole }: Answer): ReadonlyMap<string, number> | undefined {
  if (status !== 200) return undefined;
  const lines = body.split("\n");
  // The last line of a body that broke off may be half of one.
  const lists = (whole ? lines : lines.slice(0, -1)).filter((line) => line.startsWith("["));
  const rows = lists.flatMap((line) => JSON.parse(line) as { readonly key: string; readonly rows: number }[]);
  return new Map(rows.map((row) => [row.key, row.rows]));
}
