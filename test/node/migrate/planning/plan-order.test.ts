// The order of a plan's statements, and the class of each: what a reviewer reads.
import { describe, expect, it } from "vitest";

import { worstClass } from "../../../../src/migrate/schema/change.ts";
import { planSchema } from "../../../../src/migrate/planning/schema-planner.ts";
import { capture, planBoth, sqlOf } from "./captures.ts";

const id = "id INTEGER PRIMARY KEY";
const table = (columns: string) => `CREATE TABLE t (${columns})`;

/** The statements of a plan with their classes. */
function classes(from: readonly string[], to: readonly string[]): [string, string][] {
  return planSchema({ from: capture(...from), to: capture(...to) }).statements.map(
    ({ sql, class: changeClass }) => [sql, changeClass],
  );
}

describe("planSchema", () => {
  it("drops tables from the last to the first, and makes them from the first to the last", () => {
    const [parent, child] = ["CREATE TABLE p (a)", "CREATE TABLE c (a REFERENCES p)"];
    expect(sqlOf(planSchema({ from: capture(parent, child), to: capture() }))).toEqual([
      "DROP TABLE `c`",
      "DROP TABLE `p`",
    ]);
    expect(sqlOf(planSchema({ from: capture(), to: capture(parent, child) }))).toEqual([parent, child]);
  });

  it("renames in a circle through a name of its own", () => {
    const from = capture("CREATE TABLE a (x)", "CREATE TABLE b (y)");
    const to = capture("CREATE TABLE b (x)", "CREATE TABLE a (y)");
    const tables = [
      { from: "a", to: "b" },
      { from: "b", to: "a" },
    ];
    expect(sqlOf(planSchema({ from, to, renames: { tables, columns: [] } }))).toEqual([
      "ALTER TABLE `a` RENAME TO `__new_b`",
      "ALTER TABLE `b` RENAME TO `a`",
      "ALTER TABLE `__new_b` RENAME TO `b`",
    ]);
  });

  it("drops an index that changes, and leaves those to their table that go with it", () => {
    const [one, other] = ["CREATE INDEX i ON t (a)", "CREATE UNIQUE INDEX i ON t (a)"];
    expect(classes([table("a, b"), one], [table("a, b"), other])).toEqual([
      ["DROP INDEX `i`", "exact"],
      [other, "may-be-refused"],
    ]);
    expect(classes([table("a, b"), one], [])).toEqual([["DROP TABLE `t`", "newer-data-lost"]]);
    expect(classes([table("a, b"), one], [table("a, b")])).toEqual([["DROP INDEX `i`", "exact"]]);
    expect(
      sqlOf(planSchema({ from: capture(table("a, b"), one), to: capture(table("a int, b"), one) })),
    ).toEqual([
      "CREATE TABLE `__new_t` (a int, b)",
      "INSERT INTO `__new_t` (rowid, `a`, `b`) SELECT old.rowid, old.`a`, old.`b` FROM `t` AS old",
      "DROP TABLE `t`",
      "ALTER TABLE `__new_t` RENAME TO `t`",
      one,
    ]);
  });

  it("drops triggers before the views that they may stand on, the last view first", () => {
    const rest = [
      "CREATE VIEW v AS SELECT a FROM t",
      "CREATE VIEW w AS SELECT * FROM v",
      "CREATE TRIGGER r INSTEAD OF INSERT ON w BEGIN SELECT 1; END",
    ];
    const sql = sqlOf(planSchema({ from: capture(table("a"), ...rest), to: capture(table("a")) }));
    expect(sql).toEqual(["DROP TRIGGER `r`", "DROP VIEW `w`", "DROP VIEW `v`"]);
  });

  it.each([
    ["a table without its rows", [], [table("a")], "structure-only"],
    ["a column without its values", [table(id)], [table(`${id}, x int`)], "structure-only"],
    ["a column that goes", [table(`${id}, x int`)], [table(id)], "newer-data-lost"],
    ["another type", [table(`${id}, x int`)], [table(`${id}, x text`)], "lossy-conversion"],
    ["a rule", [table(`${id}, x int`)], [table(`${id}, x int NOT NULL`)], "may-be-refused"],
    ["a computed column", [table(id)], [table(`${id}, x AS (id)`)], "exact"],
  ])("knows that %s comes back as such", (_what, from, to, expected) => {
    expect(classes(from, to).map(([, changeClass]) => changeClass)).toContain(expected);
    expect(planSchema({ from: capture(...from), to: capture(...to) }).class).toBe(expected);
  });

  it("says of a table that comes back from its archive that it does", () => {
    const { back } = planBoth(capture(table(id)), capture());
    expect(back.statements.map((statement) => [statement.sql.split(" ")[0], statement.class])).toEqual([
      ["CREATE", "archived"],
      ["INSERT", "archived"],
      ["DROP", "exact"],
    ]);
    expect(back.class).toBe("archived");
  });

  it("adds a column with what it refers to, whoever wrote it", () => {
    const parent = "CREATE TABLE p (id INTEGER PRIMARY KEY)";
    const before = capture(parent, table("a"));
    const inline = table("a, b int REFERENCES p (id) ON DELETE CASCADE");
    expect(sqlOf(planSchema({ from: before, to: capture(parent, inline) }))).toEqual([
      "ALTER TABLE `t` ADD COLUMN b int REFERENCES p (id) ON DELETE CASCADE",
    ]);
    const apart = table("a, b int, FOREIGN KEY (b) REFERENCES p (id) ON DELETE SET NULL");
    expect(sqlOf(planSchema({ from: before, to: capture(parent, apart) }))).toEqual([
      "ALTER TABLE `t` ADD COLUMN b int REFERENCES `p`(`id`) ON DELETE SET NULL",
    ]);
  });

  it("rebuilds without the computed columns, and says so where rows may be refused", () => {
    const [from, to] = [
      capture(table("a, b AS (a)")),
      capture(table("a NOT NULL ON CONFLICT REPLACE, b AS (a)")),
    ];
    const plan = planSchema({ from, to });
    expect(plan.rebuilt).toEqual(["t"]);
    expect(sqlOf(plan)[1]).toBe(
      "INSERT OR ABORT INTO `__new_t` (rowid, `a`) SELECT old.rowid, old.`a` FROM `t` AS old",
    );
  });

  it("fills NULLs with the default that a column has from now on", () => {
    const to = capture(
      table("id INTEGER PRIMARY KEY, x text DEFAULT 'none' NOT NULL, y int DEFAULT (1 + 1) NOT NULL"),
    );
    expect(sqlOf(planSchema({ from: capture(table(`${id}, x text`)), to }))[1]).toBe(
      "INSERT INTO `__new_t` (`id`, `x`, `y`) SELECT old.`id`, ifnull(old.`x`, 'none'), (1 + 1) FROM `t` AS old",
    );
  });

  it("counts on where a table counted, and forgets what a name had counted before", () => {
    const counted = "id INTEGER PRIMARY KEY AUTOINCREMENT";
    const to = capture(table(`${counted}, x int CHECK (x > 0)`));
    expect(sqlOf(planSchema({ from: capture(table(counted)), to })).slice(2, 4)).toEqual([
      "DELETE FROM sqlite_sequence WHERE name = '__new_t'",
      "INSERT INTO sqlite_sequence (name, seq) SELECT '__new_t', seq FROM sqlite_sequence WHERE name = 't'",
    ]);
  });
});

describe("worstClass", () => {
  it("is the one that costs most", () => {
    expect(worstClass([])).toBe("exact");
    expect(worstClass(["archived", "newer-data-lost", "exact"])).toBe("newer-data-lost");
    expect(worstClass(["structure-only", "unknown", "archived"])).toBe("unknown");
  });
});
