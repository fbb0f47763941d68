// Lets the planned faults strike when they are due, and counts which did.
import type { FaultScript } from "../../support/fault-rules.ts";
import type { Fault } from "../../support/faults.ts";
import type { Plan } from "./plan.ts";

/** The faults of a run for the proxy, by the clock of the run. */
export interface StrikeScript extends FaultScript {
  /** How often each has struck, by the words of {@link describeFault}. */
  readonly struck: ReadonlyMap<string, number>;
  /** `strike` as planned · `hold` back whatever is due, while recovery is measured · `swallow` everything. */
  mode: "strike" | "hold" | "swallow";
}

/** A fault in a few words. */
export function describeFault(fault: Fault): string {
  const { kind } = fault;
  const words: string[] = [kind === "html" ? "garbage" : kind];
  if (fault.kind === "status") words.push(String(fault.status));
  if (fault.kind === "delay")
    words.push(`${fault.ms} ms`, `on its ${fault.leg === "answer" ? "answer" : "way"}`);
  if ("forward" in fault && fault.forward) words.push("after the work");
  if (fault.kind === "silence" && fault.keepUpstream) words.push("which goes on");
  return words.join(" ");
}

/** @param clock milliseconds since the load's start. */
export function createStrikeScript({ strikes }: Pick<Plan, "strikes">, clock: () => number): StrikeScript {
  const left = strikes.map((strike) => ({ strike, times: strike.times }));
  const struck = new Map<string, number>();
  const count = (words: string) => struck.set(words, (struck.get(words) ?? 0) + 1);
  let first = 0;
  const script: StrikeScript = {
    struck,
    mode: "strike",
    next(texts) {
      const now = clock();
      if (script.mode === "hold") return undefined;
      if (script.mode === "swallow") {
        count("black hole");
        return { kind: "silence" };
      }
      while ((left[first]?.strike.until ?? Infinity) <= now) first += 1;
      for (let index = first; index < left.length; index++) {
        const entry = left[index];
        if (entry === undefined || entry.strike.at > now) return undefined;
        const { matching, fault, until } = entry.strike;
        const isMet = matching === undefined || texts.some((text) => text.includes(matching));
        if (entry.times === 0 || until <= now || !isMet) continue;
        entry.times -= 1;
        count(describeFault(fault));
        return fault;
      }
      return undefined;
    },
  };
  return script;
}
