// What wins where more than one thing would fit: meanings of a target, rows of a revision.
import { describe, expect, it } from "vitest";

import { writeHeadNotes } from "../../../../src/migrate/history/head-notes.ts";
import { buildHistory } from "../../../../src/migrate/history/history.ts";
import { readStatus } from "../../../../src/migrate/history/status.ts";
import { base, positionOf, resolveTarget } from "../../../../src/migrate/history/target.ts";
import { applied, history, revision } from "./revisions.ts";

function resolve(text: string, tags: readonly string[]): string | undefined {
  const of = buildHistory(tags.map((tag, at) => revision("x", at, { tag })));
  return of.revisions[positionOf(resolveTarget(of, text, undefined))]?.tag;
}

describe("resolveTarget", () => {
  it.each([
    { text: "add", tags: ["add_more", "add"], means: "add", what: "the whole tag to its beginning" },
    {
      text: "add",
      tags: ["0000_add_more", "0001_add"],
      means: "0001_add",
      what: "the whole name to a part of it",
    },
    {
      text: "2025",
      tags: ["2024_of_2025", "20250101_a"],
      means: "20250101_a",
      what: "a beginning to another part",
    },
  ])("prefers $what", ({ text, tags, means }) => {
    expect(resolve(text, tags)).toBe(means);
  });

  it("finds a part of a tag in upper case by lower case", () => {
    expect(resolve("addbio", ["0000_AddBio", "0001_other"])).toBe("0000_AddBio");
  });

  it("has base before the first revision", () => {
    expect(positionOf(base)).toBe(-1);
  });
});

describe("readStatus", () => {
  const ab = history("a", "b");

  it("gives a revision its own row where another one has the same time", () => {
    const stray = { hash: "f".repeat(64), when: 1000 };
    const { states } = readStatus(ab, [...applied(ab, "a"), stray]);
    expect(states).toMatchObject([
      { status: "applied", revision: { tag: "0000_a" } },
      { status: "pending", revision: { tag: "0001_b" } },
      { status: "missing", applied: stray },
    ]);
  });

  it("finds the newest row wherever it stands", () => {
    expect(readStatus(ab, applied(ab, "b", "a")).top?.when).toBe(2000);
  });
});

describe("writeHeadNotes", () => {
  it("takes a note away with its line, and no more", () => {
    expect(writeHeadNotes("-- eaves:class exact\n\n  -- by hand\nSELECT 1;", [])).toBe(
      "\n  -- by hand\nSELECT 1;",
    );
  });
});
