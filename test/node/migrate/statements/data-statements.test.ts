import { describe, expect, it } from "vitest";
import { findDataStatements } from "../../../../src/migrate/statements/data-statements.ts";
import { readScriptText } from "../../../../src/migrate/history/script-text.ts";

const users = `CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL, plan text DEFAULT 'free', age integer);
CREATE TABLE bans (id integer PRIMARY KEY, user_id integer);`;

/** The summaries of the last of these scripts. */
function found(...texts: readonly string[]): readonly string[] {
  const scripts = texts.map((text) => ({ text, statements: readScriptText(text).statements }));
  return (
    findDataStatements(scripts)
      .at(-1)
      ?.map(({ summary }) => summary) ?? []
  );
}

const changing: readonly {
  readonly what: string;
  readonly sql: string;
  readonly finds: readonly string[];
}[] = [
  {
    what: "an UPDATE of all rows",
    sql: "UPDATE users SET email = lower(trim(email))",
    finds: ["UPDATE users"],
  },
  {
    what: "an UPDATE of rows with a literal, in lower case",
    sql: "update `users` set `plan` = 'basic' where `plan` = 'starter'",
    finds: ["UPDATE users"],
  },
  {
    what: "a DELETE by LIKE",
    sql: "DELETE FROM main.users WHERE email LIKE '%@spam.example'",
    finds: ["DELETE FROM users"],
  },
  {
    what: "an UPDATE from a join",
    sql: "UPDATE users SET plan = 'x' FROM bans WHERE bans.user_id = users.id",
    finds: ["UPDATE users"],
  },
  {
    what: "an UPDATE behind a WITH",
    sql: "WITH b(i) AS (SELECT user_id FROM bans) UPDATE OR IGNORE users SET plan = 'x' WHERE id IN b",
    finds: ["UPDATE users"],
  },
  { what: "an INSERT", sql: "INSERT INTO users (email) VALUES ('a')", finds: ["INSERT INTO users"] },
  { what: "an INSERT of defaults", sql: "INSERT INTO bans DEFAULT VALUES", finds: ["INSERT INTO bans"] },
  { what: "a REPLACE", sql: "REPLACE INTO users (id, email) VALUES (1, 'a')", finds: ["REPLACE INTO users"] },
  {
    what: "an upsert",
    sql: "INSERT INTO users (id, email) VALUES (1, 'a') ON CONFLICT (id) DO UPDATE SET email = excluded.email",
    finds: ["INSERT INTO users"],
  },
  {
    what: "an INSERT from another table",
    sql: "INSERT OR REPLACE INTO users SELECT id, 'x', 'y', 1 FROM bans",
    finds: ["INSERT INTO users"],
  },
  {
    what: "statements behind comments and in one chunk",
    sql: "-- first\n/* then */ DELETE FROM bans; -- and\nUPDATE users SET age = 1",
    finds: ["DELETE FROM bans", "UPDATE users"],
  },
  {
    what: "an UPDATE of a column that is filled and takes the place of another",
    sql: `ALTER TABLE users ADD mail text; UPDATE users SET mail = lower(email);
ALTER TABLE users DROP COLUMN email; ALTER TABLE users RENAME COLUMN mail TO email`,
    finds: ["UPDATE users"],
  },
  {
    what: "an UPDATE of a new column and an old one",
    sql: "ALTER TABLE users ADD slug text; UPDATE users SET slug = email, plan = 'x'",
    finds: ["UPDATE users"],
  },
  {
    what: "an UPDATE of a column that is dropped and added again",
    sql: "ALTER TABLE users DROP COLUMN plan; ALTER TABLE users ADD plan text; UPDATE users SET plan = 'x'",
    finds: ["UPDATE users"],
  },
  {
    what: "an UPDATE of a table under its new name",
    sql: "ALTER TABLE users RENAME TO people; UPDATE people SET age = 1",
    finds: ["UPDATE people"],
  },
  {
    what: "a backfill that fires a trigger",
    sql: `CREATE TRIGGER t AFTER UPDATE ON users BEGIN UPDATE bans SET user_id = 0; END;
ALTER TABLE users ADD slug text; UPDATE users SET slug = email`,
    finds: ["UPDATE users"],
  },
  {
    what: "a rebuild that changes values on its way",
    sql: `CREATE TABLE __new_bans (id integer PRIMARY KEY, user_id integer);
INSERT INTO __new_bans SELECT id, abs(user_id) FROM bans; DROP TABLE bans; ALTER TABLE __new_bans RENAME TO bans`,
    finds: ["INSERT INTO __new_bans"],
  },
  {
    what: "a rebuild that leaves rows out",
    sql: `CREATE TABLE b (id integer PRIMARY KEY, user_id integer);
INSERT INTO b SELECT id, user_id FROM bans WHERE user_id < 10; DROP TABLE bans; ALTER TABLE b RENAME TO bans`,
    finds: ["INSERT INTO b"],
  },
  {
    what: "a rebuild that swaps columns",
    sql: `CREATE TABLE b (id integer PRIMARY KEY, user_id integer);
INSERT INTO b (user_id, id) SELECT id, user_id FROM bans; DROP TABLE bans; ALTER TABLE b RENAME TO bans`,
    finds: ["INSERT INTO b"],
  },
  {
    what: "a rebuild that forgets a column",
    sql: `CREATE TABLE b (id integer PRIMARY KEY, user_id integer);
INSERT INTO b (id) SELECT id FROM bans; DROP TABLE bans; ALTER TABLE b RENAME TO bans`,
    finds: ["INSERT INTO b"],
  },
  {
    what: "a rebuild from two selects",
    sql: `CREATE TABLE b (id integer PRIMARY KEY, user_id integer);
INSERT INTO b SELECT id, user_id FROM bans UNION ALL SELECT id, 0 FROM users; DROP TABLE bans; ALTER TABLE b RENAME TO bans`,
    finds: ["INSERT INTO b"],
  },
  {
    what: "a rebuild by CREATE TABLE AS that changes values",
    sql: "CREATE TABLE b AS SELECT id, -user_id AS user_id FROM bans; DROP TABLE bans; ALTER TABLE b RENAME TO bans",
    finds: ["CREATE TABLE b"],
  },
  {
    what: "an UPDATE of the rebuilt table before it takes the name",
    sql: `CREATE TABLE b (id integer PRIMARY KEY, user_id integer); INSERT INTO b SELECT * FROM bans;
UPDATE b SET user_id = 0; DROP TABLE bans; ALTER TABLE b RENAME TO bans`,
    finds: ["UPDATE b"],
  },
  {
    what: "rows for a table that replaces another",
    sql: "DROP TABLE bans; CREATE TABLE bans (id integer PRIMARY KEY, user_id integer); INSERT INTO bans VALUES (1, 1)",
    finds: ["INSERT INTO bans"],
  },
  { what: "a view with triggers", sql: "UPDATE everybody SET email = 'x'", finds: ["UPDATE everybody"] },
  {
    what: "a counter",
    sql: "UPDATE sqlite_sequence SET seq = 100 WHERE name = 'users'",
    finds: ["UPDATE sqlite_sequence"],
  },
];

