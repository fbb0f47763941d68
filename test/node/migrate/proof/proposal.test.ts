import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { proposeRevision, type ProposalRequest } from "../../../../src/migrate/proof/proposal.ts";
import { emptyModel, type Model, type ModelColumn } from "../../../../src/migrate/schema/model.ts";
import { openGround, type TestGround } from "./ground.ts";
import { revisionOf } from "./project.ts";

const grounds: TestGround[] = [];
beforeAll(async () => {
  grounds.push(await openGround(), await openGround("file"));
});
afterAll(async () => {
  for (const ground of grounds) await ground.close();
});

/** A model column: `text`, `text!` for NOT NULL, `text!=0` with a default. */
function column(name: string, text: string): ModelColumn {
  const [, type = "", notNull, , defaultValue] = /^(\w+)(!?)(=(.*))?$/.exec(text) ?? [];
  const primaryKey = name === "id";
  return {
    name,
    type,
    notNull: notNull === "!" || primaryKey,
    primaryKey,
    autoincrement: false,
    defaultValue,
    generated: undefined,
  };
}

function model(...tables: (readonly [string, Readonly<Record<string, string>>])[]): Model {
  return {
    views: [],
    tables: tables.map(([name, columns]) => ({
      name,
      columns: Object.entries({ id: "integer", ...columns }).map(([key, text]) => column(key, text)),
      indexes: [],
      foreignKeys: [],
      primaryKey: undefined,
      uniques: [],
      checks: [],
    })),
  };
}

const usersSql = "CREATE TABLE `users` (`id` integer PRIMARY KEY NOT NULL, `name` text, `bio` text)";
const users = model(["users", { name: "text", bio: "text" }]);
const withoutBio = model(["users", { name: "text" }]);

function request(changes: Partial<ProposalRequest> & Pick<ProposalRequest, "next">): ProposalRequest {
  return {
    history: [revisionOf("0000_users", usersSql)],
    tag: "0001_change",
    generated: undefined,
    previous: users,
    renames: { tables: [], columns: [] },
    archive: () => Promise.resolve(false),
    clock: () => performance.now(),
    ...changes,
  };
}

