// Renames beside drops: what is read out of a script, what is asked, and what is refused.
import { describe, expect, it } from "vitest";

import type { Model } from "../../../../src/migrate/schema/model.ts";
import { findRenameQuestions, parseRenames } from "../../../../src/migrate/schema/rename-questions.ts";
import { makeRoom, readRenames } from "../../../../src/migrate/schema/renames.ts";
import { capture } from "./captures.ts";

const before = capture("CREATE TABLE a (x, y)", "CREATE TABLE b (z)");

describe("readRenames", () => {
  it("takes a column that was dropped and added again for a new one", () => {
    const script = ["ALTER TABLE a DROP COLUMN x", "ALTER TABLE a ADD x", "ALTER TABLE a RENAME x TO w"];
    expect(readRenames(script, before)).toEqual({ tables: [], columns: [] });
    expect(readRenames(["ALTER TABLE a DROP x", ...script.slice(1)], before).columns).toEqual([]);
  });

  it("takes the table that replaces one which was dropped IF EXISTS for that one", () => {
    const script = ["DROP TABLE IF EXISTS b", "ALTER TABLE a RENAME TO b"];
    expect(readRenames(script, before)).toEqual({ tables: [], columns: [] });
  });
});

describe("makeRoom", () => {
  it("moves nothing aside where two columns change places", () => {
    const renames = {
      tables: [],
      columns: [
        { table: "a", from: "x", to: "y" },
        { table: "a", from: "y", to: "x" },
      ],
    };
    expect(makeRoom(renames, before)).toEqual(renames);
  });
});

function model(columns: string, name = "a"): Model {
  const plain = { type: "", notNull: false, primaryKey: false, autoincrement: false };
  const none = { indexes: [], foreignKeys: [], uniques: [], checks: [], primaryKey: undefined };
  const listed = columns
    .split(" ")
    .map((column) => ({ ...plain, name: column, defaultValue: undefined, generated: undefined }));
  return { views: [], tables: [{ ...none, name, columns: listed }] };
}

describe("findRenameQuestions", () => {
  it("asks nothing of a table that is new where none is gone", () => {
    const both = { views: [], tables: [...model("x").tables, ...model("x", "b").tables] };
    expect(findRenameQuestions(model("x"), both, { tables: [], columns: [] })).toEqual([]);
  });

  it("asks only of what is left when some is decided", () => {
    const decided = { tables: [], columns: [{ table: "a", from: "x", to: "y" }] };
    expect(findRenameQuestions(model("x z"), model("y w"), decided)).toEqual([
      { kind: "column", table: "a", created: "w", candidates: ["z"] },
    ]);
  });
});

describe("parseRenames", () => {
  it("refuses to give one name to two columns, and two names to one", () => {
    expect(() => parseRenames(["a.x=a.y", "a.z=a.y"], model("x z"), model("y"))).toThrow(
      /a\.y is named twice/,
    );
    expect(() => parseRenames(["a.x=a.y", "a.x=a.w"], model("x"), model("y w"))).toThrow(
      /a\.x is named twice/,
    );
  });
});
