import { describe, expect, it } from "vitest";

import { buildHistory } from "../../../../src/migrate/history/history.ts";
import { isReversible, parseChecksum, parseTag } from "../../../../src/migrate/history/revision.ts";
import { history, revision } from "./revisions.ts";

describe("buildHistory", () => {
  it("knows its head", () => {
    expect(history("a", "b").head?.tag).toBe("0001_b");
    expect(history().head).toBeUndefined();
  });

  it.each([
    { what: "tag", second: { tag: "0000_a" }, code: "REVISION_DUPLICATE" },
    { what: "idx", second: { index: 0 }, code: "REVISION_DUPLICATE" },
    { what: "when", second: { when: 1000 }, code: "REVISION_DUPLICATE" },
    { what: "gap in idx", second: { index: 2 }, code: "REVISION_OUT_OF_ORDER" },
    { what: "older when", second: { when: 999 }, code: "REVISION_OUT_OF_ORDER" },
  ])("refuses a second revision with the same or a wrong $what", ({ second, code }) => {
    const revisions = [revision("a", 0), revision("b", 1, second)];
    expect(() => buildHistory(revisions)).toThrow(expect.objectContaining({ code }));
  });

  it("refuses entries in another order than their idx", () => {
    const revisions = [revision("b", 1), revision("a", 0)];
    expect(() => buildHistory(revisions)).toThrow(
      expect.objectContaining({ code: "REVISION_OUT_OF_ORDER", details: { expected: 0, found: 1 } }),
    );
  });

  it("tells an older when from which on it would be right", () => {
    const revisions = [revision("a", 0), revision("b", 1, { when: 5 })];
    expect(() => buildHistory(revisions)).toThrow(
      expect.objectContaining({ details: { previous: "0000_a", expected: 1001, found: 5 } }),
    );
  });
});

describe("isReversible", () => {
  it.each([
    { what: "a downgrade script", down: "DROP TABLE a;", reversible: true },
    { what: "a script that has nothing to undo", down: "SELECT 1;", reversible: true },
    {
      what: "a script that begins by switching foreign keys",
      down: "PRAGMA foreign_keys=OFF;\nDROP TABLE a;",
      reversible: true,
    },
    { what: "one that only switches foreign keys", down: "PRAGMA foreign_keys=OFF;", reversible: false },
    { what: "no downgrade script", down: null, reversible: false },
    { what: "an empty one", down: "-- nothing yet\n", reversible: false },
    { what: "one that says so", down: "-- eaves:irreversible\n", reversible: false },
    {
      what: "one that says so and has statements",
      down: "-- eaves:irreversible x\nDROP TABLE a;",
      reversible: false,
    },
  ])("is $reversible for a revision with $what", ({ down, reversible }) => {
    expect(isReversible(revision("a", 0, { down }))).toBe(reversible);
  });
});

describe("parseTag", () => {
  it.each(["0000_a", "20240131120000_init", "0003_add bio", "init"])("takes %j", (text) => {
    expect(parseTag(text)).toBe(text);
  });

  it.each(["", "../0000_a", "a/b", "a\\b", ".hidden", "a\nb", "0000_a.down"])("refuses %j", (text) => {
    expect(() => parseTag(text)).toThrow(TypeError);
  });
});

describe("parseChecksum", () => {
  it("takes a SHA-256 in lower-case hex only", () => {
    expect(parseChecksum("a".repeat(64))).toBe("a".repeat(64));
    for (const text of ["", "A".repeat(64), "a".repeat(63), "a".repeat(65)]) {
      expect(() => parseChecksum(text)).toThrow(TypeError);
    }
  });
});
