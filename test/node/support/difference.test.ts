// The measure of times itself: it tells different times apart and takes equal ones for equal, noise or not.
import { describe, expect, it } from "vitest";
import { createRandom } from "../../labs/bench/statistics.ts";
import { differenceOf, isSameTime, shuffle } from "../../support/difference.ts";

/** Times as a busy machine gives them: mostly near `base`, whole milliseconds, now and then far longer. */
function times(base: number, length: number, random: () => number): number[] {
  return Array.from({ length }, () => {
    const spike = random() < 0.1 ? 5 * base * random() : 0;
    return Math.round(base * (1 + 0.05 * random()) + spike);
  });
}

describe("isSameTime", () => {
  it.each([20, 100])("holds for equal times under noise, with %i samples", (length) => {
    const verdicts = Array.from({ length: 12 }, (_, seed) => {
      const random = createRandom(seed);
      return isSameTime(differenceOf(times(50, length, random), times(50, length, random), { random }));
    });
    expect(verdicts).not.toContain(false);
  });

  it.each([
    [20, 3],
    [100, 1.1],
  ])("does not hold with %i samples where one takes %f times as long", (length, factor) => {
    const verdicts = Array.from({ length: 12 }, (_, seed) => {
      const random = createRandom(seed);
      const [one, other] = [times(50, length, random), times(50 * factor, length, random)];
      return (
        isSameTime(differenceOf(one, other, { random })) || isSameTime(differenceOf(other, one, { random }))
      );
    });
    expect(verdicts).not.toContain(true);
  });
});

describe("shuffle", () => {
  it("keeps every item, in an order that the seed decides", () => {
    const items = Array.from({ length: 50 }, (_, index) => index);
    const shuffled = shuffle(items, createRandom(1));
    expect(shuffled).toEqual(shuffle(items, createRandom(1)));
    expect(shuffled).not.toEqual(items);
    expect(shuffled.toSorted((one, other) => one - other)).toEqual(items);
  });
});
