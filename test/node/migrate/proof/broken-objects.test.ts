// What works in a schema and what does not, on a real server.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findBroken, findRefusing } from "../../../../src/migrate/proof/broken-objects.ts";
import { readContents } from "../../../../src/migrate/proof/row-reading.ts";
import { clearScratch } from "../../../../src/migrate/proof/scratch.ts";
import { openGround, type TestGround } from "./ground.ts";

let ground: TestGround;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground.close());
beforeEach(() => clearScratch(ground.port));

const objects = (found: readonly { readonly object: string }[]) =>
  found.map(({ object }) => object).toSorted();

async function broken(...statements: readonly string[]): Promise<string[]> {
  await ground.port.migrate(statements);
  return objects(await findBroken(ground.port, await ground.port.capture()));
}

const tables = [
  "CREATE TABLE a (id integer PRIMARY KEY, v text)",
  "CREATE TABLE b (id integer PRIMARY KEY, aid integer)",
];
const trigger = (name: string, on: string, body: string) => `CREATE TRIGGER ${name} ${on} BEGIN ${body}; END`;

describe("findBroken", () => {
  it("finds nothing in a schema of many kinds, with constraints that no generated row meets", async () => {
    expect(
      await broken(
        "CREATE TABLE s (id INTEGER PRIMARY KEY, t TEXT NOT NULL CHECK (t = 'never' AND 0), g TEXT AS (upper(t)) STORED) STRICT",
        "CREATE TABLE w (k TEXT PRIMARY KEY, up TEXT NOT NULL REFERENCES w (k) ON DELETE RESTRICT) WITHOUT ROWID",
        "CREATE TABLE m (id integer PRIMARY KEY, x UNIQUE, y AS (x), FOREIGN KEY (x) REFERENCES w ON UPDATE CASCADE)",
        "CREATE VIRTUAL TABLE f USING fts5(t, content='s', content_rowid='id')",
        "CREATE VIRTUAL TABLE f_words USING fts5vocab(f, row)",
        "CREATE VIEW v AS SELECT k, up FROM w",
        trigger("v_insert", "INSTEAD OF INSERT ON v", "INSERT INTO w VALUES (new.k, new.up)"),
        trigger("v_update", "INSTEAD OF UPDATE ON v", "UPDATE w SET up = new.up WHERE k = old.k"),
        trigger("never", "BEFORE DELETE ON w", "SELECT RAISE(ABORT, 'no such table: kept')"),
      ),
    ).toEqual([]);
  });

  it.each([
    ["a view", "CREATE VIEW v AS SELECT gone FROM a", "view v"],
    ["a view over a broken view's table", "CREATE VIEW v AS SELECT * FROM gone", "view v"],
    [
      "an INSERT trigger",
      trigger("t", "AFTER INSERT ON a", "INSERT INTO b (gone) VALUES (new.id)"),
      "trigger t",
    ],
    ["an UPDATE trigger", trigger("t", "AFTER UPDATE OF v ON a", "DELETE FROM gone"), "trigger t"],
    [
      "a DELETE trigger",
      trigger("t", "BEFORE DELETE ON a WHEN old.id > 99", "UPDATE b SET gone = 1"),
      "trigger t",
    ],
    [
      "a trigger's own columns",
      trigger("t", "AFTER INSERT ON a", "INSERT INTO b (aid) VALUES (new.gone)"),
      "trigger t",
    ],
    ["a foreign key without its table", "CREATE TABLE c (x REFERENCES gone (id))", "foreign key of c (x)"],
    ["a foreign key without its column", "CREATE TABLE c (x REFERENCES a (gone))", "foreign key of c (x)"],
    ["a foreign key without its unique key", "CREATE TABLE c (x REFERENCES a (v))", "foreign key of c (x)"],
    ["a search table without its content", "CREATE VIRTUAL TABLE f USING fts5(v, content='gone')", "table f"],
  ])("names %s", async (_, statement, object) => {
    expect(await broken(...tables, statement)).toEqual([object]);
  });

  it("names an INSTEAD OF trigger of a view", async () => {
    const view = "CREATE VIEW v AS SELECT id FROM a";
    const update = trigger("t", "INSTEAD OF UPDATE ON v", "DELETE FROM gone");
    expect(await broken(...tables, view, update)).toEqual(["trigger t"]);
  });

  it("names each of several, and no other trigger of the same table", async () => {
    expect(
      await broken(
        ...tables,
        trigger("right", "AFTER INSERT ON a", "INSERT INTO b (aid) VALUES (new.id)"),
        trigger("wrong", "AFTER INSERT ON a", "INSERT INTO c (aid) VALUES (new.id)"),
        trigger("wrong too", "AFTER INSERT ON b", "DELETE FROM c").replace("wrong too", "wrong_too"),
        "CREATE VIEW v AS SELECT * FROM c",
      ),
    ).toEqual(["trigger right", "trigger wrong", "trigger wrong_too", "view v"]);
  });

  it("changes nothing", async () => {
    await ground.port.migrate([...tables, "INSERT INTO a VALUES (1, 'x')"]);
    const capture = await ground.port.capture();
    const before = await readContents(ground.port, capture);
    await broken(trigger("t", "AFTER INSERT ON a", "DELETE FROM gone"));
    expect(await readContents(ground.port, capture)).toEqual(before);
  });
});

describe("findRefusing", () => {
  async function refusing(...statements: readonly string[]): Promise<string[]> {
    await ground.port.migrate([...tables, "INSERT INTO a VALUES (1, 'x'), (2, NULL)", ...statements]);
    const capture = await ground.port.capture();
    const contents = await readContents(ground.port, capture);
    const found = objects(await findRefusing(ground.port, capture, contents));
    expect(await readContents(ground.port, capture)).toEqual(contents);
    return found;
  }

  it("fires triggers, and takes back what they write", async () => {
    const log = (use: string) => trigger(`on_${use}`, `AFTER ${use} ON a`, "INSERT INTO b (aid) VALUES (1)");
    expect(await refusing(log("INSERT"), log("UPDATE"), log("DELETE"))).toEqual([]);
  });

  it("names a trigger that writes no row which its table takes", async () => {
    const table = "CREATE TABLE log (id integer PRIMARY KEY, what text NOT NULL)";
    const write = trigger("t", "AFTER UPDATE ON a", "INSERT INTO log (id) VALUES (NULL)");
    expect(await refusing(table, write)).toEqual(["trigger t"]);
  });

  it("names a trigger that refuses every row", async () => {
    expect(await refusing(trigger("t", "BEFORE DELETE ON a", "SELECT RAISE(ABORT, 'kept')"))).toEqual([
      "trigger t",
    ]);
  });
});
