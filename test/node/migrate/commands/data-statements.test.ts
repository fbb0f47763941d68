// Revisions that change rows by statements of their own: what each command says of them, and what a downgrade does.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  adopt,
  checkProject,
  downgrade,
  proveHistory,
  readHistory,
  upgrade,
} from "../../../../src/migrate/index.ts";
import { createProject, type TestProject, writeHistory } from "./project.ts";

const history = [
  {
    tag: "0000_users",
    up: "CREATE TABLE `users` (`id` integer PRIMARY KEY NOT NULL, `email` text NOT NULL, `plan` text DEFAULT 'free' NOT NULL);",
  },
  { tag: "0001_lower_email", up: "UPDATE `users` SET `email` = lower(trim(`email`));" },
  { tag: "0002_rename_plan", up: "UPDATE `users` SET `plan` = 'basic' WHERE `plan` = 'starter';" },
  {
    tag: "0003_drop_spam",
    up: "DELETE FROM `users` WHERE `email` LIKE '%@spam.example';\n-- eaves:allow DELETES_ROWS spam",
  },
];
const rows = "SELECT group_concat(email || '/' || plan, ' ') FROM (SELECT * FROM users ORDER BY id)";
const tags = ["0001_lower_email", "0002_rename_plan", "0003_drop_spam"];

describe("a revision that changes rows", () => {
  let project: TestProject;
  beforeEach(async () => {
    project = await createProject();
    await writeHistory(project, history);
  });
  afterEach(() => project[Symbol.asyncDispose]());

  const down = (tag: string): string => `drizzle/${tag}.down.sql`;

  it("is unknown to adopt, check --prove and history alike, and gets no downgrade", async () => {
    const { revisions, written } = await adopt(project.context);
    expect(written).toEqual([down("0000_users")]);
    const proven = await proveHistory(project.context);
    const listed = await readHistory(project.context);
    for (const answer of [revisions, proven.revisions, listed]) {
      expect(answer.map((revision) => revision.class)).toEqual([
        "newer-data-lost",
        "unknown",
        "unknown",
        "unknown",
      ]);
    }
    for (const reason of revisions.slice(1).map((revision) => revision.reason)) {
      expect(reason).toContain("drizzle/000");
      expect(reason).toContain(".down.sql");
    }
  });

  it("is not taken back without a script, and loses nothing", async () => {
    await adopt(project.context);
    await upgrade(project.context, { target: "0000" });
    await project.client.execute(
      "INSERT INTO users VALUES (1, 'Ada@Example.com', 'starter'), (2, 'bob@spam.example', 'free')",
    );
    await upgrade(project.context);
    const changed = await project.sql(rows);
    expect(changed).toEqual(["ada@example.com/basic"]);
    await expect(downgrade(project.context, { target: "0000" })).rejects.toMatchObject({
      code: "DOWNGRADE_IRREVERSIBLE",
    });
    expect(await project.sql(rows)).toEqual(changed);
  });

  it("is not taken back by a script that was planned from the schema, until a person says so in it", async () => {
    for (const tag of tags)
      await project.write(
        down(tag),
        "-- eaves:class exact\n-- eaves:proven by an older version\nSELECT 1;\n",
      );
    await upgrade(project.context);
    expect((await readHistory(project.context)).slice(1).map((revision) => revision.class)).toEqual([
      "unknown",
      "unknown",
      "unknown",
    ]);
    const refused = await downgrade(project.context, { target: "-1" }).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: "DOWNGRADE_IRREVERSIBLE",
      place: { file: down("0003_drop_spam") },
    });
    const { findings } = await checkProject(project.context);
    expect(
      findings.filter(({ code }) => code === "DOWNGRADE_MISSING").map(({ revision }) => revision),
    ).toEqual(["0000_users", ...tags]);
    const { revisions } = await proveHistory(project.context);
    expect(revisions.slice(1).map((revision) => revision.downgrade)).toEqual([
      "unproven",
      "unproven",
      "unproven",
    ]);
    await project.write(down("0003_drop_spam"), "-- eaves:class unknown\nSELECT 1;\n");
    expect((await downgrade(project.context, { target: "-1" })).executed).toEqual(["0003_drop_spam"]);
  });

  it("has its hand-written downgrade proven over rows that meet its conditions", async () => {
    await project.write(down("0002_rename_plan"), "UPDATE users SET plan = 'starter' WHERE plan = 'basic';");
    await project.write(down("0003_drop_spam"), "SELECT 1;");
    const { revisions } = await proveHistory(project.context);
    expect(revisions[2]).toMatchObject({ class: "unknown", downgrade: "proven" });
    expect(revisions[3]).toMatchObject({
      class: "unknown",
      downgrade: "unproven",
      reason: expect.stringContaining("users lost"),
    });
    await project.write(down("0002_rename_plan"), "SELECT 1;");
    const [, , wrong] = (await proveHistory(project.context)).revisions;
    expect(wrong).toMatchObject({
      class: "unknown",
      downgrade: "unproven",
      reason: expect.stringContaining("plan"),
    });
  });
});

const conditions: readonly { readonly sql: string; readonly what: string }[] = [
  {
    what: "a LIKE and a number",
    sql: "DELETE FROM users WHERE email LIKE 'test+%@example.com' AND logins < 3",
  },
  {
    what: "a function and an IN list",
    sql: "UPDATE users SET plan = 'x' WHERE lower(plan) IN ('gold', 'silver')",
  },
  {
    what: "a sub-select without a foreign key",
    sql: "DELETE FROM users WHERE id IN (SELECT who FROM bans WHERE reason = 'spam')",
  },
  {
    what: "a join",
    sql: "UPDATE users SET plan = 'banned' FROM bans WHERE bans.who = users.id AND bans.reason GLOB 'fraud*'",
  },
  {
    what: "a range behind a WITH",
    sql: "WITH old AS (SELECT id FROM users WHERE logins BETWEEN 100 AND 200) DELETE FROM users WHERE id IN old",
  },
  { what: "a function alone", sql: "UPDATE users SET email = upper(email) WHERE email <> upper(email)" },
];

describe("rows for the conditions of a data statement", () => {
  it.each(conditions)("meet $what", async ({ sql }) => {
    await using project = await createProject();
    await writeHistory(project, [
      {
        tag: "0000_start",
        up: `CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL UNIQUE, plan text NOT NULL, logins integer NOT NULL);
--> statement-breakpoint
CREATE TABLE bans (id integer PRIMARY KEY, who integer, reason text);`,
        down: "DROP TABLE bans;\n--> statement-breakpoint\nDROP TABLE users;",
      },
      { tag: "0001_change", up: `${sql};`, down: "SELECT 1;" },
    ]);
    const [, changed] = (await proveHistory(project.context)).revisions;
    expect(changed).toMatchObject({
      downgrade: "unproven",
      reason: expect.stringContaining("after the downgrade users"),
    });
  });
});
