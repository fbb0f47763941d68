// Changes that are easily got wrong, there and back on a real server and a file.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { parseDatabaseConfig } from "../../../../src/database/config.ts";
import { clearScratch } from "../../../../src/migrate/proof/scratch.ts";
import { planArchives } from "../../../../src/migrate/planning/archive-plan.ts";
import { withArchiveTriggers } from "../../../../src/migrate/planning/archive-upkeep.ts";
import { noRenames, type Renames } from "../../../../src/migrate/schema/change.ts";
import { invertRenames } from "../../../../src/migrate/schema/renames.ts";
import { diffCaptures } from "../../../../src/migrate/schema/schema-diff.ts";
import { planSchema } from "../../../../src/migrate/planning/schema-planner.ts";
import { readCapture } from "../../../../src/migrate/runtime/capture-reader.ts";
import { type Database, openDatabase } from "../../../../src/migrate/runtime/connection.ts";
import { type ScratchServer, startScratchServer } from "../../../../src/migrate/server/scratch-server.ts";

interface Change {
  readonly before: readonly string[];
  readonly rows?: readonly string[];
  readonly after: readonly string[];
  readonly renames?: Renames;
  /** What happens between the upgrade and the downgrade. */
  readonly edits?: readonly string[];
  /** A query and what it gives before the upgrade, after it, and after the downgrade; one value a row. */
  readonly query: string;
  readonly was: readonly unknown[];
  readonly upgraded?: { readonly query: string; readonly values: readonly unknown[] };
  /** Where it is not what it was. */
  readonly back?: readonly unknown[];
}

const body = "CREATE VIRTUAL TABLE found USING fts5(body, content='posts', content_rowid='id')";
const posts = "CREATE TABLE posts (id INTEGER PRIMARY KEY, body text)";
const sync =
  "CREATE TRIGGER sync AFTER INSERT ON posts BEGIN INSERT INTO found (rowid, body) VALUES (new.id, new.body); END";

