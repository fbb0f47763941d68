// Which changes of a table SQLite makes by itself, and which take a rebuild; SQLite has the last word.
import { DatabaseSync } from "node:sqlite";

import { describe, expect, it } from "vitest";

import { noRenames } from "../../../../src/migrate/schema/change.ts";
import { planSchema } from "../../../../src/migrate/planning/schema-planner.ts";
import { compareTables } from "../../../../src/migrate/schema/table-changes.ts";
import { capture, planBoth, sqlOf } from "./captures.ts";

/** How the table t changes; its plan is run over a row. */
function change(
  before: readonly string[],
  after: readonly string[],
  direction: "up" | "down" = "up",
): string | undefined {
  const [from, to] = [capture(...before), capture(...after)];
  const database = new DatabaseSync(":memory:");
  database.exec("PRAGMA foreign_keys = OFF");
  for (const sql of [...before, "INSERT INTO t (a) VALUES (1)"]) database.exec(sql);
  const archives = direction === "up" ? {} : { archives: [] };
  for (const sql of sqlOf(planSchema({ from, to, ...archives }))) database.exec(sql);
  database.close();
  return compareTables(from, to, noRenames, direction).changes.find(({ pair }) => pair.name === "t")?.kind;
}

const table = (columns: string) => `CREATE TABLE t (${columns})`;

describe("compareTables", () => {
  it.each([
    ["a, b", "A, `b`", "none"],
    ["a, b", "a", "alter"],
    ["a", "a, b text DEFAULT 'x' NOT NULL", "alter"],
    ["a", "a, b int REFERENCES p (id) ON DELETE CASCADE", "alter"],
    ["a", "a, b int DEFAULT NULL REFERENCES p (id)", "alter"],
    ["a", "a, b AS (a + 1)", "alter"],
    ["a, b", "b, a", "rebuild"],
    ["a, b", "c, d", "rebuild"],
    ["a", "a, b text DEFAULT NULL NOT NULL", "rebuild"],
    ["a, b", "c", "rebuild"],
    ["a", "a, b AS (a + 1) STORED", "rebuild"],
    ["a", "a, b AS (a + 1) NOT NULL", "rebuild"],
    ["a", "a, b DEFAULT (1 + 1)", "rebuild"],
    ["a", "a, b DEFAULT CURRENT_TIMESTAMP", "rebuild"],
    ["a", "a, b text NOT NULL", "rebuild"],
    ["a", "a, b int DEFAULT 1 REFERENCES p (id)", "rebuild"],
    ["a, b PRIMARY KEY", "a", "rebuild"],
    ["a, b UNIQUE", "a", "rebuild"],
    ["a, b REFERENCES p (id)", "a", "rebuild"],
    ["a, b CHECK (b > 0)", "a", "rebuild"],
    ["a, b, c AS (b)", "a, c", "rebuild"],
    ["a", "a UNIQUE", "rebuild"],
    ["a", "b", "rebuild"],
  ])("(%s) becomes (%s) by: %s", (before, after, kind) => {
    const parent = "CREATE TABLE p (id INTEGER PRIMARY KEY)";
    expect(change([parent, table(before)], [parent, table(after)])).toBe(kind);
  });

  it("rebuilds a table whose rows need different values for a new key, to take an upgrade back", () => {
    const index = "CREATE UNIQUE INDEX i ON t (b)";
    expect(change([table("a")], [table("a, b int DEFAULT 0"), index], "down")).toBe("rebuild");
    expect(change([table("a")], [table("a, b int DEFAULT 0"), index])).toBe("alter");
    expect(change([table("a")], [table("a, b int"), index])).toBe("alter");
  });

  it("makes another table of a virtual one with another text, and of one of another kind", () => {
    const [one, other] = [
      "CREATE VIRTUAL TABLE f USING fts5(body)",
      "CREATE VIRTUAL TABLE f USING fts5(body, prefix=2)",
    ];
    const plain = "CREATE TABLE f (body)";
    for (const [before, after] of [
      [one, other],
      [one, plain],
      [plain, one],
    ] as const) {
      const { dropped, created, changes } = compareTables(capture(before), capture(after), noRenames);
      expect([dropped.length, created.length, changes.length]).toEqual([1, 1, 0]);
    }
    expect(planBoth(capture(one), capture(one)).up).toEqual([]);
  });

  it("makes room for a column that takes another one's name", () => {
    const renames = { tables: [], columns: [{ table: "t", from: "a", to: "b" }] };
    const { changes } = compareTables(capture(table("a, b")), capture(table("b")), renames);
    expect(changes).toMatchObject([{ kind: "alter", dropped: ["__old_b"], added: [] }]);
  });
});
