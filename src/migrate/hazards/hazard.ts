// A danger that a statement of an upgrade script brings, and what can be asked of the rows about it.
import type { HazardCode } from "./hazard-codes.ts";

/** What a target database can be asked, in the schema before the script. */
export interface Stake {
  /** The table, by its name before the script. */
  readonly table: string;
  /** Counts the rows, or values, that would be touched. */
  readonly rows: string;
  /** Finds the keys of rows that break the new rule; undefined if the script may fix them on its way. */
  readonly violating: string | undefined;
}

/** A hazard as a rule sees it. */
export interface FoundHazard {
  readonly code: HazardCode;
  /** `table`, `table.column`, the name of an index or view, or the first words of a statement. */
  readonly on: string;
  /** Undefined if no rows are affected. */
  readonly stake: Stake | undefined;
}

/** A hazard, and where it stands. */
export interface Hazard extends FoundHazard {
  /** Which of the scripts, from 0. */
  readonly script: number;
  /** Which of its statements, from 1; PRAGMAs count. */
  readonly statement: number;
  /** From 1. */
  readonly line: number;
  readonly sql: string;
}
