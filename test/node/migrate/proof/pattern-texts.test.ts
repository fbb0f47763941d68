// Texts for patterns: SQLite itself says whether they match.
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { patternTexts } from "../../../../src/migrate/proof/pattern-texts.ts";

const check = (text: string, expression: string): unknown => {
  const database = new DatabaseSync(":memory:");
  const row = database.prepare(`SELECT (${expression.replaceAll("x", text)}) AS ok`).get();
  database.close();
  return row?.["ok"];
};

describe("patternTexts", () => {
  it.each([
    "x GLOB 'SKU-[0-9][0-9][0-9]-[A-Z]'",
    "x GLOB '[^0-9]*'",
    "x GLOB '*@?*.[a-c]'",
    "x GLOB '[]a]?'",
    "x LIKE '%@%.com'",
    "x LIKE 'it''s_'",
  ])("gives different texts that match %s", (expression) => {
    const texts = patternTexts(expression, 3);
    expect(new Set(texts).size).toBeGreaterThan(1);
    for (const text of texts) expect([text, check(text, expression)]).toEqual([text, 1]);
  });

  it("gives nothing for an expression without a pattern", () => {
    expect(patternTexts("x IN ('a', 'b')", 0)).toEqual([]);
  });
});
