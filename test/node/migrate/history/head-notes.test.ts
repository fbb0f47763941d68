import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { readHeadNote, readHeadNotes, writeHeadNotes } from "../../../../src/migrate/history/head-notes.ts";
import { readScriptText } from "../../../../src/migrate/history/script-text.ts";
import { count, seed } from "../../../support/tier.ts";

describe("readHeadNotes", () => {
  it("reads the tool's lines in front of the first statement only", () => {
    const text =
      "-- by hand\n-- eaves:class exact\r\n--eaves: removes users.bio\nSELECT 1;\n-- eaves:class unknown\n";
    expect(readHeadNotes(text)).toEqual([
      { key: "class", value: "exact" },
      { key: "removes", value: "users.bio" },
    ]);
    expect(readHeadNote(text, "class")).toBe("exact");
    expect(readHeadNote(text, "proof")).toBeUndefined();
  });

  it("sees no note in other comments", () => {
    expect(readHeadNotes("-- see eaves:class\n-- Eaves: 3\n/* eaves:class exact */\n")).toEqual([]);
  });
});

describe("writeHeadNotes", () => {
  it("puts notes in place of those that are there, and keeps other comments", () => {
    const text = "-- eaves:class unknown\n-- by hand\n-- eaves:proof none\nSELECT 1;\n";
    const written = writeHeadNotes(text, [{ key: "class", value: "exact" }]);
    expect(written).toBe("-- eaves:class exact\n-- by hand\nSELECT 1;\n");
  });

  it("takes all notes away when there are none to write", () => {
    expect(writeHeadNotes("-- eaves:class exact\nSELECT 1;", [])).toBe("SELECT 1;");
  });

  it("never turns a value into statements, nor into a marker of drizzle-kit's", () => {
    const value = "a\nDROP TABLE users;\r\n--> statement-breakpoint\nb\u2028c";
    const written = writeHeadNotes("SELECT 1;", [{ key: "reason", value }]);
    expect(readScriptText(written).statements.map(({ sql }) => sql)).toEqual(["SELECT 1"]);
    expect(written.split("--> statement-breakpoint")).toHaveLength(1);
  });

  it("writes what it reads back, and leaves the statements alone, whatever is noted", () => {
    const unit = fc.oneof(
      fc.string({ maxLength: 1 }),
      fc.constantFrom(
        "\n",
        "\r",
        "\0",
        "\\",
        "n",
        " ",
        "\u2028",
        ";",
        "--",
        ">",
        "é",
        "--> statement-breakpoint",
      ),
    );
    const value = fc.array(unit, { maxLength: 8 }).map((units) => units.join(""));
    const note = fc.record({ key: fc.constantFrom("class", "removes", "a-b"), value });
    fc.assert(
      fc.property(fc.array(note, { maxLength: 5 }), (notes) => {
        const written = writeHeadNotes("SELECT 1;\n", notes);
        const read = readHeadNotes(written);
        expect(read).toEqual(notes.map(({ key, value: noted }) => ({ key, value: noted.trim() })));
        expect(writeHeadNotes(written, read)).toBe(written);
        expect(written).not.toContain("--> statement-breakpoint");
        expect(readScriptText(written).statements).toEqual([{ sql: "SELECT 1", line: notes.length + 1 }]);
      }),
      { seed: seed(), numRuns: count({ quick: 300, long: 10_000 }) },
    );
  });
});
