// Other keys, no keys, parents and conversions.
import {
  ann,
  base,
  bob,
  drizzleRebuild,
  eve,
  eveTakesTheIdOfBob,
  rebuild,
  type Scenario,
} from "./scenario.ts";

const notes = {
  before: ["CREATE TABLE notes (owner TEXT, body TEXT, secret TEXT)"],
  after: ["CREATE TABLE notes (owner TEXT, body TEXT)"],
  rows: ["INSERT INTO notes VALUES ('ann', 'a', 'of ann'), ('bob', 'b', 'of bob')"],
  query: "SELECT owner, secret FROM notes ORDER BY owner",
} as const;

const orgs = "CREATE TABLE orgs (id INTEGER PRIMARY KEY, name TEXT)";
const users = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)";
const orders =
  "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id), what TEXT)";
const shop = {
  before: [users, orders],
  after: [users],
  rows: [
    "INSERT INTO users VALUES (1, 'ann'), (2, 'bob')",
    "INSERT INTO orders VALUES (10, 1, 'of ann'), (20, 2, 'of bob')",
  ],
  query: "SELECT users.name, orders.what FROM orders JOIN users ON users.id = orders.user_id ORDER BY what",
} as const;
const eveTakesTheUserOfBob = [
  "DELETE FROM users WHERE id = 2",
  "INSERT INTO users (name) VALUES ('eve')",
] as const;

const seats = "CREATE TABLE seats (a INTEGER NOT NULL, b TEXT NOT NULL, name TEXT";
const emails = "CREATE TABLE people (email TEXT PRIMARY KEY NOT NULL, name TEXT";

