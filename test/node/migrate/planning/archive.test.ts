// What a revision removes, and the copies that keep it.
import { describe, expect, it } from "vitest";

import { findRemovals } from "../../../../src/migrate/planning/archive.ts";
import { planArchives } from "../../../../src/migrate/planning/archive-plan.ts";
import { noRenames, type Renames } from "../../../../src/migrate/schema/change.ts";
import { capture } from "./captures.ts";

const id = "id INTEGER PRIMARY KEY";
const table = (columns: string) => `CREATE TABLE t (${columns})`;

function removals(
  before: readonly string[],
  after: readonly string[],
  renames: Renames = noRenames,
): string[] {
  return findRemovals(capture(...before), capture(...after), renames).map(({ kind, table: name, column }) =>
    [kind, name, column ?? ""].join(" ").trim(),
  );
}

describe("findRemovals", () => {
  it.each([
    ["a column", `${id}, x text`, id, ["column t x"]],
    ["a type", `${id}, x text`, `${id}, x int`, ["conversion t x"]],
    ["a type that stores alike", `${id}, x int`, `${id}, x numeric`, []],
    ["a type that takes anything", `${id}, x int`, `${id}, x blob`, []],
    ["NULLs that are filled", `${id}, x text`, `${id}, x text DEFAULT '' NOT NULL`, ["conversion t x"]],
    ["NULLs that stand in the way", `${id}, x text`, `${id}, x text NOT NULL`, []],
    ["a default alone", `${id}, x text`, `${id}, x text DEFAULT ''`, []],
    ["values that are computed from now on", `${id}, x int`, `${id}, x int AS (id)`, ["column t x"]],
    ["values that were computed", `${id}, x int AS (id)`, id, []],
    ["values that are no longer computed", `${id}, x int AS (id) STORED`, `${id}, x text`, []],
  ])("finds %s", (_what, before, after, expected) => {
    expect(removals([table(before)], [table(after)])).toEqual(expected);
  });

  it("finds tables, but no full-text index over another table", () => {
    const index = "CREATE VIRTUAL TABLE f USING fts5(x, content='t')";
    expect(removals([table(id), index], [])).toEqual(["table t"]);
    for (const content of ["", ", content=''"])
      expect(removals([`CREATE VIRTUAL TABLE f USING fts5(x${content})`], [])).toEqual(["table f"]);
  });

  it("names what goes as it was called before", () => {
    const renames = {
      tables: [{ from: "t", to: "u" }],
      columns: [{ table: "u", from: "x", to: "y" }],
    };
    expect(removals([table(`${id}, x text, z int`)], [`CREATE TABLE u (${id}, y int)`], renames)).toEqual([
      "column t z",
      "conversion t x",
    ]);
  });
});

