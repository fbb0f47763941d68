// That no revision leaves rows without their parents, and none is blamed for those that were there before.
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { execute } from "../../../../src/migrate/runtime/executor.ts";
import { mayBreakForeignKeys } from "../../../../src/migrate/runtime/foreign-keys.ts";
import { readApplied } from "../../../../src/migrate/runtime/version-table.ts";
import { failure } from "./failure.ts";
import { down, newDatabase, options, type OwnDatabase, revision, up } from "./revisions.ts";

const family = [
  "CREATE TABLE parents (id integer PRIMARY KEY)",
  "CREATE TABLE children (id integer PRIMARY KEY, parent integer REFERENCES parents (id))",
  "INSERT INTO parents VALUES (1)",
  "INSERT INTO children VALUES (1, 1)",
];

describe.each(["server", "file"] as const)("the foreign-key guard on a %s", (kind) => {
  let own: OwnDatabase;
  beforeEach(async () => {
    own = await newDatabase[kind]();
  });
  afterEach(() => own.remove());

  const begin = async (statements: readonly string[]): Promise<ReturnType<typeof options>> => {
    await execute(own.database, up(revision(0, statements, [])), options());
    return options({ seen: (await readApplied(own.database)) ?? [] });
  };
  /** Foreign keys are off in `migrate`, so that rows can lose their parents without a revision. */
  const orphan = (...statements: string[]): Promise<void> => own.database.migrate(statements);

  it("refuses a revision that leaves orphans, and names the tables and how many", async () => {
    const seen = await begin(family);
    const error = await failure(execute(own.database, up(revision(1, ["DELETE FROM parents"], [])), seen));
    expect(error.code).toBe("FOREIGN_KEYS_VIOLATED");
    expect(error.details["violations"]).toEqual(["children -> parents (1)"]);
    expect(await readApplied(own.database)).toHaveLength(1);
  });

  it("refuses orphans of a table that is new", async () => {
    const made = "CREATE TABLE pets (id integer PRIMARY KEY, owner REFERENCES parents (id))";
    const seen = await begin(family);
    const added = revision(1, [made, "INSERT INTO pets VALUES (1, 7)"], []);
    expect((await failure(execute(own.database, up(added), seen))).code).toBe("FOREIGN_KEYS_VIOLATED");
  });

  it("lets orphans stay that were there before", async () => {
    const seen = await begin(family);
    await orphan("INSERT INTO children VALUES (2, 99)");
    const added = revision(1, ["ALTER TABLE children ADD COLUMN age integer"], []);
    expect((await execute(own.database, up(added), seen)).executed).toEqual([added.tag]);
  });

  it("lets them stay when their table is renamed", async () => {
    const seen = await begin(family);
    await orphan("INSERT INTO children VALUES (2, 99), (3, 98)");
    const renamed = revision(1, ["ALTER TABLE children RENAME TO kids"], []);
    expect((await execute(own.database, up(renamed), seen)).executed).toEqual([renamed.tag]);
  });

  it("refuses a new orphan beside old ones, and counts the new one only", async () => {
    const seen = await begin([
      ...family,
      "CREATE TABLE pets (id integer PRIMARY KEY, owner REFERENCES parents (id))",
    ]);
    await orphan("INSERT INTO children VALUES (2, 99)");
    const added = revision(1, ["INSERT INTO pets VALUES (1, 98)"], []);
    const error = await failure(execute(own.database, up(added), seen));
    expect(error.details["violations"]).toEqual(["pets -> parents (1)"]);
  });

  it("still checks the other tables where one cannot be checked at all", async () => {
    const broken = "CREATE TABLE broken (id integer PRIMARY KEY, word REFERENCES words (word))";
    const seen = await begin([...family, "CREATE TABLE words (word text)"]);
    await own.database.migrate([
      broken,
      "INSERT INTO words VALUES ('a')",
      "INSERT INTO broken VALUES (1, 'a')",
    ]);
    const unchecked: string[] = [];
    const listening = {
      ...seen,
      onEvent: (event: { kind: string; table?: string }) =>
        void (event.kind === "foreign-key-unchecked" && unchecked.push(event.table ?? "")),
    };
    const harmless = revision(1, ["ALTER TABLE children ADD COLUMN age integer"], []);
    expect((await execute(own.database, up(harmless), listening)).executed).toEqual([harmless.tag]);
    expect(unchecked).toEqual(["broken"]);
    const after = options({ seen: (await readApplied(own.database)) ?? [] });
    const error = await failure(execute(own.database, up(revision(2, ["DELETE FROM parents"], [])), after));
    expect(error.details["violations"]).toEqual(["children -> parents (1)"]);
  });

  it("refuses an upgrade after which a table could not be checked any more, and lets a downgrade go back to one", async () => {
    const seen = await begin(["CREATE TABLE words (word text)", "CREATE UNIQUE INDEX w ON words (word)"]);
    const made = "CREATE TABLE broken (id integer PRIMARY KEY, word REFERENCES words (word))";
    const good = revision(1, [made], ["DROP INDEX w"]);
    await execute(own.database, up(good), seen);
    const now = options({ seen: (await readApplied(own.database)) ?? [] });
    const error = await failure(execute(own.database, up(revision(2, ["DROP INDEX w"], [])), now));
    expect(error.code).toBe("FOREIGN_KEYS_VIOLATED");
    expect(error.message).toContain("broken refers to columns that are neither a primary key nor unique");
    expect((await execute(own.database, down(good), now)).executed).toEqual([good.tag]);
  });
});

describe("mayBreakForeignKeys", () => {
  it.each([
    [false, ["CREATE UNIQUE INDEX i ON t (a)", "-- why\n/* so */ create view v as select 1"]],
    [false, ["DROP VIEW v", "CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END"]],
    [true, ["DROP INDEX i"]],
    [true, ["CREATE INDEX i ON t (a)", "-- create index\nDELETE FROM t"]],
    [true, ["CREATE TABLE t (a REFERENCES b)"]],
  ])("says %s for %j", (expected, statements) => {
    expect(mayBreakForeignKeys(statements)).toBe(expected);
  });
});
