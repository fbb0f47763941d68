// Counts what was checked and what was found wrong, for each thing that has to hold. Pure.
import type { RowRule } from "./ledger.ts";

/** Everything that has to hold, in the order in which it is shown. */
export const invariants = [
  "acknowledged writes are there",
  "refused writes are not there",
  "pairs are whole",
  "what was taken back is not there",
  "what was read is what was known",
  "every answer is in the table",
  "every request ends by its deadline",
  "health is 200",
  "without a database, readiness is 503",
  "back to normal after an outage",
  "all is well when the faults are over",
  "no session leaks",
  "no stream stays open",
  "no rejection is unhandled",
  "the run did what was planned",
] as const satisfies readonly (RowRule | (string & {}))[];

/** One of {@link invariants}. */
export type Invariant = (typeof invariants)[number];

/** How one of them went. */
export interface Verdict {
  readonly invariant: Invariant;
  readonly checked: number;
  readonly broken: number;
  /** What was found, the first of it in words. */
  readonly found: readonly string[];
}

/** Collects what is checked. */
export interface Checks {
  /** Counts `count` things that hold. */
  pass(invariant: Invariant, count?: number): void;
  fail(invariant: Invariant, words: string): void;
  /** Passes where `fault` is undefined. */
  judge(invariant: Invariant, fault: string | undefined): void;
  verdicts(): readonly Verdict[];
}

const mostWords = 5;

/** Makes checks of which none was made. */
export function createChecks(): Checks {
  const all = new Map(
    invariants.map((invariant) => [invariant, { checked: 0, broken: 0, found: new Array<string>() }]),
  );
  const of = (invariant: Invariant) => {
    const verdict = all.get(invariant);
    if (verdict === undefined) throw new TypeError(`${invariant} is no invariant`);
    return verdict;
  };
  const checks: Checks = {
    pass: (invariant, count = 1) => void (of(invariant).checked += count),
    fail(invariant, words) {
      const verdict = of(invariant);
      verdict.checked += 1;
      verdict.broken += 1;
      if (verdict.found.length < mostWords) verdict.found.push(words);
    },
    judge(invariant, fault) {
      if (fault === undefined) checks.pass(invariant);
      else checks.fail(invariant, fault);
    },
    verdicts: () => invariants.map((invariant) => ({ invariant, ...of(invariant) })),
  };
  return checks;
}