describe("planArchives", () => {
  function archived(before: readonly string[], after: readonly string[]) {
    const { opening, closing, impossible } = planArchives(
      capture(...before),
      capture(...after),
      noRenames,
      "0001_x",
    );
    return [...opening, ...closing].map(({ sql }) => sql).concat(impossible.map(({ reason }) => reason));
  }

  it("numbers the copies, and keeps the rowid and the counter that a table has", () => {
    const gone = [
      "CREATE TABLE a (x int, y AS (x))",
      "CREATE TABLE b (id INTEGER PRIMARY KEY AUTOINCREMENT)",
      "CREATE TABLE c (k text PRIMARY KEY) WITHOUT ROWID",
    ];
    expect(archived(gone, [])).toEqual([
      "CREATE TABLE `__eaves_archive_0001_x_1` AS SELECT rowid AS `__rowid`, `x` FROM `a`",
      "CREATE TABLE `__eaves_archive_0001_x_2` AS SELECT `id` FROM `b`",
      "CREATE TABLE `__eaves_archive_0001_x_2_sequence` AS SELECT seq FROM sqlite_sequence WHERE name = 'b'",
      "CREATE TABLE `__eaves_archive_0001_x_3` AS SELECT `k` FROM `c`",
    ]);
  });

  it("reads the rowid by a name that no column has", () => {
    expect(archived(["CREATE TABLE a (rowid text)"], [])).toEqual([
      "CREATE TABLE `__eaves_archive_0001_x_1` AS SELECT _rowid_ AS `__rowid`, `rowid` FROM `a`",
    ]);
  });

  it("keeps what a conversion made of a value, by a key that may be converted itself", () => {
    const name = "`__eaves_archive_0001_x_1`";
    const made = archived([table(`${id}, x text`)], [table("id text PRIMARY KEY NOT NULL, x int")]);
    expect(made.slice(0, 3)).toEqual([
      `CREATE TABLE ${name} (\`__after_id\` TEXT NOT NULL, \`id\` INTEGER, \`x\` TEXT, \`__after_x\`, PRIMARY KEY (\`__after_id\`)) WITHOUT ROWID`,
      `INSERT INTO ${name} (\`__after_id\`, \`id\`, \`x\`) SELECT \`id\`, \`id\`, \`x\` FROM \`t\` ORDER BY +\`id\``,
      `UPDATE ${name} SET \`__after_x\` = (SELECT now.\`x\` FROM \`t\` AS now WHERE now.\`id\` = ${name}.\`__after_id\`)`,
    ]);
  });

  it("gives the key of the copy the collation of the key, and marks rows that have no key", () => {
    const email = "email text COLLATE NOCASE PRIMARY KEY NOT NULL";
    expect(archived([table(`${email}, x`)], [table(email)])[0]).toMatch(
      /`email` TEXT COLLATE NOCASE NOT NULL/,
    );
    expect(archived([table("a, x")], [table("a")]).slice(0, 4)).toEqual([
      "CREATE TABLE `__eaves_archive_0001_x_1` (`__rowid` INTEGER PRIMARY KEY, `x`)",
      "INSERT INTO `__eaves_archive_0001_x_1` (`__rowid`, `x`) SELECT rowid, `x` FROM `t`",
      "CREATE TABLE `__eaves_archive_0001_x_1_mark` (`in_step` INTEGER NOT NULL CHECK (`in_step`))",
      "INSERT INTO `__eaves_archive_0001_x_1_mark` (rowid, `in_step`) VALUES (1000000, 1)",
    ]);
  });

  it("follows the parents of dropped rows that stay, and the archives of those that go, too", () => {
    const tables = [
      "CREATE TABLE u (id INTEGER PRIMARY KEY)",
      "CREATE TABLE o (id INTEGER PRIMARY KEY, u int REFERENCES u ON DELETE SET NULL)",
      "CREATE TABLE i (o int NOT NULL REFERENCES o)",
    ];
    const made = archived(tables, tables.slice(0, 1));
    const triggers = made
      .filter((sql) => sql.startsWith("CREATE TRIGGER"))
      .map((sql) => sql.split(" AFTER ")[1]);
    expect(triggers[0]).toBe(
      "INSERT ON `u` BEGIN UPDATE `__eaves_archive_0001_x_1` SET `u` = NULL WHERE `u` = NEW.`id`; END",
    );
    expect(triggers[4]).toBe(
      "DELETE ON `__eaves_archive_0001_x_1` BEGIN DELETE FROM `__eaves_archive_0001_x_2` WHERE `o` = OLD.`id`; END",
    );
  });

  it("says what it cannot keep: a full-text index without rows, a table without a key that stays", () => {
    expect(archived(["CREATE VIRTUAL TABLE f USING fts5(x, content='')"], [])).toEqual([
      "a contentless index cannot be read",
    ]);
    expect(
      archived(
        ["CREATE TABLE t (k text PRIMARY KEY, x int) WITHOUT ROWID"],
        ["CREATE TABLE t (j text PRIMARY KEY, x int) WITHOUT ROWID"],
      ),
    ).toEqual(["no key of the table stays the same in this revision"]);
  });
});