const changes: Readonly<Record<string, Change>> = {
  "a full-text index over a table goes with its trigger, and is filled again": {
    before: [posts, body, sync],
    rows: ["INSERT INTO posts VALUES (3, 'red fox')"],
    after: [posts],
    edits: ["INSERT INTO posts VALUES (4, 'blue fox')"],
    query: "SELECT rowid FROM found('fox') ORDER BY 1",
    was: [3n],
    back: [3n, 4n],
  },
  "a full-text index with rows of its own is archived": {
    before: ["CREATE VIRTUAL TABLE found USING fts5(body, tag)"],
    rows: ["INSERT INTO found (rowid, body, tag) VALUES (7, 'red fox', 'x')"],
    after: [],
    query: "SELECT rowid || tag FROM found('fox')",
    was: ["7x"],
  },
  "a table and a trigger under a full-text index are rebuilt": {
    before: [posts, body, sync],
    rows: ["INSERT INTO posts VALUES (3, 'red fox')"],
    after: ["CREATE TABLE posts (id INTEGER PRIMARY KEY, body text NOT NULL)", body, sync],
    edits: ["INSERT INTO posts VALUES (4, 'blue fox')"],
    query: "SELECT rowid FROM found('fox') ORDER BY 1",
    was: [3n],
    back: [3n, 4n],
  },
  "a parent and the child's foreign key go together": {
    before: [
      "CREATE TABLE p (id INTEGER PRIMARY KEY)",
      "CREATE TABLE c (id INTEGER PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE)",
    ],
    rows: ["INSERT INTO p VALUES (1), (2)", "INSERT INTO c VALUES (10, 1), (11, 2), (12, NULL)"],
    after: ["CREATE TABLE c (id INTEGER PRIMARY KEY)"],
    edits: ["DELETE FROM c WHERE id = 11"],
    query: "SELECT id || ':' || ifnull(p, '-') FROM c UNION ALL SELECT id FROM p ORDER BY 1",
    was: [1n, 2n, "10:1", "11:2", "12:-"],
    back: [1n, 2n, "10:1", "12:-"],
  },
  "a table that refers to itself is rebuilt": {
    before: ["CREATE TABLE t (id INTEGER PRIMARY KEY, up int REFERENCES t (id) ON DELETE CASCADE, x int)"],
    rows: ["INSERT INTO t VALUES (1, NULL, 5), (2, 1, 6)"],
    after: ["CREATE TABLE t (id INTEGER PRIMARY KEY, up int REFERENCES t (id) ON DELETE CASCADE)"],
    query: "SELECT id || ':' || x FROM t",
    was: ["1:5", "2:6"],
  },
  "a text becomes a number and a text again, and edits in between stay": {
    before: ["CREATE TABLE t (id INTEGER PRIMARY KEY, x text)"],
    rows: ["INSERT INTO t VALUES (1, '007'), (2, '1e3'), (3, 'word'), (4, '08')"],
    after: ["CREATE TABLE t (id INTEGER PRIMARY KEY, x integer)"],
    edits: ["UPDATE t SET x = 9 WHERE id = 4", "INSERT INTO t VALUES (5, 12)"],
    query: "SELECT x FROM t ORDER BY id",
    was: ["007", "1e3", "word", "08"],
    upgraded: { query: "SELECT x FROM t ORDER BY id", values: [7n, 1000n, "word", 8n] },
    back: ["007", "1e3", "word", "9", "12"],
  },
  "a key changes its type": {
    before: ["CREATE TABLE t (id INTEGER PRIMARY KEY, x text)"],
    rows: ["INSERT INTO t VALUES (1, 'a'), (900719925474099311, 'b')"],
    after: ["CREATE TABLE t (id text PRIMARY KEY NOT NULL)"],
    edits: ["DELETE FROM t WHERE id = '1'"],
    query: "SELECT id || x FROM t ORDER BY id",
    was: ["1a", "900719925474099311b"],
    back: ["900719925474099311b"],
  },
  "a counter outlives the loss of AUTOINCREMENT": {
    before: ["CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT)"],
    rows: ["INSERT INTO counted VALUES (1), (50)", "DELETE FROM counted WHERE id = 50"],
    after: ["CREATE TABLE counted (id INTEGER PRIMARY KEY)"],
    query: "SELECT seq FROM sqlite_sequence WHERE name = 'counted'",
    was: [50n],
  },
  "a dropped table comes back with its counter and its indexes": {
    before: [
      "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, x text)",
      "CREATE UNIQUE INDEX i ON t (ifnull(x, 'a,b') DESC, id)",
    ],
    rows: ["INSERT INTO t VALUES (9, 'x')", "DELETE FROM t"],
    after: ["CREATE TABLE u (x text)", "CREATE INDEX i ON u (x)"],
    query: "SELECT seq FROM sqlite_sequence WHERE name = 't'",
    was: [9n],
  },
  "columns called rowid do not stand in the way": {
    before: ["CREATE TABLE t (rowid text, oid text, x text)"],
    rows: ["INSERT INTO t (_rowid_, rowid, oid, x) VALUES (5, 'a', 'b', 'c'), (8, 'a', 'b', 'd')"],
    after: ["CREATE TABLE t (rowid text, x text)"],
    edits: ["DELETE FROM t WHERE _rowid_ = 8"],
    query: "SELECT _rowid_ || rowid || oid || x FROM t",
    was: ["5abc", "8abd"],
    back: ["5abc"],
  },
  "rows are copied whatever a conflict clause would do with them": {
    before: ["CREATE TABLE t (id INTEGER PRIMARY KEY, x text UNIQUE ON CONFLICT REPLACE, y int)"],
    rows: ["INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2)"],
    after: ["CREATE TABLE t (id INTEGER PRIMARY KEY, x text)"],
    query: "SELECT x || y FROM t",
    was: ["a1", "b2"],
  },
  "a composite reference without columns, and a composite key": {
    before: [
      "CREATE TABLE p (a int NOT NULL, b text NOT NULL, x blob, PRIMARY KEY (a, b)) WITHOUT ROWID",
      "CREATE TABLE c (a int, b text, FOREIGN KEY (a, b) REFERENCES p DEFERRABLE INITIALLY DEFERRED)",
    ],
    rows: ["INSERT INTO p VALUES (1, 'x', x'00ff')", "INSERT INTO c VALUES (1, 'x')"],
    after: [
      "CREATE TABLE p2 (a2 int NOT NULL, b text NOT NULL, PRIMARY KEY (a2, b))",
      "CREATE TABLE c (a int, b text)",
    ],
    renames: { tables: [{ from: "p", to: "p2" }], columns: [{ table: "p2", from: "a", to: "a2" }] },
    query: "SELECT hex(x) FROM p JOIN c USING (a, b)",
    was: ["00FF"],
  },
  "a required unique column without a default comes back over new rows": {
    before: [
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n int NOT NULL, s text NOT NULL)",
      "CREATE UNIQUE INDEX i ON t (n)",
      "CREATE UNIQUE INDEX j ON t (s)",
    ],
    rows: ["INSERT INTO t VALUES (1, 2, 'a'), (2, 1, 'b')"],
    after: ["CREATE TABLE t (id INTEGER PRIMARY KEY)"],
    edits: ["INSERT INTO t VALUES (3), (4)"],
    query: "SELECT CASE WHEN id < 3 THEN n || s ELSE typeof(n) || typeof(s) END FROM t",
    was: ["2a", "1b"],
    back: ["2a", "1b", "integertext", "integertext"],
  },
  "a name changes its case only": {
    before: ["CREATE TABLE Users (Name text)"],
    rows: ["INSERT INTO Users VALUES ('a')"],
    after: ["CREATE TABLE users (name text)"],
    renames: {
      tables: [{ from: "Users", to: "users" }],
      columns: [{ table: "users", from: "Name", to: "name" }],
    },
    query: "SELECT Name FROM Users",
    was: ["a"],
  },
  "a column of a STRICT table keeps values of any type": {
    before: ["CREATE TABLE t (id INTEGER PRIMARY KEY, x ANY) STRICT"],
    rows: ["INSERT INTO t VALUES (1, '007'), (2, x'00'), (3, 1.0), (4, 9223372036854775807)"],
    after: ["CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT"],
    query: "SELECT typeof(x) || hex(x) FROM t",
    was: ["text303037", "blob00", "real312E30", "integer39323233333732303336383534373735383037"],
  },
};

