import { describe, expect, it } from "vitest";

import { buildHistory, type History } from "../../../../src/migrate/history/history.ts";
import { planDowngrade, planUpgrade, type Step } from "../../../../src/migrate/history/planner.ts";
import { readStatus } from "../../../../src/migrate/history/status.ts";
import { resolveTarget } from "../../../../src/migrate/history/target.ts";
import { applied, history, revision, type RevisionOptions } from "./revisions.ts";

const abc = history("a", "b", "c");

function target(of: History, names: readonly string[], text: string) {
  return resolveTarget(of, text, readStatus(of, applied(of, ...names)).current);
}

function upgrade(names: readonly string[], text: string, of = abc): string[] {
  return words(planUpgrade(of, applied(of, ...names), target(of, names, text)));
}

function downgrade(names: readonly string[], text: string, of = abc): string[] {
  return words(planDowngrade(of, applied(of, ...names), target(of, names, text)));
}

function words(steps: readonly Step[]): string[] {
  return steps.map(({ kind, revision: { tag } }) => `${kind} ${tag.slice(5)}`);
}

function historyWith(options: Readonly<Record<string, RevisionOptions>>): History {
  return buildHistory(["a", "b", "c"].map((name, at) => revision(name, at, options[name])));
}

describe("planUpgrade", () => {
  it.each([
    { has: [], to: "head", steps: ["upgrade a", "upgrade b", "upgrade c"] },
    { has: ["a"], to: "head", steps: ["upgrade b", "upgrade c"] },
    { has: ["a"], to: "b", steps: ["upgrade b"] },
    { has: ["a"], to: "+1", steps: ["upgrade b"] },
    { has: ["a", "b", "c"], to: "head", steps: [] },
    { has: ["a"], to: "a", steps: [] },
    { has: [], to: "base", steps: [] },
  ])("goes from $has to $to by $steps", ({ has, to, steps }) => {
    expect(upgrade(has, to)).toEqual(steps);
  });

  it("has nothing to do without a revision", () => {
    expect(upgrade([], "head", history())).toEqual([]);
  });

  it.each([
    { has: ["a", "b"], to: "a" },
    { has: ["a"], to: "base" },
  ])("refuses to go down from $has to $to", ({ has, to }) => {
    expect(() => upgrade(has, to)).toThrow(
      expect.objectContaining({
        code: "TARGET_NOT_REACHABLE",
        message: expect.stringContaining("downgrade"),
      }),
    );
  });

  it("refuses an older revision that is pending, and names it and the newest applied", () => {
    expect(() => upgrade(["a", "c"], "head")).toThrow(
      expect.objectContaining({
        code: "REVISION_SKIPPED",
        place: expect.objectContaining({ revision: "0001_b" }),
        details: expect.objectContaining({ current: "0002_c" }),
      }),
    );
  });

  it("refuses when an applied file was edited", () => {
    const rows = [{ hash: "f".repeat(64), when: 1000 }];
    expect(() => planUpgrade(abc, rows, target(abc, [], "head"))).toThrow(
      expect.objectContaining({
        code: "REVISION_EDITED",
        place: { revision: "0000_a", file: "drizzle/0000_a.sql" },
      }),
    );
  });

  it("refuses when the database has a revision that is not on disk", () => {
    const rows = [...applied(abc, "a", "b", "c"), { hash: "f".repeat(64), when: 4000 }];
    expect(() => planUpgrade(abc, rows, target(abc, [], "head"))).toThrow(
      expect.objectContaining({
        code: "REVISION_MISSING",
        details: { hash: "f".repeat(64), when: 4000, current: "0002_c" },
      }),
    );
  });

  it("refuses the whole plan when a later script must not be run", () => {
    const of = historyWith({ c: { up: "SELECT 1;\nCOMMIT;" } });
    expect(() => upgrade([], "head", of)).toThrow(
      expect.objectContaining({
        code: "REVISION_INVALID",
        place: { revision: "0002_c", statement: "COMMIT", file: "drizzle/0002_c.sql", line: 2 },
      }),
    );
    expect(upgrade([], "b", of)).toEqual(["upgrade a", "upgrade b"]);
  });

  it("does not mind the script of a revision that is applied already", () => {
    expect(upgrade(["a"], "b", historyWith({ a: { up: "VACUUM;" } }))).toEqual(["upgrade b"]);
  });
});

describe("planDowngrade", () => {
  it.each([
    { has: ["a", "b", "c"], to: "-1", steps: ["downgrade c"] },
    { has: ["a", "b", "c"], to: "base", steps: ["downgrade c", "downgrade b", "downgrade a"] },
    { has: ["a", "b"], to: "a", steps: ["downgrade b"] },
    { has: ["a", "b"], to: "b", steps: [] },
    { has: [], to: "base", steps: [] },
  ])("goes from $has to $to by $steps", ({ has, to, steps }) => {
    expect(downgrade(has, to)).toEqual(steps);
  });

  it("refuses to go up", () => {
    expect(() => downgrade(["a"], "head")).toThrow(
      expect.objectContaining({ code: "TARGET_NOT_REACHABLE", message: expect.stringContaining("upgrade") }),
    );
  });

  it("refuses to downgrade past a revision without a downgrade, and gives the reason", () => {
    const of = historyWith({ b: { down: "-- eaves:irreversible the passwords were hashed" } });
    expect(() => downgrade(["a", "b", "c"], "base", of)).toThrow(
      expect.objectContaining({
        code: "DOWNGRADE_IRREVERSIBLE",
        message: expect.stringContaining("the passwords were hashed"),
        place: expect.objectContaining({ revision: "0001_b" }),
      }),
    );
    expect(downgrade(["a", "b", "c"], "b", of)).toEqual(["downgrade c"]);
  });

  it("refuses a downgrade script that must not be run", () => {
    const of = historyWith({ c: { down: "BEGIN;\nDROP TABLE c;" } });
    expect(() => downgrade(["a", "b", "c"], "-1", of)).toThrow(
      expect.objectContaining({
        code: "REVISION_INVALID",
        place: expect.objectContaining({ file: "drizzle/0002_c.down.sql" }),
      }),
    );
  });

  it("refuses when something older is pending: only the top may be taken off", () => {
    expect(() => downgrade(["a", "c"], "-1")).toThrow(expect.objectContaining({ code: "REVISION_SKIPPED" }));
  });
});
