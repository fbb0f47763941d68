// The plan of a soak: that a seed repeats it, and that it has everything in it which a run is to try.
import { describe, expect, it } from "vitest";

import { kinds } from "../plan-requests.ts";
import { calmMs, everyFault, planRun, recoveryMs } from "../plan.ts";
import { createStrikeScript, describeFault } from "../strikes.ts";

const minute = { seed: 7, loadMs: 54_000 };

describe("planRun", () => {
  it("plans the same for the same seed, and something else for another", () => {
    const plan = planRun(minute);
    expect(planRun(minute)).toEqual(plan);
    const other = planRun({ ...minute, seed: 8 });
    expect(other.strikes).not.toEqual(plan.strikes);
    expect(other.requests.map(({ kind }) => kind)).not.toEqual(plan.requests.map(({ kind }) => kind));
    expect(other.outages).not.toEqual(plan.outages);
  });

  it.each([1, 2, 3, 4, 5])(
    "has every request, every fault and every outage in one minute (seed %i)",
    (seed) => {
      const { requests, strikes, outages } = planRun({ ...minute, seed });
      expect(new Set(requests.map(({ kind }) => kind))).toEqual(new Set(kinds));
      const faults = new Set(strikes.map(({ fault }) => describeFault(fault)));
      expect(faults).toEqual(new Set(everyFault.map(describeFault)));
      expect(new Set(outages.map(({ how }) => how))).toEqual(new Set(["black-hole", "killed", "refused"]));
    },
  );

  it("leaves recovery alone, and the end calm", () => {
    const { strikes, outages, loadMs } = planRun({ ...minute, loadMs: 300_000 });
    for (const { at, until } of strikes) {
      expect(until).toBeLessThanOrEqual(loadMs - calmMs);
      for (const outage of outages) {
        expect(until <= outage.at || at >= outage.until + recoveryMs, `${at} to ${until}`).toBe(true);
      }
    }
  });

  it("sends requests in the order of time, and reads only what was planned before", () => {
    const { requests } = planRun(minute);
    const written = new Set<string>();
    let last = 0;
    for (const { at, kind, key, keys } of requests) {
      expect(at).toBeGreaterThanOrEqual(last);
      last = at;
      const isRead = ["read", "duplicate", "login", "pairs", "stream"].includes(kind);
      if (isRead) expect([...keys].every((known) => written.has(known))).toBe(true);
      else expect(written.has(key)).toBe(false);
      written.add(key);
    }
  });
});

describe("createStrikeScript", () => {
  const reset = { kind: "reset-before-send" } as const;

  it("strikes what it waits for, while it is due, and as often as planned", () => {
    let now = 0;
    const strike = { at: 10, until: 30, fault: reset, matching: "COMMIT", times: 1 };
    const script = createStrikeScript({ strikes: [strike, { ...strike, at: 20 }] }, () => now);
    expect(script.next(["COMMIT"])).toBeUndefined();
    now = 10;
    expect(script.next(["SELECT 1"])).toBeUndefined();
    expect(script.next(["COMMIT"])).toEqual(reset);
    expect(script.next(["COMMIT"])).toBeUndefined();
    now = 30;
    expect(script.next(["COMMIT"])).toBeUndefined();
    expect(script.struck).toEqual(new Map([["reset-before-send", 1]]));
  });

  it("answers nothing in a black hole, and leaves everything alone while recovery is measured", () => {
    const strike = { at: 0, until: 9, fault: reset, times: 9 };
    const script = createStrikeScript({ strikes: [strike] }, () => 5);
    script.mode = "swallow";
    expect(script.next([])).toEqual({ kind: "silence" });
    script.mode = "hold";
    expect(script.next([])).toBeUndefined();
    script.mode = "strike";
    expect(script.next([])).toEqual(reset);
  });
});
