import { describe, expect, it } from "vitest";
import { readAllowances, writeAllowance } from "../../../../src/migrate/history/hazard-allowance.ts";
import { readScriptText } from "../../../../src/migrate/history/script-text.ts";

const drop = "ALTER TABLE users DROP COLUMN bio;";

describe("readAllowances", () => {
  it.each([
    ["in the head", `-- eaves:allow DROPS_COLUMN nobody reads it\n${drop}`, 1],
    [
      "between statements",
      `SELECT 1;\n--> statement-breakpoint\n-- eaves:allow DROPS_COLUMN nobody reads it\n${drop}`,
      3,
    ],
    ["at the end, without a line end", `${drop}\n-- eaves:allow DROPS_COLUMN nobody reads it`, 2],
    ["indented and spaced", `\n  --  eaves: allow   DROPS_COLUMN   nobody reads it  \n${drop}`, 2],
    ["with CRLF", `${drop}\r\n-- eaves:allow DROPS_COLUMN nobody reads it\r\n`, 2],
    ["behind another comment", `/* a\nb */ \n-- eaves:allow DROPS_COLUMN nobody reads it\n${drop}`, 3],
  ])("reads a line %s", (_, text, line) => {
    expect(readAllowances(text)).toEqual({
      allowances: [{ code: "DROPS_COLUMN", reason: "nobody reads it", line }],
      faults: [],
    });
  });

  it("reads what writeAllowance writes, and several lines", () => {
    const text = `${writeAllowance("DROPS_TABLE", "old")}\n${writeAllowance("RENAMES_TABLE", "planned: at night")}\n`;
    expect(readAllowances(text).allowances).toMatchObject([
      { code: "DROPS_TABLE", reason: "old", line: 1 },
      { code: "RENAMES_TABLE", reason: "planned: at night", line: 2 },
    ]);
  });

  it.each([
    ["a text literal", "INSERT INTO t VALUES ('\n-- eaves:allow DROPS_COLUMN why\n');"],
    ["a block comment", `/*\n-- eaves:allow DROPS_COLUMN why\n*/\n${drop}`],
    ["another note", `-- eaves:allows DROPS_COLUMN why\n-- eaves:allow-list x\n${drop}`],
    ["prose", `-- write eaves:allow DROPS_COLUMN why\n${drop}`],
  ])("takes %s for none", (_, text) => {
    expect(readAllowances(text)).toEqual({ allowances: [], faults: [] });
  });

  it.each([
    ["no code", "-- eaves:allow", /names no code and no reason; write `-- eaves:allow DROPS_COLUMN /],
    ["no reason", "-- eaves:allow DROPS_COLUMN", /`eaves:allow DROPS_COLUMN` gives no reason/],
    [
      "an unknown code",
      "-- eaves:allow DROPS_COLUM old",
      /names DROPS_COLUM, which is no hazard; the codes are DROPS_TABLE,/,
    ],
    ["a code in small letters", "-- eaves:allow drops_column old", /names drops_column, which is no hazard/],
    [
      "what no server runs",
      "-- eaves:allow TRANSACTION_STATEMENT old",
      /TRANSACTION_STATEMENT cannot be allowed/,
    ],
    ["a statement before it", "SELECT 1; -- eaves:allow DROPS_COLUMN old", /give it a line of its own/],
  ])("says what is wrong with %s, and where", (_, text, message) => {
    const fault = {
      message: expect.stringMatching(message),
      statement: expect.stringMatching(/^-- eaves:allow/),
      line: 2,
    };
    expect(readAllowances(`\n${text}\n`)).toEqual({ allowances: [], faults: [fault] });
    expect(readScriptText(`\n${text}\n`).faults).toEqual([fault]);
  });
});
