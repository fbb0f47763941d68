// Medians, and how sure they are: the statistics of every benchmark here. Pure; chance comes from a seed.

/** Numbers from 0 up to 1, each as likely. */
export type Random = () => number;

/** The bounds that a value lies between with the confidence that was asked for. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** How a bootstrap is made. */
export interface Bootstrap {
  readonly random: Random;
  /** How often bounds made so hold the true value; default 0.95. */
  readonly confidence?: number;
  /** How many samples are drawn; default 2,000. */
  readonly draws?: number;
}

/** The same numbers for the same seed (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The middle one of the values, or the mean of the two in the middle. @throws of no values, or of NaN. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * The value that `part` of the values lie below, in a straight line between the two that are nearest (type 7).
 *
 * @param part from 0 for the smallest to 1 for the largest; 0.99 for what is called p99.
 * @throws of no values, or of NaN: the worst that a benchmark can do is to give a number for nothing.
 */
export function quantile(values: readonly number[], part: number): number {
  if (!(part >= 0 && part <= 1)) throw new RangeError(`A quantile is from 0 to 1, not ${part}`);
  if (values.some((value) => Number.isNaN(value))) throw new RangeError("NaN was measured");
  const sorted = Float64Array.from(values).toSorted();
  const place = part * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (low === undefined || high === undefined) throw new RangeError("No values have no quantile");
  return low === high ? low : low + (high - low) * (place - Math.floor(place));
}

/** The interval of a median, by samples drawn again and again from what was measured. */
export function intervalOfMedian(values: readonly number[], how: Bootstrap): Interval {
  return intervalOf(() => median(draw(values, how.random)), how);
}

/**
 * The interval of the median of `ones` divided by that of `others`, measured by turns: the n-th of both stood side by
 * side. They are drawn as pairs, so that what slowed a whole round does not count as a difference.
 *
 * @throws where there are not as many of the one as of the other.
 */
export function intervalOfRatio(
  ones: readonly number[],
  others: readonly number[],
  how: Bootstrap,
): Interval {
  if (ones.length !== others.length) {
    throw new RangeError(`Found ${ones.length} and ${others.length} values: a ratio wants pairs`);
  }
  const pairs = ones.map((one, index) => ({ one, other: others[index] ?? Number.NaN }));
  return intervalOf(() => {
    const drawn = draw(pairs, how.random);
    return median(drawn.map(({ one }) => one)) / median(drawn.map(({ other }) => other));
  }, how);
}

/** The interval of a statistic that is computed anew, of a sample drawn anew, each time it is asked. */
export function intervalOf(
  statistic: () => number,
  { confidence = 0.95, draws = 2_000 }: Bootstrap,
): Interval {
  const drawn = Array.from({ length: draws }, statistic);
  const tail = (1 - confidence) / 2;
  return { low: quantile(drawn, tail), high: quantile(drawn, 1 - tail) };
}

/** A sample as long as what it is drawn from; an item may be in it more than once. */
export function draw<T>(items: readonly T[], random: Random): T[] {
  return items.map((item) => items[Math.floor(random() * items.length)] ?? item);
}
