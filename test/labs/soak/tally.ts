// Counts what was answered, for the table at the end. Pure.
import { type AnsweredKind, nameAnswer } from "./answers.ts";
import type { Exchange } from "./requests.ts";

/** The requests of one kind. */
export interface KindTally {
  sent: number;
  slowestMs: number;
  /** By status and code, or `hung up`. */
  readonly answers: Record<string, number>;
}

/** What a run has counted. */
export type Tally = Partial<Record<AnsweredKind, KindTally>>;

/** Counts one more. */
export function countExchange(
  tally: Tally,
  kind: AnsweredKind,
  { answer, hungUp, sentAt, endedAt }: Exchange,
): void {
  const own = (tally[kind] ??= { sent: 0, slowestMs: 0, answers: {} });
  const name = hungUp
    ? "hung up"
    : answer.status !== 0 && !answer.whole
      ? `${nameAnswer(answer)}, broken off`
      : nameAnswer(answer);
  own.sent += 1;
  own.slowestMs = Math.max(own.slowestMs, Math.round(endedAt - sentAt));
  own.answers[name] = (own.answers[name] ?? 0) + 1;
}