const harmless: readonly { readonly what: string; readonly sql: string }[] = [
  {
    what: "drizzle-kit's rebuild",
    sql: `PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE \`__new_users\` (\`id\` integer PRIMARY KEY, \`email\` text, \`plan\` text DEFAULT 'free', \`age\` text);
--> statement-breakpoint
INSERT INTO \`__new_users\`("id", "email", "plan", "age") SELECT "id", "email", "plan", "age" FROM \`users\`;--> statement-breakpoint
DROP TABLE \`users\`;--> statement-breakpoint
ALTER TABLE \`__new_users\` RENAME TO \`users\`;--> statement-breakpoint
PRAGMA foreign_keys=ON;`,
  },
  {
    what: "a rebuild without the column that the same script has added",
    sql: "ALTER TABLE users ADD bio text; CREATE TABLE __new_users (id integer PRIMARY KEY, email text, plan text, age integer, bio text UNIQUE); INSERT INTO __new_users (id, email, plan, age) SELECT id, email, plan, age FROM users; DROP TABLE users; ALTER TABLE __new_users RENAME TO users",
  },
  {
    what: "a rebuild that puts the old table aside first",
    sql: `ALTER TABLE bans RENAME TO bans_old; CREATE TABLE bans (id integer PRIMARY KEY, user_id integer NOT NULL DEFAULT 0);
INSERT INTO bans SELECT id, ifnull(user_id, 0) FROM bans_old ORDER BY id; DROP TABLE bans_old`,
  },
  {
    what: "a rebuild by way of a copy",
    sql: `CREATE TABLE copy AS SELECT * FROM bans; DROP TABLE bans; CREATE TABLE bans (id integer PRIMARY KEY, user_id text);
INSERT INTO bans SELECT id, CAST(user_id AS text) FROM copy; DROP TABLE copy`,
  },
  {
    what: "the counter of a rebuild",
    sql: `CREATE TABLE b (id integer PRIMARY KEY AUTOINCREMENT, user_id integer); INSERT INTO b SELECT * FROM bans;
DELETE FROM sqlite_sequence WHERE name = 'b'; INSERT INTO sqlite_sequence (name, seq) SELECT 'b', seq FROM sqlite_sequence WHERE name = 'bans';
DROP TABLE bans; ALTER TABLE b RENAME TO bans`,
  },
  {
    what: "an archive",
    sql: `CREATE TABLE __eaves_archive_0001_x_1 AS SELECT id, age FROM users; ALTER TABLE users DROP COLUMN age;
ALTER TABLE __eaves_archive_0001_x_1 ADD COLUMN y; UPDATE __eaves_archive_0001_x_1 SET y = (SELECT 1 FROM users)`,
  },
  {
    what: "rows for a new table",
    sql: "CREATE TABLE k (id integer PRIMARY KEY); INSERT INTO k VALUES (1), (2); UPDATE k SET id = 3 WHERE id = 1",
  },
  {
    what: "the values of a new column",
    sql: "ALTER TABLE users ADD slug text; UPDATE users SET slug = lower(email) WHERE email LIKE '%@%'",
  },
  { what: "a table that goes with its rows", sql: "DELETE FROM bans WHERE user_id = 7; DROP TABLE bans" },
  {
    what: "a trigger's body",
    sql: "CREATE TRIGGER t AFTER INSERT ON users BEGIN UPDATE users SET age = 0; DELETE FROM bans; END",
  },
  {
    what: "a full-text index that is filled",
    sql: "CREATE VIRTUAL TABLE f USING fts5(email, content='users', content_rowid='id'); INSERT INTO f (f) VALUES ('rebuild')",
  },
  {
    what: "a table made from rows",
    sql: "CREATE TABLE copies AS SELECT id, lower(email) AS email FROM users",
  },
  { what: "a question", sql: "WITH a AS (SELECT 1) SELECT replace('a', 'b', 'c') FROM a" },
];

