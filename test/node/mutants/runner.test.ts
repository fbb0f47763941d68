// The mutants fit the code as it is, so that a change of the code cannot quietly empty their lists.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { lists } from "../../mutants/lists.ts";
import { applyMutant, chooseMutants } from "../../mutants/runner.ts";

const root = join(import.meta.dirname, "../../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const mutant = { rule: "S0", file: "a.ts", find: "b", replace: "$&", tests: [] };

describe("applyMutant", () => {
  it("puts the replacement in as it is", () => {
    expect(applyMutant("abc", mutant)).toBe("a$&c");
  });

  it.each(["ac", "abbc"])("refuses %s, where the text is not there exactly once", (source) => {
    expect(() => applyMutant(source, mutant)).toThrow(/times, and not once/);
  });

  it.each(Object.entries(lists))(
    "finds every text of the list %s in the code, and its tests",
    (_name, mutants) => {
      for (const one of mutants) {
        expect(applyMutant(read(one.file), one)).not.toBe(read(one.file));
        expect(one.tests.filter((path) => !existsSync(join(root, path)))).toEqual([]);
        expect(one.tests.length).toBeGreaterThan(0);
      }
    },
  );
});

describe("chooseMutants", () => {
  it("chooses the same few each time, of different files", () => {
    const all = Object.values(lists).flat();
    const chosen = chooseMutants(all, 8, 1);
    expect(chosen).toEqual(chooseMutants(all, 8, 1));
    expect(new Set(chosen.map(({ file }) => file)).size).toBe(8);
    expect(chosen).not.toEqual(chooseMutants(all, 8, 2));
  });
});
