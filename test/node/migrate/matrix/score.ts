// The changes that the original was scored by, under its rubric, beside its scores.
import { originalScores } from "../../../fixtures/schema-changes/original-scores.ts";
import type { Line } from "./table.ts";

/** One of the 64 changes. */
export interface ScoreRow {
  readonly number: number;
  readonly change: string;
  /** Columns A to E and the revision written by hand. */
  readonly original: readonly string[];
  /** `ok`, or the first part of the rubric that failed. */
  readonly ours: string;
}

/** Scores what has been tried: seen, upgraded to the model, no value lost, downgraded to the text before. */
export function scoreRows(lines: readonly Line[]): ScoreRow[] {
  return originalScores.flatMap(({ number, change, scores }) => {
    const tried = lines.filter((line) => line.change.original === number);
    if (tried.length === 0) return [];
    const faults = tried.flatMap((line) => [...line.cells.values()].flatMap(({ faults: found }) => found));
    return [{ number, change, original: scores, ours: faults[0] ?? "ok" }];
  });
}
