// Every change of the matrix at every place, up, down and up again with rows, compared by an oracle of its own.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allChanges } from "../../../fixtures/schema-changes/all-changes.ts";
import { type Cell, fillCell, tryDrizzle } from "./cell.ts";
import type { Dialect } from "./drizzle-diff.ts";
import { openPlace, type Place } from "./place.ts";
import { scoreRows } from "./score.ts";
import { type Line, writeTables } from "./table.ts";
import { expectedStructure, prepareChange } from "./trial.ts";
import { isLong } from "../../../support/tier.ts";

const dialects: readonly Dialect[] = isLong() ? ["sqlite", "turso"] : [];
const kinds: readonly Place["kind"][] = isLong() ? ["server", "file"] : ["server"];
const timeout = isLong() ? 120_000 : 30_000;
const places = new Map<string, Place>();
const lines: Line[] = [];

beforeAll(async () => {
  for (const kind of ["server", "file"] as const) places.set(kind, await openPlace(kind));
});

afterAll(async () => {
  for (const place of places.values()) await place.close();
});

function placeOf(kind: Place["kind"]): Place {
  const place = places.get(kind);
  if (place === undefined) throw new Error(`there is no ${kind}`);
  return place;
}

describe("the schema-change matrix", () => {
  it.each(allChanges)("$name: proven up, down and up again", { timeout }, async (change) => {
    const file = placeOf("file");
    const prepared = await prepareChange(change);
    const expected = await expectedStructure(file, prepared);
    const cells = new Map<string, Cell>();
    for (const kind of kinds) {
      const own = await fillCell(placeOf(kind), prepared, expected, "rewrite");
      cells.set(`rewrite on ${kind}`, own);
      for (const dialect of dialects) {
        cells.set(`${dialect} on ${kind}`, await fillCell(placeOf(kind), prepared, expected, dialect, own));
      }
    }
    const drizzle: string[] = [];
    for (const dialect of dialects) drizzle.push(await tryDrizzle(file, prepared, expected, dialect));
    lines.push({ change, cells, drizzle });
    const faults = [...cells].flatMap(([name, cell]) => cell.faults.map((fault) => `${name}: ${fault}`));
    expect(faults).toEqual([]);
  });

  it("has every change that the original was scored by, and passes them by its rubric", () => {
    const scored = scoreRows(lines);
    expect(scored.filter(({ ours }) => ours !== "ok")).toEqual([]);
    expect(scored).toHaveLength(64);
  });

  it.runIf(isLong())("stands in the migration chapter as this run has found it", async () => {
    expect(lines).toHaveLength(allChanges.length);
    await writeTables(lines);
  });
});
