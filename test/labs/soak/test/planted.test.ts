// The checker is tried: of a Worker with a planted fault, the soak has to say which promise it broke.
import { describe, expect, it } from "vitest";

import type { Invariant } from "../invariants.ts";
import type { Kind } from "../plan-requests.ts";
import type { PlanOptions } from "../plan.ts";
import { renderReport } from "../render.ts";
import { soak, type SoakReport } from "../run.ts";
import { count } from "../../../support/tier.ts";
import type { PlantedFault } from "../worker/planted.ts";

/** A second of load without faults on the way; what is looked for is in the Worker. */
const short: PlanOptions = { seed: 11, loadMs: 1_000, requestsPerSecond: 60, faults: [], outages: [] };
const outages = [{ at: 200, until: 800, how: "refused" }] as const;

interface Case {
  readonly breaks: Invariant;
  readonly kinds: readonly Kind[];
  readonly options?: Partial<PlanOptions>;
}

/** The first one is tried in the quick tests as well. */
const cases: Readonly<Record<PlantedFault, Case>> = {
  "drops-writes": { breaks: "acknowledged writes are there", kinds: ["entry", "batch"] },
  "acknowledges-lost-writes": {
    breaks: "acknowledged writes are there",
    kinds: ["entry"],
    options: { faults: [{ kind: "reset-before-send" }] },
  },
  "leaks-sessions": { breaks: "no session leaks", kinds: ["entry"] },
  "leaks-streams": { breaks: "no stream stays open", kinds: ["entry"] },
  "answers-teapot": { breaks: "every answer is in the table", kinds: ["entry", "pair"] },
  "halves-pairs": { breaks: "pairs are whole", kinds: ["pair"] },
  "keeps-undone-rows": { breaks: "what was taken back is not there", kinds: ["undone"] },
  "denies-writes": { breaks: "refused writes are not there", kinds: ["entry", "pair"] },
  "rejects-unheard": { breaks: "no rejection is unhandled", kinds: ["entry"] },
  "answers-late": { breaks: "every request ends by its deadline", kinds: ["entry"] },
  "recovers-late": { breaks: "back to normal after an outage", kinds: ["entry"], options: { outages } },
  "is-always-ready": {
    breaks: "without a database, readiness is 503",
    kinds: ["entry"],
    options: { outages },
  },
  "is-sick-without-database": { breaks: "health is 200", kinds: ["entry"], options: { outages } },
};

const brokenIn = ({ verdicts }: SoakReport): readonly string[] =>
  verdicts.filter(({ broken }) => broken > 0).map(({ invariant }) => invariant);

describe("soak", () => {
  // Most of each run is waiting, so that several share the time.
  it.concurrent("finds nothing in the Worker as it is, and says what it looked at", async () => {
    const report = await soak({ ...short, requestsPerSecond: 30 });
    expect(renderReport(report)).toContain("invariants held");
    expect(brokenIn(report)).toEqual([]);
    const checked = new Map(report.verdicts.map((verdict) => [verdict.invariant, verdict.checked]));
    expect(checked.get("acknowledged writes are there")).toBeGreaterThan(5);
    expect(checked.get("every answer is in the table")).toBeGreaterThan(20);
  });

  const tried = (Object.entries(cases) as [PlantedFault, Case][]).slice(0, count({ quick: 1, long: 99 }));
  it.concurrent.each(tried)("notices a Worker that %s", async (planted, { breaks, kinds, options }) => {
    const report = await soak({ ...short, ...options, kinds, planted });
    expect(brokenIn(report)).toContain(breaks);
    expect(renderReport(report)).toContain("--seed 11");
  });
});
