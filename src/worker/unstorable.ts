// Finds what a caller sent and the database cannot store: JSON may spell half of a surrogate pair, and numbers beyond any.
import { storageFaultOf } from "../database/storable.ts";

const messages = {
  text: "has to be well-formed text",
  number: "has to be a finite number",
  integer: "has to be an integer of 64 bits",
  inexact: `has to be an integer from ${Number.MIN_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}`,
} as const;

/**
 * What is wrong with a value of `JSON.parse`, at any depth and in names of members; undefined if nothing is.
 * It may be nested thousands of levels deep, hence no recursion.
 */
export function findUnstorable(input: unknown): string | undefined {
  const open = [input];
  while (open.length > 0) {
    const value = open.pop();
    const fault = storageFaultOf(value) ?? (isInexact(value) ? "inexact" : undefined);
    if (fault !== undefined) return messages[fault];
    if (typeof value !== "object" || value === null) continue;
    for (const [name, member] of Object.entries(value)) open.push(name, member);
  }
  return undefined;
}

/**
 * Whether JSON may have carried another integer. SQLite would store it as an integer in an INTEGER column, and no read of
 * that row could be answered. Beyond 64 bits it stays a floating-point number there.
 */
function isInexact(value: unknown): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(Number(value)) <= 2 ** 63;
}
