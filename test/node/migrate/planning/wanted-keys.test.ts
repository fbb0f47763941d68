// Foreign keys that came by ADD COLUMN, in every spelling: dropped, changed, kept, and never written twice.
import { DatabaseSync } from "node:sqlite";
import { assert, constantFrom, property, record } from "fast-check";
import { describe, expect, it } from "vitest";

import { noRenames } from "../../../../src/migrate/schema/change.ts";
import type { Model, ModelColumn, ModelForeignKey } from "../../../../src/migrate/schema/model.ts";
import { findSnapshotGaps } from "../../../../src/migrate/planning/model-gaps.ts";
import { planSchema } from "../../../../src/migrate/planning/schema-planner.ts";
import { buildWanted } from "../../../../src/migrate/planning/wanted.ts";
import { count, seed } from "../../../support/tier.ts";
import { capture, sqlOf } from "./captures.ts";

type Action = "CASCADE" | "SET NULL" | undefined;

function column(name: string, more: Partial<ModelColumn> = {}): ModelColumn {
  const plain = { primaryKey: false, autoincrement: false, defaultValue: undefined, generated: undefined };
  return { name, type: "integer", notNull: false, ...plain, ...more };
}

const id = column("id", { primaryKey: true, notNull: true });
const none = { indexes: [], uniques: [], checks: [], primaryKey: undefined };

function keyOf(name: string, parent: string, onDelete: Action): ModelForeignKey {
  return { name, columns: [name], parent, parentColumns: ["id"], onDelete, onUpdate: undefined };
}

/** The model of a board and its users, who refer to a board and to one another. */
function model(keys: readonly ModelForeignKey[], more: readonly ModelColumn[] = []): Model {
  const columns = [id, column("board_id"), column("boss"), ...more];
  return {
    views: [],
    tables: [
      { name: "board", columns: [id], foreignKeys: [], ...none },
      { name: "user", columns, foreignKeys: keys, ...none },
    ],
  };
}

/** The foreign keys of the user table, as SQLite has them after the plan ran over rows. */
function migrate(live: readonly string[], previous: Model, next: Model) {
  const before = capture(...live);
  const wanted = buildWanted({ before, previous, next, renames: noRenames });
  const database = new DatabaseSync(":memory:");
  database.exec("PRAGMA foreign_keys = OFF");
  for (const sql of [...live, "INSERT INTO board VALUES (1)", "INSERT INTO user VALUES (1, 1, 1)"])
    database.exec(sql);
  for (const sql of sqlOf(planSchema({ from: before, to: wanted }))) database.exec(sql);
  const keys = database
    .prepare(
      `SELECT lower("from") AS f, lower("table") AS t, on_delete AS a FROM pragma_foreign_key_list('user')`,
    )
    .all();
  const rows = database.prepare("SELECT id, board_id AS board, boss FROM user").all();
  database.close();
  return {
    wanted,
    rows: rows.map((row) => ({ ...row })),
    keys: keys.map((key) => [key["f"], key["t"], key["a"]].map(String).join(" ")).toSorted(),
  };
}

const written = (action: Action) => (action === undefined ? "NO ACTION" : action);
const base = [id, column("board_id"), column("boss")];

const cases = record({
  parent: constantFrom("board", "`board`", '"BOARD"', "[Board]"),
  parentColumn: constantFrom("(id)", "(`ID`)", ""),
  name: constantFrom("board_id", "`board_id`", '"BOARD_ID"'),
  action: constantFrom(
    "",
    " ON DELETE CASCADE",
    " on delete set null ON UPDATE no action",
    " DEFERRABLE INITIALLY DEFERRED",
  ),
  twice: constantFrom(true, false),
  said: constantFrom<Action>(undefined, "CASCADE", "SET NULL"),
});

