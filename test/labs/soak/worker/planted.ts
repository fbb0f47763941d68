// Faults that are built in on demand, each of a kind that the soak exists to notice: its checker is tried with them.
import type { Context } from "hono";
import type { AppEnv } from "../../../../src/worker/env.ts";

/** What can be planted. */
export const plantedFaults = [
  /** Answers 201 to some writes that it never made. */
  "drops-writes",
  /** Answers 201 to a write whose answer was lost, or which failed. */
  "acknowledges-lost-writes",
  /** Writes the two rows of a pair one by one instead of in a transaction, and gives up in between. */
  "halves-pairs",
  /** Keeps what a caller was told is undone. */
  "keeps-undone-rows",
  /** Answers an error that its write was refused, after having made it. */
  "denies-writes",
  /** Never closes some sessions. */
  "leaks-sessions",
  /** Leaves interactive transactions open at the server. */
  "leaks-streams",
  /** Has promises that reject and that nobody looks at. */
  "rejects-unheard",
  /** Answers some requests with a status that no rule allows. */
  "answers-teapot",
  /** Answers some requests long after their deadline. */
  "answers-late",
  /** Goes on refusing requests for 7 s after one has failed. */
  "recovers-late",
  /** Says that it is ready whatever the database does. */
  "is-always-ready",
  /** Makes its health depend on the database. */
  "is-sick-without-database",
] as const;

/** The name of one of {@link plantedFaults}. */
export type PlantedFault = (typeof plantedFaults)[number];

/** Whether this fault is planted, and due: with every third key, so that most requests go well. */
export function isDue(c: Context<AppEnv>, fault: PlantedFault, key: string): boolean {
  return c.env["SOAK_PLANTED"] === fault && (key.codePointAt(key.length - 1) ?? 0) % 3 === 0;
}
