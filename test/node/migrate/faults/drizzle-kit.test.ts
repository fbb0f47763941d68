// The faults of drizzle-kit 0.31 in what it generates: each shown first with plain drizzle, then with the tool.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allChanges } from "../../../fixtures/schema-changes/all-changes.ts";
import { fillCell } from "../matrix/cell.ts";
import type { Dialect } from "../matrix/drizzle-diff.ts";
import { openPlace, type Place } from "../matrix/place.ts";
import { expectedStructure, prepareChange } from "../matrix/trial.ts";
import { type Way, watchDrizzle } from "./plain-drizzle.ts";

interface Fault {
  readonly number: number;
  readonly title: string;
  /** A change of the matrix. */
  readonly change: string;
  readonly dialect: Dialect;
  readonly way?: Way;
  /** What is seen of it. */
  readonly shows: RegExp;
}

const faults: readonly Fault[] = [
  {
    number: 1,
    title: "a parent that is rebuilt in a transaction loses its ON DELETE CASCADE children",
    change: "parent rebuild with CASCADE child",
    dialect: "sqlite",
    way: "transaction",
    shows: /values: c had 6 rows, has [01]\b/,
  },
  {
    number: 2,
    title: "of two rebuilds the second runs with foreign keys on",
    change: "rebuild two tables, the child first",
    dialect: "sqlite",
    way: "one by one",
    shows: /values: c had 6 rows, has [01]\b/,
  },
  {
    number: 3,
    title: "the parent is dropped before its child has lost the foreign key",
    change: "drop parent table + FK of cascade child in one migration",
    dialect: "sqlite",
    way: "transaction",
    shows: /values: c had 6 rows, has [01]\b/,
  },
  {
    number: 4,
    title: "an added column loses the action of its reference",
    change: "add column references onDelete cascade",
    dialect: "sqlite",
    shows: /schema: table c: .*set null cascade.*no action no action/,
  },
  {
    number: 5,
    title: "the table that an added column refers to is not quoted",
    change: "add column that refers to a table named order",
    dialect: "sqlite",
    shows: /fails: .*near "order"/,
  },
  {
    number: 6,
    title: "a new column is copied from the table that lacks it",
    change: "add column + rebuild (check added)",
    dialect: "sqlite",
    shows: /fails: .*no such column: "?b/,
  },
  {
    number: 7,
    title: "a rename is lost where the table is rebuilt",
    change: "rename + add + drop + set notnull (rebuild)",
    dialect: "sqlite",
    shows: /fails: .*no such column: "?a2/,
  },
  {
    number: 8,
    title: "a table that a view reads is rebuilt under the view",
    change: "rebuild table that has a view",
    dialect: "sqlite",
    shows: /fails: .*error in view v/,
  },
  {
    number: 9,
    title: "a view goes only after the column that it reads",
    change: "drop column used in view (view changed too)",
    dialect: "sqlite",
    shows: /fails: .*error in view v after drop column/,
  },
  {
    number: 10,
    title: "a generated column is copied",
    change: "rebuild table that has generated column",
    dialect: "sqlite",
    shows: /fails: .*cannot INSERT into generated column/,
  },
  {
    number: 11,
    title: "a stored generated column is forgotten: the statement is empty",
    change: "add column generated stored",
    dialect: "sqlite",
    shows: /fails: .*not an error/,
  },
  {
    number: 12,
    title: "a default that is no constant is added by ADD COLUMN",
    change: "add column default expr (unixepoch())",
    dialect: "sqlite",
    shows: /fails: .*non-constant default/,
  },
  {
    number: 13,
    title: "NOT NULL without a default is added by ADD COLUMN",
    change: "add column not null no default",
    dialect: "sqlite",
    shows: /fails: .*NOT NULL column with default value NULL/,
  },
  {
    number: 14,
    title: "sqlite: SET NOT NULL fails over NULLs that have a default",
    change: "set NOT NULL + default with NULL rows",
    dialect: "sqlite",
    shows: /fails: .*NOT NULL constraint failed/,
  },
  {
    number: 15,
    title: "turso: SET NOT NULL leaves NULLs",
    change: "set NOT NULL + default with NULL rows",
    dialect: "turso",
    shows: /values: .*NULL is left in a NOT NULL column/,
  },
  {
    number: 16,
    title: "turso: falsy defaults are lost",
    change: "set NOT NULL beside falsy defaults",
    dialect: "turso",
    shows: /schema: table t: wants \[.*default 0/,
  },
  {
    number: 17,
    title: "turso: stored values keep their old type",
    change: "change type text->integer",
    dialect: "turso",
    shows: /values: t\.a of .*text:.* became text:/,
  },
  {
    number: 18,
    title: "turso: a new index of an altered table is dropped before it is made",
    change: "add index + alter column in same table",
    dialect: "turso",
    shows: /fails: .*no such index: ix/,
  },
  {
    number: 19,
    title: "turso: the index of a new table is missing beside an altered one",
    change: "alter col + create new table with index",
    dialect: "turso",
    shows: /index uix is missing/,
  },
  {
    number: 20,
    title: "expression and DESC indexes come back as columns",
    change: "alter col with expression/desc index present",
    dialect: "sqlite",
    shows: /fails: .*no such column: "?lower/,
  },
  {
    number: 21,
    title: "an expression with a comma is taken apart",
    change: "add expression index w/ comma",
    dialect: "sqlite",
    shows: /fails: .*no such column: "?coalesce/,
  },
  {
    number: 22,
    title: "the table's name is replaced within literals of a CHECK",
    change: 'check literal containing "<table>." (table user)',
    dialect: "sqlite",
    shows: /schema: table user: .*root@user\.com.*root@__new_user/,
  },
  {
    number: 23,
    title: "turso: a column with a foreign key cannot be dropped",
    change: "drop column referenced by FK (child fk col)",
    dialect: "turso",
    shows: /fails: .*unknown column "pid" in foreign key/,
  },
  {
    number: 24,
    title: "turso: a foreign key outlives its removal beside renames",
    change: "rename table + column + drop foreign key",
    dialect: "turso",
    shows: /schema: table c: .*has \[.*key x2? p id/,
  },
  {
    number: 25,
    title: "the counter of AUTOINCREMENT is set back",
    change: "rebuild autoincrement table (sequence kept?)",
    dialect: "sqlite",
    shows: /values: the counter of t was/,
  },
  {
    number: 26,
    title: "a trigger is lost in a rebuild",
    change: "NOT NULL on table with trigger",
    dialect: "sqlite",
    shows: /trigger tr is missing/,
  },
  {
    number: 26,
    title: "an index made by hand is lost in a rebuild",
    change: "rebuild with a hand-made index",
    dialect: "sqlite",
    shows: /by_hand is missing/,
  },
  {
    number: 26,
    title: "a collation is lost in a rebuild",
    change: "NOT NULL on table with COLLATE NOCASE",
    dialect: "sqlite",
    shows: /collate a nocase/,
  },
  {
    number: 26,
    title: "STRICT is lost in a rebuild",
    change: "rebuild STRICT table",
    dialect: "sqlite",
    shows: /strict 1/,
  },
  {
    number: 27,
    title: "a generated column that becomes plain loses its values",
    change: "drop generated (become plain)",
    dialect: "sqlite",
    shows: /values: t\.g of .* became null/,
  },
  {
    number: 28,
    title: "a foreign key is added over rows that break it",
    change: "add FK with violating rows",
    dialect: "sqlite",
    shows: /^orphans: \d+$/,
  },
  {
    number: 29,
    title: "columns stand in another order than in the snapshot",
    change: "rename + add + drop in one table",
    dialect: "sqlite",
    shows: /^order: t: columns/,
  },
];

let place: Place;

beforeAll(async () => {
  place = await openPlace("file");
});

afterAll(() => place.close());

describe("drizzle-kit generate", () => {
  it.each(faults)(
    "$number: $title; the tool is right",
    async ({ change: name, dialect, way = "migrator", shows }) => {
      const change = allChanges.find((candidate) => candidate.name === name);
      if (change === undefined) throw new Error(`no change is called ${name}`);
      const prepared = await prepareChange(change);
      const expected = await expectedStructure(place, prepared);
      expect(await watchDrizzle(place, prepared, expected, { dialect, way })).toMatch(shows);
      const cell = await fillCell(place, prepared, expected, dialect);
      expect(cell.faults).toEqual([]);
    },
  );

  it("has every one of the faults 1 to 29", () => {
    expect(new Set(faults.map(({ number }) => number)).size).toBe(29);
  });
});