describe("buildWanted over a key that came by ADD COLUMN", () => {
  const runs = { seed: seed(), numRuns: count({ quick: 40, long: 600 }) };

  const liveOf = ({ parent, parentColumn, name, action, twice }: { readonly [key: string]: unknown }) => [
    "CREATE TABLE board (id integer PRIMARY KEY NOT NULL)",
    `CREATE TABLE user (id integer PRIMARY KEY NOT NULL, ${String(name)} integer REFERENCES ${String(parent)}${String(parentColumn)}${String(action)}, boss integer REFERENCES user${
      twice === true ? ", FOREIGN KEY (board_id) REFERENCES board(id) ON DELETE CASCADE" : ""
    })`,
  ];

  it("drops it when the model does, and leaves the other key", () => {
    assert(
      property(cases, (spelling) => {
        const previous = model([keyOf("board_id", "board", spelling.said), keyOf("boss", "user", undefined)]);
        const { keys, rows } = migrate(liveOf(spelling), previous, model([keyOf("boss", "user", undefined)]));
        expect(keys).toEqual(["boss user NO ACTION"]);
        expect(rows).toEqual([{ id: 1, board: 1, boss: 1 }]);
      }),
      runs,
    );
  });

  it("gives it the action that the model changes it to, once", () => {
    assert(
      property(cases, constantFrom<Action>(undefined, "CASCADE", "SET NULL"), (spelling, action) => {
        if (spelling.said === action) return;
        const boss = keyOf("boss", "user", undefined);
        const previous = model([keyOf("board_id", "board", spelling.said), boss]);
        const { keys } = migrate(
          liveOf(spelling),
          previous,
          model([keyOf("board_id", "board", action), boss]),
        );
        const isRight = spelling.twice || keys.length === 2;
        expect(isRight).toBe(true);
        expect(new Set(keys)).toEqual(new Set([`board_id board ${written(action)}`, "boss user NO ACTION"]));
      }),
      runs,
    );
  });

  it("writes it once, as the model has it, when the table is rebuilt for another reason", () => {
    assert(
      property(cases, (spelling) => {
        const keys = [keyOf("board_id", "board", spelling.said), keyOf("boss", "user", undefined)];
        const boss = column("boss", { notNull: true });
        const next: Model = {
          ...model(keys),
          tables: model(keys).tables.map((table) =>
            table.name === "user" ? { ...table, columns: [...base.slice(0, 2), boss] } : table,
          ),
        };
        const after = migrate(liveOf(spelling), model(keys), next);
        expect(after.keys).toEqual([`board_id board ${written(spelling.said)}`, "boss user NO ACTION"]);
      }),
      runs,
    );
  });

  it("leaves it as it is when a column is added beside it", () => {
    assert(
      property(cases, (spelling) => {
        const keys = [keyOf("board_id", "board", spelling.said), keyOf("boss", "user", undefined)];
        const live = liveOf(spelling);
        const before = capture(...live);
        const wanted = buildWanted({
          before,
          previous: model(keys),
          next: model(keys, [column("age")]),
          renames: noRenames,
        });
        expect(sqlOf(planSchema({ from: before, to: wanted }))).toEqual([
          "ALTER TABLE `user` ADD COLUMN `age` integer",
        ]);
      }),
      runs,
    );
  });
});

describe("findSnapshotGaps", () => {
  const live = capture(
    "CREATE TABLE board (id integer PRIMARY KEY NOT NULL)",
    "CREATE TABLE user (id integer PRIMARY KEY NOT NULL, board_id integer REFERENCES board(id), boss integer)",
  );
  const older = model([keyOf("board_id", "board", "CASCADE")]);

  it("finds a foreign key that a revision was to drop and did not", () => {
    expect(findSnapshotGaps(model([]), live, () => [older])).toMatchObject([
      { object: "table user", expected: undefined, found: "foreign key (board_id) references board (id)" },
    ]);
  });

  it("leaves a foreign key alone that no snapshot ever had", () => {
    expect(findSnapshotGaps(model([]), live, () => [model([])])).toEqual([]);
  });
});
