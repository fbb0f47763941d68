import { describe, expect, it } from "vitest";

import { buildHistory } from "../../../../src/migrate/history/history.ts";
import { findObstacles } from "../../../../src/migrate/history/obstacle.ts";
import {
  comesAfter,
  inOrder,
  isRowOf,
  isSameRow,
  positionOfNewest,
  recordOf,
} from "../../../../src/migrate/history/record.ts";
import type { Revision } from "../../../../src/migrate/history/revision.ts";
import { readStatus } from "../../../../src/migrate/history/status.ts";
import { revision } from "./revisions.ts";

const moment = Date.UTC(2026, 10, 23, 5, 27, 14);
const hash = "f".repeat(64);

/** A folder of 1.0; `milliseconds` tells it from others of its second. */
function folder(name: string, position: number, milliseconds = 0): Revision {
  const tag = `20261123052714_${name}`;
  return { ...revision(name, position, { tag, when: moment + milliseconds }), layout: "folders" };
}

describe("recordOf", () => {
  it("gives a folder's name, and the second in it", () => {
    expect(recordOf(folder("b", 1, 1))).toMatchObject({ when: moment, name: "20261123052714_b" });
  });

  it("gives no earlier time than a row of 0.31 has that is of the same second", () => {
    const row = (when: number) => ({ hash, when });
    expect(recordOf(folder("b", 1, 1), row(moment + 170)).when).toBe(moment + 170);
    expect(recordOf(folder("b", 1, 1), row(moment - 1)).when).toBe(moment);
    expect(recordOf(revision("b", 1, { when: moment + 1 }), row(moment + 170)).when).toBe(moment + 1);
  });

  it("gives a revision of the journal the name that drizzle-kit up would give its folder", () => {
    const journal = revision("add_bio", 3, { when: moment + 170 });
    expect(recordOf(journal)).toMatchObject({ when: moment + 170, name: "20261123052714_add_bio" });
  });
});

describe("isRowOf", () => {
  it.each([
    { what: "a folder by its name, whatever the time", row: { when: 5, name: "20261123052714_a" }, is: true },
    { what: "no folder of another name", row: { when: moment, name: "20261123052714_z" }, is: false },
    { what: "a folder by its second where there are no names", row: { when: moment + 999 }, is: true },
    { what: "no folder of another second", row: { when: moment + 1000 }, is: false },
    { what: "a folder by its second where no name is noted", row: { when: moment, name: null }, is: true },
  ])("finds $what", ({ row, is }) => {
    expect(isRowOf({ hash, ...row }, folder("a", 0))).toBe(is);
  });

  it("finds a revision of the journal by its time to the millisecond, or by the name drizzle 1.0 gave it", () => {
    const journal = revision("a", 0, { when: moment + 170 });
    expect(isRowOf({ hash, when: moment + 170 }, journal)).toBe(true);
    expect(isRowOf({ hash, when: moment }, journal)).toBe(false);
    expect(isRowOf({ hash, when: moment, name: "20261123052714_a" }, journal)).toBe(true);
  });
});

describe("comesAfter", () => {
  it("compares seconds of folders, and milliseconds of the journal", () => {
    const row = (when: number) => ({ hash, when });
    expect([-1000, 0, 999].map((late) => comesAfter(folder("b", 1), row(moment + late)))).toEqual([
      true,
      true,
      true,
    ]);
    expect(comesAfter(folder("b", 1), row(moment + 1000))).toBe(false);
    const journal = revision("b", 1, { when: moment });
    expect([-1, 0, 1].map((late) => comesAfter(journal, row(moment + late)))).toEqual([true, false, false]);
  });
});

describe("rows of one second", () => {
  it("are in the order of their names, wherever they are in the table", () => {
    const [older, one, other] = [revision("z", 0, { when: 5 }), folder("a", 1), folder("b", 2, 1)].map(
      (each) => recordOf(each),
    );
    const rows = [other, one, older].flatMap((row) => row ?? []);
    expect(inOrder(rows)).toEqual(rows.toReversed());
  });

  it("are told apart by their names, and counted", () => {
    const [one, other] = [folder("a", 0), folder("b", 1, 1)].map((each) => ({ ...recordOf(each), hash }));
    if (one === undefined || other === undefined) throw new TypeError("there are two rows");
    expect([isSameRow(one, { ...one }), isSameRow(one, other)]).toEqual([true, false]);
    const rows = [recordOf(folder("a", 0)), recordOf(folder("b", 1, 1))];
    expect([positionOfNewest(rows.slice(0, 1)), positionOfNewest(rows)]).toEqual([moment, moment + 1]);
    expect([positionOfNewest([]), positionOfNewest([one, one])]).toEqual([undefined, moment]);
    expect(positionOfNewest([{ hash: "0".repeat(64), when: 5 }, one])).toBe(moment);
  });
});

describe("findObstacles over folders", () => {
  const history = buildHistory([folder("a", 0), folder("b", 1, 1)]);
  const [a, b] = history.revisions.map((each) => recordOf(each));

  it("finds a folder that was renamed after it was applied", () => {
    if (a === undefined || b === undefined) throw new TypeError("there are two rows");
    const rows = [a, { ...b, name: "20261123052714_old" }];
    const [obstacle] = findObstacles(readStatus(history, rows));
    expect(obstacle).toMatchObject({ code: "REVISION_EDITED" });
    expect(obstacle?.message).toContain("applied under another name, 20261123052714_old");
  });

  it("finds a skipped one, which drizzle-kit 1.0 would apply", () => {
    const [obstacle] = findObstacles(readStatus(history, b === undefined ? [] : [b]));
    expect(obstacle).toMatchObject({ code: "REVISION_SKIPPED" });
    expect(obstacle?.message).toContain("drizzle-kit would apply it after what it was proven before");
    expect(obstacle?.message).toContain("Run `revision --rebase`");
  });
});
