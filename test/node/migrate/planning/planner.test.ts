// Captures in, statements out: nothing is dropped and made again that did not change.
import { describe, expect, it } from "vitest";

import { diffCaptures } from "../../../../src/migrate/schema/schema-diff.ts";
import { capture, planBoth } from "./captures.ts";

const users = "CREATE TABLE users (id INTEGER PRIMARY KEY, name text)";

describe("planSchema", () => {
  it("has nothing to do for the same schema in another spelling", () => {
    const { up, down } = planBoth(
      capture(users),
      capture('create table "users" ("id" integer primary key, `name` TEXT)'),
    );
    expect([up, down]).toEqual([[], []]);
  });

  it("adds and drops a column as SQLite does, and brings its values back", () => {
    const wide = capture("CREATE TABLE users (id INTEGER PRIMARY KEY, name text, bio text DEFAULT '-')");
    expect(planBoth(capture(users), wide).up).toEqual([
      "ALTER TABLE `users` ADD COLUMN bio text DEFAULT '-'",
    ]);
    const { up, down, back } = planBoth(wide, capture(users));
    expect(up).toEqual([
      "CREATE TABLE `__eaves_archive_0001_x_1` (`id` INTEGER PRIMARY KEY, `bio` TEXT)",
      "INSERT INTO `__eaves_archive_0001_x_1` (`id`, `bio`) SELECT `id`, `bio` FROM `users`",
      "ALTER TABLE `users` DROP COLUMN `bio`",
      "CREATE TRIGGER `__eaves_archive_0001_x_1_inserted` AFTER INSERT ON `users` BEGIN DELETE FROM `__eaves_archive_0001_x_1` WHERE `id` = NEW.`id`; END",
      "CREATE TRIGGER `__eaves_archive_0001_x_1_deleted` AFTER DELETE ON `users` BEGIN DELETE FROM `__eaves_archive_0001_x_1` WHERE `id` = OLD.`id`; END",
      "CREATE TRIGGER `__eaves_archive_0001_x_1_moved` AFTER UPDATE OF `id`, rowid, _rowid_, oid ON `users` WHEN NEW.`id` IS NOT OLD.`id` BEGIN DELETE FROM `__eaves_archive_0001_x_1` WHERE `id` = NEW.`id`; UPDATE `__eaves_archive_0001_x_1` SET `id` = NEW.`id` WHERE `id` = OLD.`id`; END",
    ]);
    expect(down).toEqual([
      "DROP TRIGGER `__eaves_archive_0001_x_1_inserted`",
      "DROP TRIGGER `__eaves_archive_0001_x_1_deleted`",
      "DROP TRIGGER `__eaves_archive_0001_x_1_moved`",
      "ALTER TABLE `users` ADD COLUMN bio text DEFAULT '-'",
      "UPDATE `users` SET `bio` = kept.`bio` FROM `__eaves_archive_0001_x_1` AS kept WHERE `users`.`id` = kept.`id`",
      "DROP TABLE `__eaves_archive_0001_x_1`",
    ]);
    expect(back.class).toBe("archived");
  });

  it("drops a trigger while archived values are written", () => {
    const trigger = "CREATE TRIGGER t AFTER UPDATE ON users BEGIN SELECT 1; END";
    const { down } = planBoth(
      capture("CREATE TABLE users (id INTEGER PRIMARY KEY, name text, bio text)", trigger),
      capture(users, trigger),
    );
    expect(down[3]).toBe("DROP TRIGGER `t`");
    expect(down.at(-2)).toBe(trigger);
  });

  it("puts a dropped column back in its place, which takes a rebuild", () => {
    const { back } = planBoth(
      capture("CREATE TABLE users (id INTEGER PRIMARY KEY, bio text, name text)"),
      capture(users),
    );
    expect(back.rebuilt).toEqual(["users"]);
  });

  it("touches only the views, triggers and indexes that a rebuild touches", () => {
    const rest = [
      "CREATE TABLE posts (id int, title text)",
      "CREATE INDEX on_posts ON posts (title)",
      "CREATE INDEX on_users ON users (name)",
      "CREATE VIEW v_posts AS SELECT title FROM posts",
      "CREATE VIEW v_users AS SELECT name FROM users",
      "CREATE VIEW v_above AS SELECT * FROM v_users",
      "CREATE TRIGGER r AFTER DELETE ON posts BEGIN DELETE FROM users WHERE id = old.id; END",
    ];
    const strict = `${users} STRICT`;
    expect(planBoth(capture(users, ...rest), capture(strict, ...rest)).up).toEqual([
      "DROP TRIGGER `r`",
      "DROP VIEW `v_above`",
      "DROP VIEW `v_users`",
      "CREATE TABLE `__new_users` (id INTEGER PRIMARY KEY, name text) STRICT",
      "INSERT INTO `__new_users` (`id`, `name`) SELECT old.`id`, old.`name` FROM `users` AS old",
      "DROP TABLE `users`",
      "ALTER TABLE `__new_users` RENAME TO `users`",
      rest[2],
      rest[4],
      rest[5],
      rest[6],
    ]);
  });

  it("drops a view that is broken already, since SQLite would refuse every change", () => {
    const broken = "CREATE VIEW broken AS SELECT * FROM gone";
    const { up } = planBoth(capture(users, broken), capture(`${users} STRICT`, broken));
    expect([up[0], up.at(-1)]).toEqual(["DROP VIEW `broken`", broken]);
  });

  it("renames a table, a column and drops a foreign key in one go", () => {
    const before = capture(
      "CREATE TABLE p (id INTEGER PRIMARY KEY)",
      "CREATE TABLE c (a int REFERENCES p (id), b int)",
    );
    const after = capture("CREATE TABLE p (id INTEGER PRIMARY KEY)", "CREATE TABLE d (a2 int, b int)");
    const { up } = planBoth(before, after, {
      tables: [{ from: "c", to: "d" }],
      columns: [{ table: "d", from: "a", to: "a2" }],
    });
    expect(up).toEqual([
      "ALTER TABLE `c` RENAME TO `d`",
      "ALTER TABLE `d` RENAME COLUMN `a` TO `a2`",
      "CREATE TABLE `__new_d` (a2 int, b int)",
      "INSERT INTO `__new_d` (rowid, `a2`, `b`) SELECT old.rowid, old.`a2`, old.`b` FROM `d` AS old",
      "DROP TABLE `d`",
      "ALTER TABLE `__new_d` RENAME TO `d`",
    ]);
  });

  it("gives a column's name to another one", () => {
    const { up, down } = planBoth(
      capture("CREATE TABLE t (a int, b int)"),
      capture("CREATE TABLE t (b int)"),
      {
        tables: [],
        columns: [{ table: "t", from: "a", to: "b" }],
      },
    );
    expect(up.filter((sql) => sql.startsWith("ALTER"))).toEqual([
      "ALTER TABLE `t` RENAME COLUMN `b` TO `__old_b`",
      "ALTER TABLE `t` RENAME COLUMN `a` TO `b`",
      "ALTER TABLE `t` DROP COLUMN `__old_b`",
    ]);
    expect(down.find((sql) => sql.startsWith("ALTER"))).toBe("ALTER TABLE `t` RENAME COLUMN `b` TO `a`");
  });

  it("gives a table's name to another one", () => {
    const { up, down } = planBoth(
      capture("CREATE TABLE a (x int)", "CREATE TABLE b (y int)"),
      capture("CREATE TABLE b (x int)"),
      {
        tables: [{ from: "a", to: "b" }],
        columns: [],
      },
    );
    expect(up.slice(1)).toEqual(["DROP TABLE `b`", "ALTER TABLE `a` RENAME TO `b`"]);
    expect(down.slice(0, 2)).toEqual(["ALTER TABLE `b` RENAME TO `a`", "CREATE TABLE b (y int)"]);
  });

  it("fills a full-text index anew instead of archiving it", () => {
    const index = "CREATE VIRTUAL TABLE f USING fts5(body, content='posts')";
    const posts = "CREATE TABLE posts (body text)";
    const { up, down, archives } = planBoth(capture(posts, index), capture(posts));
    expect([up, archives.archives]).toEqual([["DROP TABLE `f`"], []]);
    expect(down).toEqual([index, "INSERT INTO `f` (`f`) VALUES ('rebuild')"]);
    const empty = "CREATE VIRTUAL TABLE f USING fts5(body, content='')";
    expect(planBoth(capture(posts, empty), capture(posts)).archives.impossible).toHaveLength(1);
  });

  it.each([
    ["a table that goes", capture(), "newer-data-lost"],
    ["a type that changes", capture("CREATE TABLE users (id INTEGER PRIMARY KEY, name int)"), "archived"],
    [
      "a rule that comes back",
      capture("CREATE TABLE users (id INTEGER PRIMARY KEY, name text NOT NULL)"),
      "exact",
    ],
  ])("has a class for %s", (_what, after, expected) => {
    expect(planBoth(after, capture(users)).back.class).toBe(
      expected === "exact" ? "may-be-refused" : expected,
    );
  });
});

describe("diffCaptures", () => {
  it("names the part that differs, and overlooks an order of columns where it is told to", () => {
    const [a, b] = [capture(users), capture("CREATE TABLE users (name text, id INTEGER PRIMARY KEY)")];
    expect(diffCaptures(a, b)).toEqual([
      { object: "table users", expected: "another order of columns", found: expect.any(String) as unknown },
    ]);
    expect(diffCaptures(a, b, { ignoreColumnOrder: true })).toEqual([]);
    expect(diffCaptures(a, capture("CREATE TABLE users (id INTEGER PRIMARY KEY, name int)"))).toEqual([
      { object: "table users", expected: "column name text", found: "column name int" },
    ]);
    expect(diffCaptures(a, capture())).toEqual([
      { object: "table users", expected: expect.any(String) as unknown, found: undefined },
    ]);
  });
});
