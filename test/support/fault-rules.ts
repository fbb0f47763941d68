// Decides which fault strikes a request: a script of rules that count what they match.
import type { Fault, FaultRule } from "./faults.ts";

/** Answers, request by request, which fault is due. */
export interface FaultScript {
  next(texts: readonly string[]): Fault | undefined;
}

/** Builds the script of these rules, with their counts at their beginning. */
export function createFaultScript(rules: readonly FaultRule[]): FaultScript {
  const counters = rules.map((rule) => ({ rule, skip: rule.skip ?? 0, times: rule.times ?? Infinity }));
  return {
    next(texts) {
      for (const counter of counters) {
        const { fault, matching } = counter.rule;
        if (matching !== undefined && !texts.some((text) => text.includes(matching))) continue;
        if (counter.skip > 0) {
          counter.skip -= 1;
        } else if (counter.times > 0) {
          counter.times -= 1;
          return fault;
        }
      }
      return undefined;
    },
  };
}
