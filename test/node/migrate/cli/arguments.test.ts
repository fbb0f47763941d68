import { describe, expect, it } from "vitest";
import { readArguments } from "../../../../src/migrate/cli/arguments.ts";

async function invocationOf(line: string): Promise<unknown> {
  const reading = await readArguments(line.split(" "));
  return reading.kind === "invocation" ? reading.invocation : reading;
}

describe("readArguments", () => {
  it.each([
    ["upgrade", { verb: "upgrade", target: "head", mode: "execute", json: false }],
    ["upgrade +2 --json", { verb: "upgrade", target: "+2", json: true }],
    ["--json upgrade", { verb: "upgrade", json: true }],
    ["upgrade bio --sql", { target: "bio", mode: "sql" }],
    ["upgrade --dry-run", { mode: "dry-run" }],
    ["downgrade -1", { verb: "downgrade", target: "-1", acceptNewerData: false }],
    ["downgrade -12 --accept newer-data", { target: "-12", acceptNewerData: true }],
    ["downgrade --json base", { target: "base", json: true }],
    [
      "current --dir other --database-url file:x.db --schema s.ts",
      { dir: "other", databaseUrl: "file:x.db", schema: "s.ts" },
    ],
    ["history", { verb: "history", target: undefined }],
    ["history 3", { target: "3" }],
    ["stamp base", { verb: "stamp", target: "base" }],
    ["check", { verb: "check", prove: false, explain: undefined }],
    ["check --explain DROPS_TABLE", { prove: false, explain: "DROPS_TABLE" }],
    ["check --prove", { prove: true }],
    ["adopt --dry-run", { verb: "adopt", mode: "dry-run" }],
    ["archive list", { verb: "archive", action: "list" }],
    ["archive prune", { action: "prune", target: undefined, olderThanMs: undefined }],
    ["archive prune 3 --older-than 30d", { target: "3", olderThanMs: 30 * 86_400_000 }],
    ["archive prune --older-than 12h", { olderThanMs: 12 * 3_600_000 }],
    [
      "revision -m text",
      { verb: "revision", message: "text", empty: false, archive: undefined, renames: undefined },
    ],
    ["revision -m text --archive", { archive: true }],
    ["revision -m text --no-archive --unproven --empty", { archive: false, unproven: true, empty: true }],
    ["revision -m text --rename a=b --rename u.c=u.d", { renames: ["a=b", "u.c=u.d"] }],
    ["revision -m text --no-rename", { renames: [] }],
  ])("reads %s", async (line, expected) => {
    expect(await invocationOf(line)).toMatchObject(expected);
  });

  it.each([
    ["", "No verb"],
    ["upgarde", "upgarde"],
    ["downgrade", "target"],
    ["downgrade -x", "-x"],
    ["downgrade base --accept everything", "newer-data"],
    ["upgrade head +1", "Too many arguments"],
    ["upgrade --sql --dry-run", "--sql"],
    ["revision", "--message"],
    ["archive prune --older-than soon", "30d"],
    ["archive", "archive"],
    ["current --unknown", "--unknown"],
  ])('takes "%s" for a mistake and says why', async (line, word) => {
    const reading = await readArguments(line === "" ? [] : line.split(" "));
    expect(reading).toMatchObject({ kind: "mistake" });
    expect(reading.kind === "mistake" && reading.message).toContain(word);
  });

  it.each(["--help", "help", "upgrade --help", "archive prune --help"])(
    "answers %s with help",
    async (line) => {
      const reading = await readArguments(line.split(" "));
      expect(reading.kind).toBe("help");
      expect(reading.kind === "help" && reading.text).toContain("Usage: db");
    },
  );
});
