import { describe, expect, it } from "vitest";
import { compareContents, type ContentsComparison } from "../../../../src/migrate/proof/row-comparison.ts";
import type { Contents } from "../../../../src/migrate/proof/row-reading.ts";
import type { Capture } from "../../../../src/migrate/schema/capture.ts";
import { noRenames } from "../../../../src/migrate/schema/change.ts";

/** Of columns that take every value as it is. */
const affinities = ["blob", "blob"] as const;

/** Contents of a table `a` with the columns `id` and `v`, each row given by its literals. */
function contents(rows: readonly (readonly [string, string])[], more: Partial<Contents> = {}): Contents {
  const table = { name: "a", columns: ["id", "v"], affinities, computed: [], rows };
  return {
    tables: new Map([["a", table]]),
    sequences: new Map(),
    violations: new Map(),
    damage: [],
    ...more,
  };
}

function capture(type: string, notNull = false): Capture {
  const column = { defaultValue: null, primaryKey: 0, generated: "no" as const };
  const columns = [
    { ...column, name: "id", type: "integer", notNull: false },
    { ...column, name: "v", type, notNull },
  ];
  const sql = "CREATE TABLE a (id integer PRIMARY KEY AUTOINCREMENT, v)";
  return {
    objects: [],
    tables: [{ name: "a", sql, kind: "table", withoutRowid: false, strict: false, columns }],
  };
}

function compare(
  before: Contents,
  after: Contents,
  changes: Partial<Omit<ContentsComparison, "before" | "after">> = {},
): string[] {
  return compareContents({
    before,
    after,
    capture: capture("text"),
    renames: noRenames,
    removals: [],
    exact: false,
    ...changes,
  });
}

const conversion = [{ kind: "conversion" as const, table: "a", column: "v" }];

describe("compareContents", () => {
  it("finds nothing where the same rows stand in another order", () => {
    expect(
      compare(
        contents([
          ["1", "X'00'"],
          ["2", "NULL"],
        ]),
        contents([
          ["2", "NULL"],
          ["1", "X'00'"],
        ]),
      ),
    ).toEqual([]);
  });

  it("counts lost rows", () => {
    expect(
      compare(
        contents([
          ["1", "5"],
          ["2", "6"],
        ]),
        contents([["1", "5"]]),
      ),
    ).toEqual(["a lost 1 of 2 rows"]);
  });

  it("tells values of another type apart, and names the column only", () => {
    expect(compare(contents([["1", "5"]]), contents([["1", "5.0"]]))).toEqual(["a: 1 of 1 rows changed (v)"]);
  });

  it("sees values that moved to another row", () => {
    const faults = compare(
      contents([
        ["1", "5"],
        ["2", "6"],
      ]),
      contents([
        ["1", "6"],
        ["2", "5"],
      ]),
    );
    expect(faults).toEqual(["a: 2 of 2 rows changed (values swapped between rows)"]);
  });

  it("minds rows too many only where all has to be as before", () => {
    const [before, after] = [
      contents([["1", "5"]]),
      contents([
        ["1", "5"],
        ["2", "6"],
      ]),
    ];
    expect(compare(before, after)).toEqual([]);
    expect(compare(before, after, { exact: true })).toEqual(["a has 1 rows more than before"]);
  });

  it.each([
    ["CAST(x'303037' AS TEXT)", "integer", "7", []],
    ["CAST(x'303037' AS TEXT)", "integer", "CAST(x'303037' AS TEXT)", ["a: 1 of 1 rows changed (v)"]],
    ["CAST(x'616263' AS TEXT)", "integer", "CAST(x'616263' AS TEXT)", []],
    ["7", "text", "CAST(x'37' AS TEXT)", []],
    ["7", "text", "7", ["a: 1 of 1 rows changed (v)"]],
    ["1.0e+300", "integer", "1e300", []],
    ["7", "real", "7.0", []],
    ["X'37'", "integer", "X'37'", []],
    ["9223372036854775807", "integer", "9223372036854775807", []],
  ])("expects %s in a column that is now %s as %s", (before, type, after, faults) => {
    const options = { capture: capture(type), removals: conversion };
    expect(compare(contents([["1", before]]), contents([["1", after]]), options)).toEqual(faults);
  });

  it("lets a NULL be filled, but neither be left nor the other values be touched", () => {
    const options = { capture: capture("text", true), removals: conversion };
    const before = contents([
      ["1", "NULL"],
      ["2", "CAST(x'61' AS TEXT)"],
    ]);
    expect(
      compare(
        before,
        contents([
          ["1", "CAST(x'' AS TEXT)"],
          ["2", "CAST(x'61' AS TEXT)"],
        ]),
        options,
      ),
    ).toEqual([]);
    expect(
      compare(
        before,
        contents([
          ["1", "NULL"],
          ["2", "CAST(x'61' AS TEXT)"],
        ]),
        options,
      ),
    ).toEqual(["a.v is NOT NULL and has 1 NULLs"]);
    expect(
      compare(
        before,
        contents([
          ["1", "CAST(x'' AS TEXT)"],
          ["2", "CAST(x'62' AS TEXT)"],
        ]),
        options,
      ),
    ).toEqual(["a: values changed (v)"]);
  });

  it("follows renames", () => {
    const renames = { tables: [{ from: "a", to: "b" }], columns: [{ table: "b", from: "v", to: "w" }] };
    const after = { name: "b", columns: ["id", "w"], affinities, computed: [], rows: [["1", "5"]] };
    const [table] = capture("text").tables;
    if (table === undefined) throw new Error("no table");
    const renamed = { objects: [], tables: [{ ...table, name: "b" }] };
    const now = { ...contents([]), tables: new Map([["b", after]]) };
    expect(compare(contents([["1", "5"]]), now, { renames, capture: renamed })).toEqual([]);
    expect(compare(contents([["1", "6"]]), now, { renames, capture: renamed })).toEqual([
      "a: 1 of 1 rows changed (v)",
    ]);
  });

  it("minds broken foreign keys that are new, and counters that moved", () => {
    const before = contents([], { violations: new Map([["a to p", 1]]), sequences: new Map([["a", "9"]]) });
    const after = contents([], { violations: new Map([["a to p", 3]]), sequences: new Map([["a", "2"]]) });
    expect(compare(before, after)).toEqual([
      "2 rows of a to p break their foreign key",
      "the AUTOINCREMENT counter of a was 9 and is 2",
    ]);
    expect(compare(before, before)).toEqual([]);
  });
});
