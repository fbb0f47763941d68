import { describe, expect, it } from "vitest";
import { allHazardCodes, answerTo, describeCode } from "../../../../src/migrate/hazards/hazard-codes.ts";
import {
  estimateSeconds,
  judgeHazard,
  type Stakes,
} from "../../../../src/migrate/hazards/hazard-judgement.ts";

const nothing: Stakes = { touched: undefined, rows: undefined, violating: undefined };
const stakes = (touched: number, rows = touched, violating?: number): Stakes => ({
  touched,
  rows,
  violating,
});

describe("judgeHazard", () => {
  it.each([
    // Breaking: always.
    ["RENAMES_COLUMN", nothing, "refused"],
    ["RENAMES_TABLE", stakes(0), "refused"],
    ["ADDS_NOT_NULL", stakes(5, 5, 0), "refused"],
    ["DROPS_FOREIGN_KEY", stakes(0), "refused"],
    ["DROPS_VIEW", nothing, "refused"],
    // Destructive: where there is something.
    ["DROPS_TABLE", stakes(1), "refused"],
    ["DROPS_TABLE", stakes(0), "warned"],
    ["DROPS_TABLE", nothing, "refused"],
    ["DROPS_COLUMN", stakes(0, 3), "refused"],
    ["DROPS_COLUMN", stakes(0, 0), "warned"],
    ["DELETES_ROWS", stakes(2, 9), "refused"],
    ["DELETES_ROWS", stakes(0, 9), "warned"],
    // Data dependent: where rows break it.
    ["ADDS_UNIQUE", stakes(9, 9, 2), "refused"],
    ["ADDS_UNIQUE", stakes(9, 9, 0), "clear"],
    ["ADDS_CHECK", stakes(9), "warned"],
    ["ADDS_FOREIGN_KEY", stakes(0), "clear"],
    ["CHANGES_TYPE", stakes(3, 3, 1), "refused"],
    // Long locks: told.
    ["REBUILDS_TABLE", stakes(3), "warned"],
    ["BUILDS_INDEX", stakes(0), "clear"],
    ["SEVERAL_STATEMENTS", nothing, "warned"],
  ] as const)("%s with %o is %s", (code, known, verdict) => {
    expect(judgeHazard(code, known, false)).toBe(verdict);
    if (verdict !== "clear") expect(judgeHazard(code, known, true)).toBe("allowed");
  });

  it("refuses what no server runs, allowed or not", () => {
    for (const code of ["TRANSACTION_STATEMENT", "REFUSED_BY_SERVER"] as const) {
      expect(judgeHazard(code, nothing, true)).toBe("refused");
    }
  });

  it("has an answer for every code, and calls every drop and rename breaking", () => {
    for (const code of allHazardCodes) {
      expect(["refuses", "refuses-values", "refuses-rows", "warns", "never"]).toContain(answerTo(code));
      if (/^(DROPS|RENAMES)_/.test(code)) expect(describeCode(code).groups).toContain("breaking");
    }
  });
});

describe("estimateSeconds", () => {
  it("grows with the rows and the passes", () => {
    expect(estimateSeconds(700_000, 1)).toBe(1);
    expect(estimateSeconds(1_400_000, 3)).toBe(6);
    expect(estimateSeconds(0, 3)).toBe(0);
  });
});