let server: ScratchServer;
let folder: string;
beforeAll(async () => {
  server = await startScratchServer();
  folder = await mkdtemp(join(tmpdir(), "eaves-changes-"));
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function valuesOf(database: Database, query: string): Promise<unknown[]> {
  const [rows = []] = await database.read([query]);
  return rows.map((row) => row[0]);
}

async function play(database: Database, change: Change): Promise<void> {
  const { renames = noRenames, query, was } = change;
  await database.migrate(change.after);
  const after = await readCapture(database);
  await clear(database);
  await database.migrate([...change.before, ...(change.rows ?? [])]);
  const before = await readCapture(database);
  expect(await valuesOf(database, query)).toEqual(was);
  const archives = planArchives(before, after, renames, "0001_x");
  const upgraded = withArchiveTriggers(after, archives.archives);
  const there = planSchema({ from: before, to: after, renames });
  const up = [...archives.opening, ...there.statements, ...archives.closing].map(({ sql }) => sql);
  await database.migrate(up);
  expect(diffCaptures(upgraded, await readCapture(database))).toEqual([]);
  if (change.upgraded !== undefined) {
    expect(await valuesOf(database, change.upgraded.query)).toEqual(change.upgraded.values);
  }
  if (change.edits !== undefined) await database.migrate(change.edits);
  const back = planSchema({
    from: upgraded,
    to: before,
    renames: invertRenames(renames),
    archives: archives.archives,
  });
  await database.migrate(back.statements.map(({ sql }) => sql));
  expect(diffCaptures(before, await readCapture(database))).toEqual([]);
  expect(await valuesOf(database, query)).toEqual(change.back ?? was);
  expect(
    await valuesOf(database, "SELECT name FROM sqlite_schema WHERE name LIKE '\\_\\_%' ESCAPE '\\'"),
  ).toEqual([]);
  await database.migrate(up);
  expect(diffCaptures(upgraded, await readCapture(database))).toEqual([]);
}

async function clear(database: Database): Promise<void> {
  await clearScratch({ ...database, capture: () => readCapture(database) });
}

describe.each(["server", "file"] as const)("on a %s", (kind) => {
  let database: Database;
  beforeAll(() => {
    const url = kind === "server" ? server.url : pathToFileURL(join(folder, "changes.db")).href;
    const settings = { runtime: "node", projectFolder: "/nowhere", serverFolder: "/nowhere/server" } as const;
    database = openDatabase(parseDatabaseConfig({ DATABASE_URL: url }, settings));
  });
  afterAll(() => database.close());

  it.each(Object.entries(changes))("%s", async (_name, change) => {
    await clear(database);
    await play(database, change);
  });
});
