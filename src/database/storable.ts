// What neither JSON nor SQLite carries as it is: refused before anything is sent, and never stored as something else
// (session rule S28). Libraries make U+FFFD of half a surrogate pair, and JSON null of an infinite number.

/** Why a value cannot be stored: half of a surrogate pair, a number without an end, an integer beyond 64 bits. */
export type StorageFault = "text" | "number" | "integer";

const leastInteger = -(2n ** 63n);
const mostInteger = 2n ** 63n - 1n;

/** What is wrong with a value; undefined if nothing is. */
export function storageFaultOf(value: unknown): StorageFault | undefined {
  if (typeof value === "string") return value.isWellFormed() ? undefined : "text";
  if (typeof value === "number") return Number.isFinite(value) ? undefined : "number";
  if (typeof value === "bigint") return value < leastInteger || value > mostInteger ? "integer" : undefined;
  return value instanceof Date && Number.isNaN(value.valueOf()) ? "number" : undefined;
}
