// The demonstration of `npm run demo:traps`: that each trap is real, and that Eaves is not caught in it.
import { describe, expect, it } from "vitest";

import { count } from "../../../support/tier.ts";
import { compare, summarize } from "../demonstration.ts";
import { withStage } from "../stage.ts";
import { type Outcome, traps } from "../traps.ts";

const never = new AbortController().signal;

describe.concurrent("traps", () => {
  // All but the last one wait for a lock to be taken away.
  it.each(traps.slice(count({ quick: -1, long: 0 })))(
    "catches plain libSQL and Drizzle, and not Eaves: $title",
    async (trap) => {
      const { naive, eaves } = await compare(trap, never);
      expect(naive, JSON.stringify(naive.seen)).toMatchObject({ caught: true });
      expect(eaves, JSON.stringify(eaves.seen)).toMatchObject({ caught: false });
    },
  );
});

describe("withStage", () => {
  it("ends early when it is stopped", async () => {
    const stopped = new AbortController();
    const played = withStage("eaves", stopped.signal, () => {
      stopped.abort(new Error("Ctrl-C"));
      return new Promise(() => undefined);
    });
    await expect(played).rejects.toThrow("Ctrl-C");
  });
});

describe("summarize", () => {
  const [trap] = traps;
  const outcome = (summary: string, caught: boolean): Outcome => ({ seen: [], summary, caught });

  it("names a trap that was not seen", () => {
    if (trap === undefined) throw new Error("There are no traps");
    const rows = (naive: boolean, eaves: boolean) =>
      summarize([[trap, { naive: outcome("a", naive), eaves: outcome("b", eaves) }]]).join("\n");
    expect(rows(true, false)).not.toContain("NOT AS EXPECTED");
    for (const [naive, eaves] of [
      [true, true],
      [false, false],
    ] as const)
      expect(rows(naive, eaves)).toContain("NOT AS EXPECTED");
  });
});
