// A table with an integer key: what writes do to keys.
import { ann, base, bob, drizzleRebuild, eve, eveTakesTheIdOfBob, type Scenario } from "./scenario.ts";

const counted = "CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT";

export const keyScenarios: readonly Scenario[] = [
  { ...base, name: "01 nothing happens", right: [ann, bob] },
  {
    ...base,
    name: "02 a row is deleted and its id given to another",
    live: eveTakesTheIdOfBob,
    right: [ann, eve],
  },
  {
    ...base,
    name: "03 the same with foreign keys off",
    meanwhile: (project) => project.writeWithoutKeys(eveTakesTheIdOfBob),
    right: [ann, eve],
  },
  {
    ...base,
    name: "04 INSERT OR REPLACE of the id",
    live: ["INSERT OR REPLACE INTO people (id, name) VALUES (2, 'eve')"],
    right: [ann, eve],
  },
  {
    ...base,
    name: "05 the same with foreign keys off",
    meanwhile: (project) => project.writeWithoutKeys(["REPLACE INTO people (id, name) VALUES (2, 'eve')"]),
    right: [ann, eve],
  },
  {
    ...base,
    name: "06 REPLACE by another UNIQUE, and the id reused",
    live: [
      "REPLACE INTO people (id, name, email) VALUES (9, 'eve', 'b@x')",
      "INSERT INTO people (id, name) VALUES (2, 'fay')",
    ],
    right: [ann, eve, ["fay", null]],
  },
  {
    ...base,
    name: "07 an UPSERT",
    live: ["INSERT INTO people (id, name) VALUES (2, 'x') ON CONFLICT (id) DO UPDATE SET note = 'new'"],
    right: [ann, bob],
  },
  {
    ...base,
    name: "08 a key changed and the old key reused",
    live: ["UPDATE people SET id = 20 WHERE id = 2", "INSERT INTO people (id, name) VALUES (2, 'eve')"],
    right: [ann, bob, eve],
  },
  {
    ...base,
    name: "09 two keys swapped",
    live: [
      "UPDATE people SET id = -1 WHERE name = 'ann'",
      "UPDATE people SET id = 1 WHERE name = 'bob'",
      "UPDATE people SET id = 2 WHERE name = 'ann'",
    ],
    right: [ann, bob],
  },
  {
    ...base,
    name: "10 the same with foreign keys off",
    meanwhile: (project) =>
      project.writeWithoutKeys([
        "UPDATE people SET id = -1 WHERE name = 'ann'",
        "UPDATE people SET id = 1 WHERE name = 'bob'",
        "UPDATE people SET id = 2 WHERE name = 'ann'",
      ]),
    right: [ann, bob],
  },
  {
    ...base,
    name: "11 all keys shifted at once",
    live: ["UPDATE people SET id = id + 100", "INSERT INTO people (id, name) VALUES (1, 'eve')"],
    right: [ann, bob, eve],
  },
  {
    ...base,
    name: "12 UPDATE OR REPLACE onto another's key",
    live: [
      "UPDATE OR REPLACE people SET id = 1 WHERE name = 'bob'",
      "INSERT INTO people (id, name) VALUES (2, 'eve')",
    ],
    right: [bob, eve],
  },
  {
    ...base,
    name: "13 other columns edited",
    live: ["UPDATE people SET note = 'edited', email = email || '!'"],
    right: [ann, bob],
  },
  {
    ...base,
    name: "14 deleted, and the same data signs up again",
    live: ["DELETE FROM people WHERE id = 2", "INSERT INTO people VALUES (2, 'bob', 'b@x', 'n')"],
    right: [ann, ["bob", null]],
  },
  {
    ...base,
    name: "15 all deleted, and others imported with their ids",
    live: ["DELETE FROM people", "INSERT INTO people (id, name) VALUES (1, 'eve'), (2, 'fay')"],
    right: [eve, ["fay", null]],
  },
  {
    ...base,
    name: "16 a delete that is rolled back",
    meanwhile: async (project) => {
      const transaction = await project.client.transaction("write");
      await transaction.execute("DELETE FROM people");
      await transaction.execute("INSERT INTO people (id, name) VALUES (2, 'eve')");
      await transaction.rollback();
    },
    right: [ann, bob],
  },
  {
    ...base,
    name: "17 AUTOINCREMENT, deleted and inserted",
    before: [`${counted}, diagnosis TEXT)`],
    after: [`${counted})`],
    rows: ["INSERT INTO people VALUES (1, 'ann', 'of ann'), (2, 'bob', 'of bob')"],
    live: eveTakesTheIdOfBob,
    right: [ann, eve],
  },
  {
    ...base,
    name: "18 VACUUM",
    only: "file",
    live: [...eveTakesTheIdOfBob, "VACUUM"],
    right: [ann, eve],
  },
  {
    ...base,
    name: "19 rebuilt by drizzle-kit, outside the tool",
    meanwhile: (project) => project.writeWithoutKeys(drizzleRebuild),
    right: "refused",
  },
  {
    ...base,
    name: "20 rebuilt by drizzle-kit, then the id reused",
    meanwhile: async (project) => [
      await project.writeWithoutKeys(drizzleRebuild),
      await project.write(eveTakesTheIdOfBob),
    ],
    right: "refused",
  },
  {
    ...base,
    name: "21 rebuilt by drizzle-kit, then the id reused with foreign keys off",
    meanwhile: (project) => project.writeWithoutKeys([...drizzleRebuild, ...eveTakesTheIdOfBob]),
    right: "refused",
  },
  {
    ...base,
    name: "50 INSERT without a list of columns",
    live: ["DELETE FROM people WHERE id = 2", "INSERT INTO people VALUES (2, 'eve', 'e@x', 'n')"],
    right: [ann, eve],
  },
  {
    ...base,
    name: "51 SELECT * shows what the schema has",
    meanwhile: async (project) => {
      await project.rows("SELECT count(*) FROM people");
      const { columns } = await project.client.execute("SELECT * FROM people");
      if (columns.join() !== "id,name,email,note") throw new Error(columns.join());
    },
    right: [ann, bob],
  },
  {
    ...base,
    name: "52 the dropped column was NOT NULL",
    before: [base.before[0].replace("diagnosis TEXT", "diagnosis TEXT NOT NULL")],
    live: eveTakesTheIdOfBob,
    right: [ann, ["eve", ""]],
  },
  {
    ...base,
    name: "53 what a client sees of a write",
    meanwhile: async (project) => {
      await project.write(["DELETE FROM people WHERE id = 2"]);
      const insert = "INSERT INTO people (name) VALUES ('eve')";
      const { lastInsertRowid, rowsAffected } = await project.client.execute(insert);
      const { rows } = await project.client.execute("INSERT INTO people (name) VALUES ('fay') RETURNING id");
      const changed = await project.client.execute("UPDATE people SET id = id + 5");
      const seen = [lastInsertRowid, rowsAffected, rows[0]?.["id"], changed.rowsAffected].join();
      if (seen !== "2,1,3,3") throw new Error(seen);
    },
    right: [ann, eve, ["fay", null]],
  },
  {
    ...base,
    name: "54 REPLACE with recursive_triggers on",
    only: "file",
    live: ["PRAGMA recursive_triggers = ON", "REPLACE INTO people (id, name) VALUES (2, 'eve')"],
    right: [ann, eve],
  },
  {
    ...base,
    name: "63 an UPSERT that changes the key",
    live: [
      "INSERT INTO people (id, name, email) VALUES (30, 'x', 'b@x') ON CONFLICT (email) DO UPDATE SET id = excluded.id",
      "INSERT INTO people (id, name) VALUES (2, 'eve')",
    ],
    right: [ann, bob, eve],
  },
  {
    ...base,
    name: "64 the key changed as rowid",
    live: [
      "UPDATE people SET rowid = 30 WHERE name = 'bob'",
      "UPDATE people SET _rowid_ = 2 WHERE name = 'ann'",
      "INSERT INTO people (id, name) VALUES (1, 'eve')",
    ],
    right: [ann, bob, eve],
  },
];
