import { describe, expect, it } from "vitest";
import { exitCodeOf } from "../../../../src/migrate/cli/exit-code.ts";

describe("exitCodeOf", () => {
  it.each([
    ["STATEMENT_FAILED", 1],
    ["MIGRATION_LOCK_STOLEN", 1],
    ["NO_BINARY", 1],
    ["INTERNAL_ERROR", 1],
    ["USAGE_INVALID", 2],
    ["CONFIG_INVALID", 2],
    ["SCHEMA_DRIFTED", 3],
    ["REVISION_SKIPPED", 3],
    ["NEWER_DATA", 4],
    ["HAZARD_REFUSED", 4],
    ["RENAME_UNDECIDED", 4],
    ["PROOF_FAILED", 4],
    ["HEAD_MOVED", 5],
  ] as const)("of %s is %i", (code, expected) => {
    expect(exitCodeOf(code)).toBe(expected);
  });
});
