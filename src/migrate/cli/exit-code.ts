// What the exit code says; part of the tool's public face.
import type { FailureCode } from "../commands/project/failure.ts";

/**
 * 0 done or nothing to do · 1 failed · 2 usage · 3 pending, drift or hazards found · 4 refused, needs a decision ·
 * 5 another runner was first and work is left.
 */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5;

/** What `check` exits with if it found something. */
export const findingsExitCode = 3 satisfies ExitCode;

const usage: readonly FailureCode[] = [
  "TARGET_UNKNOWN",
  "TARGET_AMBIGUOUS",
  "TARGET_NOT_REACHABLE",
  "USAGE_INVALID",
  "CONFIG_INVALID",
];
const found: readonly FailureCode[] = [
  "REVISION_EDITED",
  "REVISION_MISSING",
  "REVISION_SKIPPED",
  "SCHEMA_DRIFTED",
];
const refused: readonly FailureCode[] = [
  "DECISION_NEEDED",
  "VERSION_TABLE_MISSING",
  "DOWNGRADE_IRREVERSIBLE",
  "DOWNGRADE_REFUSED",
  "ARCHIVE_OUT_OF_STEP",
  "NEWER_DATA",
  "HAZARD_REFUSED",
  "RENAME_UNDECIDED",
  "ARCHIVE_UNDECIDED",
  "PROOF_FAILED",
];

/** The exit code of a failure. */
export function exitCodeOf(code: FailureCode): ExitCode {
  if (usage.includes(code)) return 2;
  if (found.includes(code)) return findingsExitCode;
  if (refused.includes(code)) return 4;
  return code === "HEAD_MOVED" ? 5 : 1;
}
