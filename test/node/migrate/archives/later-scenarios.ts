// Later revisions, pruned archives, dumps.
import { pruneArchives } from "../../../../src/migrate/index.ts";
import { noRenames } from "../../../../src/migrate/schema/change.ts";
import type { ArchiveProject } from "./archive-project.ts";
import { ann, base, bob, eve, eveTakesTheIdOfBob, later, type Scenario } from "./scenario.ts";

const write = (project: ArchiveProject) => project.write(eveTakesTheIdOfBob);
const prune = (project: ArchiveProject) => pruneArchives(project.project.context, { target: "0001_change" });

const pets = "CREATE TABLE pets (id INTEGER PRIMARY KEY, kind TEXT, age TEXT)";
const animals = "CREATE TABLE animals (id INTEGER PRIMARY KEY, kind TEXT DEFAULT 'dog')";

export const laterScenarios: readonly Scenario[] = [
  {
    ...base,
    name: "22 rebuilt by a later revision of the tool",
    meanwhile: (project) => project.revise({ after: later }),
    target: "0000",
    right: [ann, bob],
  },
  {
    ...base,
    name: "23 rebuilt by a later revision, then the id reused",
    meanwhile: async (project) => [await project.revise({ after: later }), await write(project)],
    target: "0000",
    right: [ann, eve],
  },
  {
    ...base,
    name: "24 a revision deletes rows, and their ids are reused",
    meanwhile: async (project) => {
      await project.reviseByHand(["DELETE FROM people WHERE id = 2"], ["SELECT 1"]);
      await project.write(["INSERT INTO people (name) VALUES ('eve')"]);
    },
    target: "0000",
    right: [ann, eve],
  },
  {
    name: "28 no key: rebuilt by a later revision, then the rowid reused",
    before: ["CREATE TABLE notes (owner TEXT, body TEXT, secret TEXT)"],
    after: ["CREATE TABLE notes (owner TEXT, body TEXT)"],
    rows: ["INSERT INTO notes VALUES ('ann', 'a', 'of ann'), ('bob', 'b', 'of bob'), ('cid', 'c', 'of cid')"],
    meanwhile: async (project) => {
      await project.write(["DELETE FROM notes WHERE owner = 'ann'"]);
      await project.revise({ after: ["CREATE TABLE notes (owner TEXT, body TEXT DEFAULT 'none')"] });
      await project.write(["DELETE FROM notes WHERE owner = 'cid'", "INSERT INTO notes VALUES ('eve', 'e')"]);
    },
    target: "0000",
    query: "SELECT owner, secret FROM notes ORDER BY owner",
    right: [bob, eve],
  },
  {
    ...base,
    name: "31 dumped and restored, then the id reused",
    only: "file",
    meanwhile: async (project) => [await project.dumpAndRestore(), await write(project)],
    right: [ann, eve],
  },
  {
    ...base,
    name: "37 the table renamed later, and back; the id reused between",
    meanwhile: async (project) => {
      await project.revise({
        after: [base.after[0].replace("people", "persons")],
        renames: { ...noRenames, tables: [{ from: "people", to: "persons" }] },
      });
      await project.write(["DELETE FROM persons WHERE id = 2", "INSERT INTO persons (name) VALUES ('eve')"]);
    },
    target: "0000",
    right: [ann, eve],
  },
  {
    ...base,
    name: "38 pruned by the tool, then writes",
    meanwhile: async (project) => [await prune(project), await write(project)],
    right: "refused",
  },
  {
    ...base,
    name: "40 pruned, then rebuilt by a later revision, then writes",
    meanwhile: async (project) => [
      await prune(project),
      await project.revise({ after: later }),
      await write(project),
      await project.takeBack("0001"),
    ],
    target: "0000",
    right: "refused",
  },
  {
    ...base,
    name: "41 two archives of one table",
    meanwhile: async (project) => {
      await project.write(["UPDATE people SET note = 'note of ' || name"]);
      await project.revise({
        after: ["CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, email TEXT UNIQUE)"],
      });
      await write(project);
    },
    target: "0000",
    query: "SELECT name, diagnosis, note FROM people ORDER BY name",
    right: [
      [...ann, "note of ann"],
      [...eve, null],
    ],
  },
  {
    ...base,
    name: "42 dropped, rebuilt in the next, both taken back after an id was reused in each",
    meanwhile: async (project) => {
      await write(project);
      await project.revise({ after: later });
      await project.write([
        "DELETE FROM people WHERE id = 1",
        "INSERT INTO people (id, name) VALUES (1, 'fay')",
      ]);
      await project.takeBack("0001");
      await project.write(["INSERT INTO people (id, name) VALUES (9, 'gus')"]);
    },
    target: "0000",
    right: [eve, ["fay", null], ["gus", null]],
  },
  {
    ...base,
    name: "49 the key changes in a later revision, with writes",
    meanwhile: async (project) => {
      await project.revise({
        after: [
          "CREATE TABLE people (id TEXT PRIMARY KEY NOT NULL, name TEXT, email TEXT UNIQUE, note TEXT)",
        ],
      });
      await project.write([
        "DELETE FROM people WHERE id = '2'",
        "INSERT INTO people (id, name) VALUES ('2', 'eve')",
      ]);
      await project.takeBack("0001");
    },
    target: "0000",
    right: "refused",
  },
  {
    ...base,
    name: "55 another table is rebuilt and renamed, and loses a column",
    before: [...base.before, pets],
    after: [...base.after, pets],
    meanwhile: async (project) => {
      await project.revise({
        after: [...base.after, animals],
        renames: { ...noRenames, tables: [{ from: "pets", to: "animals" }] },
      });
      await write(project);
    },
    target: "0000",
    right: [ann, eve],
  },
  {
    ...base,
    name: "56 dumped and restored, then a key changes",
    only: "file",
    meanwhile: async (project) => {
      await project.dumpAndRestore();
      await project.write(["UPDATE people SET id = 20 WHERE id = 2"]);
    },
    right: [ann, bob],
  },
  {
    ...base,
    name: "57 pruned, then writes of every kind",
    meanwhile: async (project) => {
      await prune(project);
      await project.write([
        "INSERT INTO people (id, name) VALUES (7, 'fay')",
        "REPLACE INTO people (id, name) VALUES (2, 'eve')",
        "UPDATE people SET id = 8 WHERE id = 7",
        "DELETE FROM people WHERE id = 1",
      ]);
    },
    right: "refused",
  },
];