export const tableScenarios: readonly Scenario[] = [
  {
    ...notes,
    name: "25 no key: deleted, and the rowid reused",
    live: ["DELETE FROM notes WHERE owner = 'bob'", "INSERT INTO notes VALUES ('eve', 'e')"],
    right: [ann, eve],
  },
  {
    ...notes,
    name: "26 no key: VACUUM",
    only: "file",
    live: ["DELETE FROM notes WHERE owner = 'ann'", "VACUUM", "INSERT INTO notes VALUES ('eve', 'e')"],
    right: "refused",
  },
  {
    ...notes,
    name: "27 no key: rebuilt by drizzle-kit",
    meanwhile: (project) =>
      project.writeWithoutKeys([
        "DELETE FROM notes WHERE owner = 'ann'",
        ...rebuild("notes", notes.after[0], "owner, body"),
      ]),
    right: "refused",
  },
  {
    ...notes,
    name: "29 no key: the rowid changed",
    live: [
      "UPDATE notes SET rowid = 50 WHERE owner = 'bob'",
      "INSERT INTO notes (rowid, owner) VALUES (2, 'eve')",
    ],
    right: [ann, bob, eve],
  },
  {
    ...notes,
    name: "30 no key: dumped and restored",
    only: "file",
    meanwhile: async (project) => {
      await project.write(["DELETE FROM notes WHERE owner = 'ann'"]);
      await project.dumpAndRestore();
    },
    right: "refused",
  },
  {
    name: "32 a composite key given again",
    before: [`${seats}, secret TEXT, PRIMARY KEY (a, b))`],
    after: [`${seats}, PRIMARY KEY (a, b))`],
    rows: ["INSERT INTO seats VALUES (1, 'x', 'ann', 'of ann'), (1, 'y', 'bob', 'of bob')"],
    live: [
      "DELETE FROM seats WHERE name = 'bob'",
      "INSERT INTO seats VALUES (1, 'y', 'eve')",
      "UPDATE seats SET b = 'z' WHERE name = 'ann'",
      "INSERT INTO seats VALUES (1, 'x', 'fay')",
    ],
    query: "SELECT name, secret FROM seats ORDER BY name",
    right: [ann, eve, ["fay", null]],
  },
  {
    name: "33 WITHOUT ROWID, the key given again",
    before: [`${seats}, secret TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID`],
    after: [`${seats}, PRIMARY KEY (a, b)) WITHOUT ROWID`],
    rows: ["INSERT INTO seats VALUES (1, 'x', 'ann', 'of ann'), (1, 'y', 'bob', 'of bob')"],
    live: ["DELETE FROM seats WHERE name = 'bob'", "INSERT INTO seats VALUES (1, 'y', 'eve')"],
    query: "SELECT name, secret FROM seats ORDER BY name",
    right: [ann, eve],
  },
  {
    ...base,
    name: "34 a text key: signs up again by the same e-mail",
    before: [`${emails}, diagnosis TEXT)`],
    after: [`${emails})`],
    rows: ["INSERT INTO people VALUES ('a@x', 'ann', 'of ann'), ('b@x', 'bob', 'of bob')"],
    live: ["DELETE FROM people WHERE name = 'bob'", "INSERT INTO people VALUES ('b@x', 'eve')"],
    right: [ann, eve],
  },
  {
    ...base,
    name: "35 a NOCASE key: again in other letters",
    before: [`${emails.replace("TEXT", "TEXT COLLATE NOCASE")}, diagnosis TEXT)`],
    after: [`${emails.replace("TEXT", "TEXT COLLATE NOCASE")})`],
    rows: ["INSERT INTO people VALUES ('a@x', 'ann', 'of ann'), ('b@x', 'bob', 'of bob')"],
    live: ["DELETE FROM people WHERE name = 'bob'", "INSERT INTO people VALUES ('B@X', 'eve')"],
    right: [ann, eve],
  },
  {
    ...base,
    name: "36 deleted by ON DELETE CASCADE, and the id reused",
    before: [
      orgs,
      "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, org INTEGER REFERENCES orgs (id) ON DELETE CASCADE, diagnosis TEXT)",
    ],
    after: [
      orgs,
      "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, org INTEGER REFERENCES orgs (id) ON DELETE CASCADE)",
    ],
    rows: [
      "INSERT INTO orgs VALUES (1, 'x'), (2, 'y')",
      "INSERT INTO people VALUES (1, 'ann', 1, 'of ann'), (2, 'bob', 2, 'of bob')",
    ],
    live: [
      "PRAGMA foreign_keys = ON",
      "DELETE FROM orgs WHERE id = 2",
      "INSERT INTO people (name) VALUES ('eve')",
    ],
    right: [ann, eve],
  },
  {
    name: "43 a converted column: unedited, edited, and the id reused",
    before: ["CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, code TEXT)"],
    after: ["CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, code INTEGER)"],
    rows: ["INSERT INTO people VALUES (1, 'ann', '001'), (3, 'cid', '003'), (2, 'bob', '007')"],
    live: [
      "UPDATE people SET code = 33 WHERE name = 'cid'",
      "DELETE FROM people WHERE name = 'bob'",
      "INSERT INTO people VALUES (2, 'eve', 7)",
    ],
    query: "SELECT name, code FROM people ORDER BY name",
    right: [
      ["ann", "001"],
      ["cid", "33"],
      ["eve", "7"],
    ],
  },
  { ...shop, name: "44 a dropped table comes back", right: [ann, bob] },
  {
    ...shop,
    name: "45 a dropped table: a parent deleted, and its id reused",
    live: eveTakesTheUserOfBob,
    right: [ann],
  },
  {
    ...shop,
    name: "46 a dropped table: the same with foreign keys off",
    meanwhile: (project) => project.writeWithoutKeys(eveTakesTheUserOfBob),
    right: [ann],
  },
  {
    name: "47 a dropped reference: the parent deleted, and its id reused",
    before: [
      "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, boss INTEGER REFERENCES people (id) ON DELETE SET NULL)",
    ],
    after: ["CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)"],
    rows: ["INSERT INTO people VALUES (1, 'ann', 3), (2, 'bob', 3), (4, 'cid', 1), (3, 'dan', NULL)"],
    live: ["DELETE FROM people WHERE id = 3", "INSERT INTO people VALUES (3, 'eve')"],
    query: "SELECT p.name, b.name AS boss FROM people p LEFT JOIN people b ON b.id = p.boss ORDER BY p.name",
    right: [
      ["ann", null],
      ["bob", null],
      ["cid", "ann"],
      ["eve", null],
    ],
  },
  {
    ...base,
    name: "58 triggers made again by hand, nothing written between",
    meanwhile: async (project) => {
      const triggers = await project.rows("SELECT sql FROM sqlite_schema WHERE type = 'trigger'");
      await project.writeWithoutKeys([...drizzleRebuild, ...triggers.map(([sql]) => String(sql))]);
      await project.write(eveTakesTheIdOfBob);
    },
    right: [ann, eve],
  },
  {
    ...base,
    name: "59 a cascade through the table itself, three deep, and ids reused",
    before: [
      "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, up INTEGER REFERENCES people (id) ON DELETE CASCADE, diagnosis TEXT)",
    ],
    after: [
      "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, up INTEGER REFERENCES people (id) ON DELETE CASCADE)",
    ],
    rows: [
      "INSERT INTO people VALUES (1, 'ann', NULL, 'of ann')",
      "INSERT INTO people VALUES (2, 'bob', NULL, 'of bob'), (3, 'cid', 2, 'of cid'), (4, 'dan', 3, 'of dan')",
    ],
    live: [
      "PRAGMA foreign_keys = ON",
      "DELETE FROM people WHERE id = 2",
      "INSERT INTO people (id, name) VALUES (2, 'eve'), (3, 'fay'), (4, 'gus')",
    ],
    right: [ann, eve, ["fay", null], ["gus", null]],
  },
  {
    ...base,
    name: "60 a trigger of the user's own deletes and inserts",
    live: [
      "CREATE TRIGGER swap AFTER UPDATE OF note ON people BEGIN DELETE FROM people WHERE id = NEW.id; INSERT INTO people (id, name) VALUES (NEW.id, 'eve'); END",
      "UPDATE people SET note = 'x' WHERE id = 2",
      "DROP TRIGGER swap",
    ],
    right: [ann, eve],
  },
  {
    ...base,
    name: "62 a key moved by ON UPDATE CASCADE of its parent",
    before: [
      orgs,
      "CREATE TABLE people (id INTEGER PRIMARY KEY REFERENCES orgs (id) ON UPDATE CASCADE, name TEXT, diagnosis TEXT)",
    ],
    after: [
      orgs,
      "CREATE TABLE people (id INTEGER PRIMARY KEY REFERENCES orgs (id) ON UPDATE CASCADE, name TEXT)",
    ],
    rows: [
      "INSERT INTO orgs VALUES (1, 'x'), (2, 'y')",
      "INSERT INTO people VALUES (1, 'ann', 'of ann'), (2, 'bob', 'of bob')",
    ],
    live: [
      "PRAGMA foreign_keys = ON",
      "UPDATE orgs SET id = 20 WHERE id = 2",
      "INSERT INTO orgs VALUES (2, 'z')",
      "INSERT INTO people VALUES (2, 'eve')",
    ],
    right: [ann, bob, eve],
  },
];
