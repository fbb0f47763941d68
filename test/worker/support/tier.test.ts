// That the tier and the seed reach tests inside workerd.
import { describe, expect, inject, it } from "vitest";

import { count, seed } from "../../support/tier.ts";

describe("count", () => {
  it("is the count of the tier that runs", () => {
    const expected = inject("tier") === "long" ? 100 : 10;
    expect(count({ quick: 10, long: 100 })).toBe(expected);
  });
});

describe("seed", () => {
  it("is the same in every run", () => {
    expect(seed()).toBe(20_261_101);
  });
});
