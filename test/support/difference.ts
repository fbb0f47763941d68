// Whether two ways take the same time: the difference of their medians, and how sure it is. Pure.

/** The difference of two medians, and the bounds that it lies between with the confidence that was asked for. */
export interface Difference {
  readonly medianOne: number;
  readonly medianOther: number;
  readonly low: number;
  readonly high: number;
}

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The same items in an order of chance. */
export function shuffle<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ item }) => item);
}

/** The middle one of the values, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) throw new Error("No values have no median");
  return (low + high) / 2;
}

/**
 * How much longer `other` takes than `one`, by a bootstrap: the medians of samples drawn again and again from what
 * was measured.
 *
 * @param confidence how often bounds made so hold the difference, such as 0.99.
 */
export function differenceOf(
  one: readonly number[],
  other: readonly number[],
  { random, confidence = 0.99, draws = 1_000 }: { random: () => number; confidence?: number; draws?: number },
): Difference {
  const draw = (values: readonly number[]): number =>
    median(values.map(() => values[Math.floor(random() * values.length)] ?? Number.NaN));
  const drawn = Array.from({ length: draws }, () => draw(other) - draw(one)).toSorted((a, b) => a - b);
  const tail = Math.floor(((1 - confidence) / 2) * draws);
  return {
    medianOne: median(one),
    medianOther: median(other),
    low: drawn[tail] ?? Number.NaN,
    high: drawn[draws - 1 - tail] ?? Number.NaN,
  };
}

/** Whether nobody could tell them apart: the bounds hold 0, or the difference is under 5 % of the first median. */
export function isSameTime({ medianOne, medianOther, low, high }: Difference): boolean {
  return (low <= 0 && high >= 0) || Math.abs(medianOther - medianOne) < 0.05 * medianOne;
}