describe.each(["server", "file"] as const)("proposeRevision on a %s", (kind) => {
  const propose = (changes: Parameters<typeof request>[0]) => {
    const ground = grounds.find((one) => one.kind === kind);
    if (ground === undefined) throw new Error(`no ground ${kind}`);
    return proposeRevision(ground, request(changes));
  };

  it("keeps drizzle-kit's statements where they prove right, and plans the downgrade", async () => {
    const generated = ["ALTER TABLE `users` ADD `age` integer"];
    const next = model(["users", { name: "text", bio: "text", age: "integer" }]);
    const proposal = await propose({ generated, next });
    expect(proposal).toMatchObject({ origin: "drizzle-kit", up: generated });
    expect(proposal.proof).toMatchObject({ upgrade: "ok", downgrade: "proven", unprovenTables: [] });
    expect(proposal.down.statements.map(({ sql }) => sql)).toEqual(["ALTER TABLE `users` DROP COLUMN `age`"]);
  });

  it("writes the planner's where drizzle-kit's loses rows", async () => {
    const next = model(["users", { name: "text", bio: "text!='none'" }]);
    const rebuild = [
      "CREATE TABLE `__new_users` (`id` integer PRIMARY KEY NOT NULL, `name` text, `bio` text DEFAULT 'none' NOT NULL)",
      "INSERT OR IGNORE INTO `__new_users` (id, name, bio) SELECT id, name, bio FROM users",
      "DROP TABLE users",
      "ALTER TABLE __new_users RENAME TO users",
    ];
    const proposal = await propose({ generated: rebuild, next });
    expect(proposal).toMatchObject({
      origin: "rewrite",
      rewriteReason: expect.stringContaining("users lost 2 of 10 rows"),
    });
    expect(proposal.proof).toMatchObject({ upgrade: "ok", downgrade: "proven" });
  });

  it("writes the planner's where drizzle-kit's leads to another schema", async () => {
    const next = model(["users", { name: "text", bio: "text", age: "integer=7" }]);
    const proposal = await propose({ generated: ["ALTER TABLE `users` ADD `age` integer"], next });
    expect(proposal.origin).toBe("rewrite");
    expect(proposal.rewriteReason).toContain("table users");
  });

  it("writes the planner's where drizzle-kit's does not run", async () => {
    const next = model(["users", { name: "text", bio: "text", age: "integer" }]);
    const proposal = await propose({ generated: ["ALTER TABLE nope ADD age integer"], next });
    expect(proposal).toMatchObject({
      origin: "rewrite",
      rewriteReason: expect.stringContaining("no such table"),
    });
  });

  it("brings a dropped column back byte for byte with an archive", async () => {
    const generated = ["ALTER TABLE `users` DROP COLUMN `bio`"];
    const proposal = await propose({ generated, next: withoutBio, archive: () => Promise.resolve(true) });
    expect(proposal.up[0]).toMatch(/^CREATE TABLE `__eaves_archive_0001_change_1`/);
    expect(proposal.proof).toMatchObject({ downgrade: "proven", class: "archived" });
  });

  it("says that a dropped column comes back without its values where nothing is archived", async () => {
    const generated = ["ALTER TABLE `users` DROP COLUMN `bio`"];
    const proposal = await propose({ generated, next: withoutBio });
    expect(proposal.proof).toMatchObject({ downgrade: "proven", class: "structure-only" });
  });

  it("asks about an archive only where something goes", async () => {
    const asked: unknown[] = [];
    const archive = (removals: unknown) => Promise.resolve(asked.push(removals) < 0);
    await propose({ next: model(["users", { name: "text", bio: "text", age: "integer" }]), archive });
    expect(asked).toEqual([]);
    await propose({ next: withoutBio, archive });
    expect(asked).toMatchObject([[{ kind: "column", table: "users", column: "bio" }]]);
  });

  it("follows decided renames, and loses nothing", async () => {
    const renames = {
      tables: [{ from: "users", to: "people" }],
      columns: [{ table: "people", from: "name", to: "full_name" }],
    };
    const proposal = await propose({ renames, next: model(["people", { full_name: "text", bio: "text" }]) });
    expect(proposal.proof).toMatchObject({ upgrade: "ok", downgrade: "proven", class: "exact" });
    expect(proposal.removals).toEqual([]);
  });

  it("proves a constraint that the generated rows break, and says that rows may", async () => {
    const next = model(["users", { name: "text!", bio: "text" }]);
    const proposal = await propose({ next });
    expect(proposal.proof).toMatchObject({ upgrade: "ok", downgrade: "proven" });
    expect(proposal.notes).toEqual([expect.stringMatching(/^rows may refuse the upgrade: NOT NULL .*name/)]);
  });

  it("makes a first revision", async () => {
    const proposal = await propose({ history: [], previous: emptyModel, next: users, generated: [usersSql] });
    expect(proposal).toMatchObject({ origin: "drizzle-kit", proof: { upgrade: "ok", downgrade: "proven" } });
    expect(proposal.down.statements.map(({ sql }) => sql)).toEqual(["DROP TABLE `users`"]);
  });

  it("converts the values that drizzle's ALTER COLUMN leaves as they are", async () => {
    const generated = ['ALTER TABLE `users` ALTER COLUMN "bio" TO "bio" integer'];
    const next = model(["users", { name: "text", bio: "integer" }]);
    const proposal = await propose({ generated, next });
    expect(proposal).toMatchObject({ origin: "rewrite", proof: { upgrade: "ok", downgrade: "proven" } });
    expect(proposal.rewriteReason).toContain("users.bio has");
  });

  it("writes its own conversion where no row could be made to try drizzle-kit's", async () => {
    const sql =
      "CREATE TABLE users (id integer PRIMARY KEY NOT NULL, name text NOT NULL CHECK (name = 'x' AND 0), bio text)";
    const generated = ['ALTER TABLE `users` ALTER COLUMN "bio" TO "bio" integer'];
    const table = { ...users, tables: users.tables.map((one) => ({ ...one })) };
    const proposal = await propose({
      history: [revisionOf("0000_users", sql)],
      previous: table,
      generated,
      next: model(["users", { name: "text", bio: "integer" }]),
    });
    expect(proposal).toMatchObject({
      origin: "rewrite",
      proof: { upgrade: "ok", unprovenTables: ["users"] },
    });
  });

  it("gives rows the column's own default, each its own value", async () => {
    const token = "text!=('tok_' || lower(hex(randomblob(4))))";
    const [table] = model(["users", { name: "text", bio: "text", token }]).tables;
    if (table === undefined) throw new Error("no table");
    const index = {
      name: "i",
      unique: true,
      parts: [{ text: "token", isExpression: false }],
      where: undefined,
    };
    const proposal = await propose({ next: { views: [], tables: [{ ...table, indexes: [index] }] } });
    expect(proposal.proof).toMatchObject({ upgrade: "ok", downgrade: "proven", unprovenTables: [] });
    expect(proposal.up.find((sql) => sql.startsWith("INSERT"))).toContain(
      "'tok_' || lower(hex(randomblob(4)))",
    );
  });

  it("refuses what breaks a trigger or a view made by hand, and names it", async () => {
    const history = [
      revisionOf("0000_users", usersSql),
      revisionOf(
        "0001_log",
        [
          "CREATE TABLE log (id integer PRIMARY KEY NOT NULL)",
          "CREATE TRIGGER t AFTER UPDATE ON users BEGIN INSERT INTO log VALUES (new.id); END",
          "CREATE VIEW v AS SELECT * FROM log",
        ].join(";\n--> statement-breakpoint\n"),
      ),
    ];
    const previous = model(["users", { name: "text", bio: "text" }], ["log", {}]);
    const proposal = await propose({ history, previous, next: users, generated: ["DROP TABLE log"] });
    expect(proposal.proof).toMatchObject({
      upgrade: "failed",
      reason: expect.stringMatching(/view v .*trigger t /),
    });
  });

  it("does not block for what was broken before, and says so", async () => {
    const history = [
      revisionOf("0000_users", `${usersSql};\n--> statement-breakpoint\nCREATE VIEW v AS SELECT * FROM gone`),
    ];
    const next = model(["users", { name: "text", bio: "text", age: "integer" }]);
    const proposal = await propose({ history, next, generated: ["ALTER TABLE `users` ADD `age` integer"] });
    expect(proposal.proof).toMatchObject({ upgrade: "ok", downgrade: "proven" });
    expect(proposal.notes).toEqual([expect.stringContaining("the view v cannot be read")]);
  });

  it("refuses a foreign key to a table that no revision makes", async () => {
    const [table] = users.tables;
    if (table === undefined) throw new Error("no table");
    const key = {
      name: "fk",
      columns: ["name"],
      parent: "gone",
      parentColumns: ["id"],
      onDelete: undefined,
      onUpdate: undefined,
    };
    const next = { views: [], tables: [{ ...table, foreignKeys: [key] }] };
    const proposal = await propose({ history: [], previous: emptyModel, next });
    expect(proposal.proof).toMatchObject({
      upgrade: "failed",
      reason: expect.stringContaining("foreign key of users (name) refers to the table gone"),
    });
  });
});
