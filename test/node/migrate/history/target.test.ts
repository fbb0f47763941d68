import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { buildHistory, type History } from "../../../../src/migrate/history/history.ts";
import { positionOf, resolveTarget } from "../../../../src/migrate/history/target.ts";
import { count, seed } from "../../../support/tier.ts";
import { history, revision } from "./revisions.ts";

const users = history("create_users", "add_bio", "add_users_index", "drop_bio");

function resolve(text: string, current?: number, of: History = users): string {
  const target = resolveTarget(of, text, current === undefined ? undefined : of.revisions[current]);
  return target.kind === "base" ? "base" : target.revision.tag;
}

describe("resolveTarget", () => {
  it.each([
    { text: "base", means: "base" },
    { text: "head", means: "0003_drop_bio" },
    { text: "0001_add_bio", means: "0001_add_bio" },
    { text: "1", means: "0001_add_bio" },
    { text: "0001", means: "0001_add_bio" },
    { text: "0", means: "0000_create_users" },
    { text: "add_bio", means: "0001_add_bio" },
    { text: "index", means: "0002_add_users_index" },
    { text: "INDEX", means: "0002_add_users_index" },
    { text: "0003_dr", means: "0003_drop_bio" },
  ])("takes $text for $means", ({ text, means }) => {
    expect(resolve(text)).toBe(means);
  });

  it.each([
    { text: "+1", from: undefined, means: "0000_create_users" },
    { text: "+2", from: 0, means: "0002_add_users_index" },
    { text: "-1", from: 3, means: "0002_add_users_index" },
    { text: "-1", from: 0, means: "base" },
    { text: "+0", from: 1, means: "0001_add_bio" },
    { text: "-4", from: 3, means: "base" },
  ])("counts $text from revision $from to $means", ({ text, from, means }) => {
    expect(resolve(text, from)).toBe(means);
  });

  it.each([
    { text: "+5", from: undefined, available: 4 },
    { text: "+1", from: 3, available: 0 },
    { text: "-1", from: undefined, available: 0 },
    { text: "-2", from: 0, available: 1 },
  ])("refuses $text from revision $from and says how many there are", ({ text, from, available }) => {
    expect(() => resolve(text, from)).toThrow(
      expect.objectContaining({
        code: "TARGET_NOT_REACHABLE",
        details: expect.objectContaining({ available }),
      }),
    );
  });

  it("refuses what may mean several, and lists them", () => {
    expect(() => resolve("bio")).toThrow(
      expect.objectContaining({
        code: "TARGET_AMBIGUOUS",
        details: { target: "bio", candidates: ["0001_add_bio", "0003_drop_bio"] },
      }),
    );
  });

  it.each(["", "nothing", "9", "heads", "+", "1.5", "+1x"])("refuses %j, which means nothing", (text) => {
    expect(() => resolve(text)).toThrow(expect.objectContaining({ code: "TARGET_UNKNOWN" }));
  });

  it("says what there is instead", () => {
    expect(() => resolve("x", undefined, history())).toThrow("there are none");
    expect(() => resolve("zzz")).toThrow("the newest are 0001_add_bio, 0002_add_users_index, 0003_drop_bio");
    expect(() => resolve("-2", 0)).toThrow("there is 1 revision to base");
    expect(() => resolve("+5", 1)).toThrow("there are 2 revisions to head");
  });

  it("prefers the number itself to numbers that begin with it", () => {
    const twelve = history(...Array.from({ length: 12 }, (_, at) => `r${at}`));
    expect(resolve("1", undefined, twelve)).toBe("0001_r1");
    expect(resolve("11", undefined, twelve)).toBe("0011_r11");
  });

  it("takes the beginning of a number that is a time", () => {
    const tags = ["20240131120000_a", "20250131120000_b"];
    const of = buildHistory(tags.map((tag, at) => revision("x", at, { tag })));
    expect(resolve("2025", undefined, of)).toBe("20250131120000_b");
  });

  it("takes base and head of an empty history for base", () => {
    expect(resolve("head", undefined, history())).toBe("base");
    expect(resolve("base", undefined, history())).toBe("base");
  });

  const names = fc.uniqueArray(fc.stringMatching(/^[a-z_]{1,6}$/), { minLength: 1, maxLength: 12 });
  const runs = () => ({ seed: seed(), numRuns: count({ quick: 200, long: 5000 }) });

  it("finds every revision by its tag and by its number, whatever the names", () => {
    fc.assert(
      fc.property(names, (all) => {
        const of = history(...all);
        for (const { tag, index } of of.revisions) {
          expect(resolve(tag, undefined, of)).toBe(tag);
          expect(resolve(String(index), undefined, of)).toBe(tag);
        }
      }),
      runs(),
    );
  });

  it("gives only revisions that hold the text, or says that it is unknown or ambiguous", () => {
    fc.assert(
      fc.property(names, fc.stringMatching(/^[a-z_]{1,3}$/), (all, text) => {
        const of = history(...all);
        const holding = of.revisions.filter(({ tag }) => tag.includes(text));
        try {
          const target = resolveTarget(of, text, undefined);
          expect(holding[0]).toBeDefined();
          expect(holding.map(({ index }) => index)).toContain(positionOf(target));
        } catch (error) {
          const codes = ["TARGET_UNKNOWN", "no error", "TARGET_AMBIGUOUS"];
          expect(error).toMatchObject({ code: codes[Math.min(holding.length, 2)] });
        }
      }),
      runs(),
    );
  });

  it("goes +N up exactly N, and -N back again", () => {
    fc.assert(
      fc.property(fc.nat(12), fc.nat(12), (from, steps) => {
        const of = history(...Array.from({ length: 13 }, (_, at) => `r${at}`));
        fc.pre(from + steps <= 12);
        const up = resolveTarget(of, `+${steps}`, of.revisions[from]);
        expect(positionOf(up)).toBe(from + steps);
        expect(positionOf(resolveTarget(of, `-${steps}`, of.revisions[positionOf(up)]))).toBe(from);
      }),
      runs(),
    );
  });
});
