import { describe, expect, it } from "vitest";
import { noRenames } from "../../../../src/migrate/schema/change.ts";
import type { Model } from "../../../../src/migrate/schema/model.ts";
import { findRenameQuestions, parseRenames } from "../../../../src/migrate/schema/rename-questions.ts";

/** A model of tables with columns: `{ users: "id name" }`. */
function model(tables: Readonly<Record<string, string>>): Model {
  return {
    views: [],
    tables: Object.entries(tables).map(([name, columns]) => ({
      name,
      columns: columns.split(" ").map((column) => ({
        name: column,
        type: "text",
        notNull: false,
        primaryKey: false,
        autoincrement: false,
        defaultValue: undefined,
        generated: undefined,
      })),
      indexes: [],
      foreignKeys: [],
      primaryKey: undefined,
      uniques: [],
      checks: [],
    })),
  };
}

describe("findRenameQuestions", () => {
  it("asks nothing where a scope only gains or only loses", () => {
    const questions = findRenameQuestions(
      model({ a: "id x", b: "id" }),
      model({ a: "id", b: "id y" }),
      noRenames,
    );
    expect(questions).toEqual([]);
  });

  it("asks of each new table whether it is one of those that are gone", () => {
    expect(findRenameQuestions(model({ a: "id", b: "id" }), model({ c: "id" }), noRenames)).toEqual([
      { kind: "table", table: undefined, created: "c", candidates: ["a", "b"] },
    ]);
  });

  it("asks of each new column whether it is one of those that its table lost", () => {
    expect(findRenameQuestions(model({ a: "id x" }), model({ a: "id y" }), noRenames)).toEqual([
      { kind: "column", table: "a", created: "y", candidates: ["x"] },
    ]);
  });

  it("asks about the columns of a renamed table once the table is decided", () => {
    const before = model({ a: "id x" });
    const after = model({ b: "id y" });
    expect(findRenameQuestions(before, after, noRenames).map(({ kind }) => kind)).toEqual(["table"]);
    const decided = { tables: [{ from: "a", to: "b" }], columns: [] };
    expect(findRenameQuestions(before, after, decided)).toEqual([
      { kind: "column", table: "b", created: "y", candidates: ["x"] },
    ]);
  });

  it("asks nothing that is decided", () => {
    const decided = { tables: [], columns: [{ table: "a", from: "x", to: "y" }] };
    expect(findRenameQuestions(model({ a: "x" }), model({ a: "y" }), decided)).toEqual([]);
  });
});

describe("parseRenames", () => {
  const before = model({ a: "id x z", c: "id" });
  const after = model({ b: "id y z", c: "id" });

  it("reads tables and columns, the column's table by either name", () => {
    const wanted = { tables: [{ from: "a", to: "b" }], columns: [{ table: "b", from: "x", to: "y" }] };
    expect(parseRenames(["a=b", "a.x=b.y"], before, after)).toEqual(wanted);
    expect(parseRenames(["b.x=b.y", "a=b"], before, after)).toEqual(wanted);
  });

  it.each([
    ["a", "expected old=new"],
    ["a=b=c", "expected old=new"],
    ["a.x=b", "expected old=new"],
    ["=b", "expected old=new"],
    ["q=b", "there was no table q"],
    ["a=q", "there is no table q"],
    ["c=b", "the table c is still there"],
    ["a=c", "the table c was there before"],
    ["a.x=b.y", "there is no table a before that is b now"],
  ])("refuses %s", (text, found) => {
    expect(() => parseRenames([text], before, after)).toThrow(
      expect.objectContaining({ code: "USAGE_INVALID", message: expect.stringContaining(found) }),
    );
  });

  it("refuses to rename one thing twice", () => {
    expect(() => parseRenames(["a=b", "a=b"], before, after)).toThrow(/named twice/);
  });
});
