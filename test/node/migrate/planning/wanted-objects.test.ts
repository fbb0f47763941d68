// What the wanted schema takes from the model, and what from the live schema, part by part.
import { describe, expect, it } from "vitest";

import { noRenames, type Renames } from "../../../../src/migrate/schema/change.ts";
import type { Model, ModelColumn, ModelTable } from "../../../../src/migrate/schema/model.ts";
import { renameObjectSql } from "../../../../src/migrate/schema/object-text.ts";
import { buildWanted } from "../../../../src/migrate/planning/wanted.ts";
import { capture } from "./captures.ts";

const plain = {
  type: "text",
  notNull: false,
  primaryKey: false,
  autoincrement: false,
  defaultValue: undefined,
  generated: undefined,
};
const columns = (...names: readonly string[]): ModelColumn[] => names.map((name) => ({ ...plain, name }));

function table(more: Partial<ModelTable> = {}): ModelTable {
  const none = { indexes: [], foreignKeys: [], primaryKey: undefined, uniques: [], checks: [] };
  return { name: "t", columns: columns("a", "b"), ...none, ...more };
}

const model = (tables: readonly ModelTable[], views: Model["views"] = []): Model => ({ tables, views });

/** The texts of the wanted schema, names unquoted and white space single. */
function wanted(
  before: readonly string[],
  previous: Model,
  next: Model,
  renames: Renames = noRenames,
): string[] {
  const { tables, objects } = buildWanted({ before: capture(...before), previous, next, renames });
  return [...tables, ...objects].map(({ sql }) => sql.replaceAll("`", "").replaceAll(/\s+/g, " "));
}

const live = "CREATE TABLE t (a text, hand text UNIQUE, b text)";

describe("buildWanted", () => {
  it("leaves the text of a table alone that the model does not change", () => {
    const spelled = "create  table T (A text, b text) -- mine";
    const { tables } = buildWanted({
      before: capture(spelled),
      previous: model([table()]),
      next: model([table()]),
      renames: noRenames,
    });
    expect(tables.map(({ sql }) => sql)).toEqual([spelled]);
  });

  it("puts new columns last, in the model's order, and keeps those made by hand", () => {
    const next = model([table({ columns: columns("d", "b", "c", "a") })]);
    expect(wanted([live], model([table()]), next)).toEqual([
      "CREATE TABLE t ( a text, hand text, b text, d text, c text, UNIQUE(hand) )",
    ]);
  });

  it("adds and takes away keys, rules and references as the model does, and no others", () => {
    const reference = {
      name: "f",
      columns: ["a"],
      parent: "p",
      parentColumns: ["id"],
      onDelete: "CASCADE",
      onUpdate: undefined,
    };
    const rich = table({
      primaryKey: ["a", "b"],
      uniques: [{ name: "u", columns: ["b"] }],
      checks: [{ name: "c", expression: "b <> ''" }],
      foreignKeys: [reference],
    });
    const written =
      "CREATE TABLE t ( a text, hand text, b text, PRIMARY KEY(a, b), UNIQUE(hand), UNIQUE(b), " +
      "FOREIGN KEY (a) REFERENCES p(id) ON DELETE CASCADE, CONSTRAINT c CHECK(b <> '') )";
    expect(wanted([live], model([table()]), model([rich]))).toEqual([written]);
    expect(wanted([written], model([rich]), model([table()]))).toEqual([
      "CREATE TABLE t ( a text, hand text, b text, UNIQUE(hand) )",
    ]);
  });

  it("makes, changes and drops the model's indexes, and keeps the others", () => {
    const index = { name: "i", unique: false, parts: [{ text: "a", isExpression: false }], where: undefined };
    const by = (...indexes: ModelTable["indexes"]) => model([table({ indexes })]);
    const [own, hand] = ["CREATE INDEX i ON t (a COLLATE nocase)", "CREATE INDEX h ON t (b)"];
    expect(wanted([live, own, hand], by(index), by(index))).toEqual([live, hand, own]);
    expect(wanted([live, own, hand], by(index), by())).toEqual([live, hand]);
    expect(wanted([live, own, hand], by(index), by({ ...index, unique: true }))).toEqual([
      live,
      hand,
      "CREATE UNIQUE INDEX i ON t (a)",
    ]);
    expect(wanted([live, own], by(index), by({ ...index, where: "t.a > 0" })).at(-1)).toBe(
      "CREATE INDEX i ON t (a) WHERE a > 0",
    );
  });

  it("changes the model's views, and keeps all in the order in which they were made", () => {
    const view = (definition: string) => [{ name: "m", definition }];
    const [own, hand] = ["CREATE VIEW m AS select  a from t", "CREATE VIEW h AS SELECT * FROM m"];
    const of = (definition: string) => model([table()], view(definition));
    expect(wanted([live, own, hand], of("select a from t"), of("select a from t"))).toEqual([
      live,
      own.replace("  ", " "),
      hand,
    ]);
    expect(wanted([live, own, hand], of("select a from t"), of("select b from t"))).toEqual([
      live,
      "CREATE VIEW m AS select b from t",
      hand,
    ]);
  });

  it("refuses to drop a column under a view, though another one takes its name", () => {
    const renames = { tables: [], columns: [{ table: "t", from: "a", to: "b" }] };
    const view = "CREATE VIEW v AS SELECT b FROM t";
    const next = model([table({ columns: columns("b") })]);
    expect(() => wanted([live, view], model([table()]), next, renames)).toThrow(
      expect.objectContaining({ code: "PROOF_FAILED" }),
    );
  });

  it("drops an index by hand with a column that it is made from", () => {
    const next = model([table({ columns: columns("b") })]);
    const kept = "CREATE INDEX k ON t (b)";
    expect(
      wanted([live, "CREATE INDEX g ON t (b, lower(a))", kept], model([table()]), next).slice(1),
    ).toEqual([kept]);
  });
});

describe("renameObjectSql", () => {
  const renames = { tables: [], columns: [{ table: "t", from: "a", to: "z" }] };
  const head = "CREATE TRIGGER r AFTER UPDATE OF a ON t BEGIN";

  it.each([
    ["CREATE VIEW v AS SELECT a(a), 'a' FROM t", "CREATE VIEW v AS SELECT a(z), 'a' FROM t"],
    [
      "CREATE VIEW v AS SELECT x.a, y.a FROM t AS x, o y",
      "CREATE VIEW v AS SELECT x.z, y.a FROM t AS x, o y",
    ],
    ["CREATE VIEW v AS SELECT x.a FROM t x WHERE a > 0", "CREATE VIEW v AS SELECT x.z FROM t x WHERE z > 0"],
    [`${head} UPDATE o SET a = new.a; END`, `${head.replace("OF a", "OF z")} UPDATE o SET a = new.z; END`],
    [
      `${head} INSERT INTO o (a) SELECT a FROM t; END`,
      `${head.replace("OF a", "OF z")} INSERT INTO o (a) SELECT z FROM t; END`,
    ],
    [
      `${head} DELETE FROM o WHERE a = old.a; END`,
      `${head.replace("OF a", "OF z")} DELETE FROM o WHERE a = old.z; END`,
    ],
  ])("renames in %s", (sql, expected) => {
    expect(renameObjectSql(sql, sql.includes("VIEW") ? "v" : "t", renames).replaceAll("`", "")).toBe(
      expected,
    );
  });
});
