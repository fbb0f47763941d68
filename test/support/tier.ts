// How much a test does: little in `npm test`, the full counts in `npm run test:long`.
import { inject } from "vitest";

import type { Tier } from "./control-protocol.ts";

/** The count of the tier that is running. */
export function count(counts: Readonly<Record<Tier, number>>): number {
  return counts[inject("tier")];
}

/** The seed for everything random in a test; fixed, so that a failure can be repeated. */
export function seed(): number {
  return inject("seed");
}

/** Whether the full counts are run: a test that only varies another one, and takes seconds, waits for them. */
export function isLong(): boolean {
  return inject("tier") === "long";
}