describe("findDataStatements", () => {
  it.each(changing)("finds $what", ({ sql, finds }) => {
    expect(found(users, sql)).toEqual(finds);
  });

  it.each(harmless)("passes over $what", ({ sql }) => {
    expect(found(users, sql)).toEqual([]);
  });

  it("follows tables and triggers through the revisions before", () => {
    const renamed = "ALTER TABLE users RENAME TO people; ALTER TABLE people ADD slug text;";
    expect(found(users, renamed, "UPDATE people SET slug = 'x'")).toEqual(["UPDATE people"]);
    const trigger = "CREATE TRIGGER IF NOT EXISTS t AFTER UPDATE OF id ON users BEGIN DELETE FROM bans; END;";
    const backfill = "ALTER TABLE users ADD x text; UPDATE users SET x = 'y'";
    expect(found(users, trigger, backfill)).toEqual(["UPDATE users"]);
    expect(found(users, trigger, "DROP TRIGGER t;", backfill)).toEqual([]);
    expect(
      found(users, "DROP TABLE bans;", "CREATE TABLE bans (id integer); INSERT INTO bans VALUES (1)"),
    ).toEqual([]);
    const computed = "CREATE TABLE g (id integer PRIMARY KEY, low text AS ('x'));";
    const plain = `CREATE TABLE b (id integer PRIMARY KEY, low text); INSERT INTO b (id) SELECT id FROM g;
DROP TABLE g; ALTER TABLE b RENAME TO g`;
    expect(found(computed, plain)).toEqual([]);
    const search = "CREATE VIRTUAL TABLE f USING fts5(email);";
    expect(found(users, search, "INSERT INTO f(f, rank) VALUES('merge', 16)")).toEqual([]);
    expect(found(users, search, "INSERT INTO f(f) VALUES('delete-all')")).toEqual(["INSERT INTO f"]);
  });
});
