// How the code is broken. Whether the lists fit the code as it is, `npm run mutants` says itself.
import { describe, expect, it } from "vitest";

import { lists } from "../lists.ts";
import { applyMutant, chooseMutants } from "../runner.ts";

const mutant = { rule: "S0", file: "a.ts", find: "b", replace: "$&", tests: [] };

describe("applyMutant", () => {
  it("puts the replacement in as it is", () => {
    expect(applyMutant("abc", mutant)).toBe("a$&c");
  });

  it.each(["ac", "abbc"])("refuses %s, where the text is not there exactly once", (source) => {
    expect(() => applyMutant(source, mutant)).toThrow(/times, and not once/);
  });
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
