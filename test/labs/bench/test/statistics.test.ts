// The statistics of the benchmarks: known answers, and intervals that hold the truth about as often as they say.
import { describe, expect, it } from "vitest";
import {
  createRandom,
  intervalOfMedian,
  intervalOfRatio,
  median,
  quantile,
  type Random,
} from "../statistics.ts";

/** Times as a benchmark gives them: skewed to the slow side. Their true median is `middle`. */
function times(middle: number, length: number, random: Random): number[] {
  return Array.from({ length }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return middle * Math.exp(0.2 * normal);
  });
}

describe("median", () => {
  it.each([
    [[3], 3],
    [[4, 1], 2.5],
    [[9, 1, 5], 5],
    [[10, 1, 2, 3], 2.5],
  ])("of %j is %f", (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it("throws of nothing, and of what is no number", () => {
    expect(() => median([])).toThrow("No values");
    expect(() => median([1, Number.NaN, 2])).toThrow("NaN was measured");
  });
});

describe("quantile", () => {
  const values = [40, 10, 30, 20, 50];

  it.each([
    [0, 10],
    [0.25, 20],
    [0.5, 30],
    [0.99, 49.6],
    [1, 50],
  ])("%f of five values is %f", (part, expected) => {
    expect(quantile(values, part)).toBeCloseTo(expected, 10);
  });

  it("sorts by size, leaves the values as they are, and takes no infinity for NaN", () => {
    const given = [9, 100, 10, Infinity];
    expect(quantile(given, 0.9999)).toBe(Infinity);
    expect(quantile(given, 0)).toBe(9);
    expect(given).toEqual([9, 100, 10, Infinity]);
  });

  it("throws of a part that is none", () => {
    expect(() => quantile(values, 99)).toThrow("from 0 to 1");
  });
});

describe("intervalOfMedian", () => {
  it("is the same for the same seed", () => {
    const values = times(100, 15, createRandom(1));
    const of = (seed: number) => intervalOfMedian(values, { random: createRandom(seed) });
    expect(of(7)).toEqual(of(7));
    expect(of(7)).not.toEqual(of(8));
  });

  it("holds the median, lies within what was measured, and is narrower with less confidence", () => {
    const values = times(100, 15, createRandom(2));
    const { low, high } = intervalOfMedian(values, { random: createRandom(1) });
    const narrow = intervalOfMedian(values, { random: createRandom(1), confidence: 0.5 });
    expect(low).toBeGreaterThanOrEqual(Math.min(...values));
    expect(high).toBeLessThanOrEqual(Math.max(...values));
    expect(low).toBeLessThan(narrow.low);
    expect(high).toBeGreaterThan(narrow.high);
    expect(narrow.low).toBeLessThanOrEqual(median(values));
    expect(narrow.high).toBeGreaterThanOrEqual(median(values));
  });

  it("holds the true median about as often as it says", () => {
    const random = createRandom(3);
    const held = Array.from({ length: 300 }, () => {
      const { low, high } = intervalOfMedian(times(100, 21, random), { random, draws: 300 });
      return low <= 100 && high >= 100;
    }).filter(Boolean).length;
    expect(held / 300).toBeGreaterThan(0.91);
    expect(held / 300).toBeLessThan(0.99);
  });
});

describe("intervalOfRatio", () => {
  it("holds the true ratio about as often as it says", () => {
    const random = createRandom(4);
    const held = Array.from({ length: 300 }, () => {
      const [ones, others] = [times(50, 21, random), times(100, 21, random)];
      const { low, high } = intervalOfRatio(ones, others, { random, draws: 300 });
      return low <= 0.5 && high >= 0.5;
    }).filter(Boolean).length;
    expect(held / 300).toBeGreaterThan(0.91);
    expect(held / 300).toBeLessThan(0.995);
  });

  it("does not count what slowed a whole round as a difference", () => {
    const others = times(100, 15, createRandom(5));
    const interval = intervalOfRatio(
      others.map((other) => other / 4),
      others,
      { random: createRandom(1) },
    );
    expect(interval).toEqual({ low: 0.25, high: 0.25 });
  });

  it("throws where a value has no counterpart", () => {
    expect(() => intervalOfRatio([1, 2], [1], { random: createRandom(1) })).toThrow("Found 2 and 1 values");
  });
});
