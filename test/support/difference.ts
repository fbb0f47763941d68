// Whether two ways take the same time: the difference of their medians, and how sure it is. Pure.
import {
  type Bootstrap,
  draw,
  type Interval,
  intervalOf,
  median,
  type Random,
} from "../labs/bench/statistics.ts";

/** The difference of two medians, and the bounds that it lies between. */
export interface Difference extends Interval {
  readonly medianOne: number;
  readonly medianOther: number;
}

/** The same items in an order of chance. */
export function shuffle<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ item }) => item);
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
  { random, confidence = 0.99, draws = 1_000 }: Bootstrap,
): Difference {
  const difference = (): number => median(draw(other, random)) - median(draw(one, random));
  return {
    medianOne: median(one),
    medianOther: median(other),
    ...intervalOf(difference, { random, confidence, draws }),
  };
}

/** Whether nobody could tell them apart: the bounds hold 0, or the difference is under 5 % of the first median. */
export function isSameTime({ medianOne, medianOther, low, high }: Difference): boolean {
  return (low <= 0 && high >= 0) || Math.abs(medianOther - medianOne) < 0.05 * medianOne;
}
