// Hazards of what is pending, over a database with rows: refused before anything is touched, accepted by a line, told.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkProject, type HazardReport, upgrade } from "../../../../../src/migrate/index.ts";
import { createProject, type HandWritten, type TestProject, writeHistory } from "../project.ts";

const users: HandWritten = {
  tag: "0000_users",
  up: "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, bio TEXT, old TEXT);",
};
const dropBio: HandWritten = { tag: "0001_drop_bio", up: "ALTER TABLE users DROP COLUMN bio;" };
const uniqueEmail: HandWritten = {
  tag: "0002_unique_email",
  up: "SELECT 1;\n--> statement-breakpoint\nCREATE UNIQUE INDEX ix_email ON users (email);",
};
const allow = (code: string, { tag, up }: HandWritten, reason = "decided"): HandWritten => ({
  tag,
  up: `-- eaves:allow ${code} ${reason}\n${up}`,
});

let project: TestProject;
beforeEach(async () => {
  project = await createProject();
});
afterEach(() => project[Symbol.asyncDispose]());

/** The first revision is applied, and the table has rows. */
async function begin(...pending: readonly HandWritten[]): Promise<void> {
  await writeHistory(project, [users]);
  await upgrade(project.context);
  await project.sql("INSERT INTO users (email, bio) VALUES ('ada', 'x'), ('bob', 'y'), ('ada', NULL)");
  await writeHistory(project, [users, ...pending]);
}
const content = async () => JSON.stringify((await project.client.execute("SELECT * FROM users")).rows);
const schema = () => project.sql("SELECT group_concat(sql) FROM sqlite_schema");

describe("upgrade over hazards that nobody accepted", () => {
  it("names all of them at once with place, rows and remedies, and touches nothing", async () => {
    await begin(dropBio, uniqueEmail);
    const before = [await content(), await schema()];
    const run = await project.run(["upgrade"]);
    expect(run).toMatchObject({ code: 4, stdout: "" });
    expect(run.stderr).toBe(
      [
        "HAZARD_REFUSED  The pending revisions have 2 hazards that nobody has accepted. Nothing was touched.",
        "drizzle/0001_drop_bio.sql:1: DROPS_COLUMN users.bio: drops a column with its values; 2 values in 3 rows",
        "    ALTER TABLE users DROP COLUMN bio",
        "  what to do: Contract last: deploy a Worker that does not name the column, and drop it in a later revision. " +
          "`revision --archive` keeps the values for the downgrade.",
        "  or accept it, with this line in drizzle/0001_drop_bio.sql: -- eaves:allow DROPS_COLUMN <why>",
        "drizzle/0002_unique_email.sql:3: ADDS_UNIQUE ix_email: adds a unique constraint; " +
          "2 of 3 rows break it: 1; 3",
        "    CREATE UNIQUE INDEX ix_email ON users (email)",
        "  what to do: Make the named rows different, or delete all but one of each, before the upgrade.",
        "  or let the upgrade try over these rows, with this line in drizzle/0002_unique_email.sql: " +
          "-- eaves:allow ADDS_UNIQUE <why>",
        "",
      ].join("\n"),
    );
    expect([await content(), await schema()]).toEqual(before);
    const json = await project.run(["upgrade", "--json"]);
    expect(json).toMatchObject({ code: 4, stderr: "" });
    expect(JSON.parse(json.stdout)).toMatchObject({
      error: {
        code: "HAZARD_REFUSED",
        revision: "0001_drop_bio",
        file: "drizzle/0001_drop_bio.sql",
        line: 1,
      },
      executed: [],
      remaining: ["0001_drop_bio", "0002_unique_email"],
      hazards: [
        { code: "DROPS_COLUMN", on: "users.bio", verdict: "refused", rows: 2, violating: null },
        { code: "ADDS_UNIQUE", line: 3, verdict: "refused", violating: { rows: 2, keys: ["1", "3"] } },
        { code: "BUILDS_INDEX", verdict: "warned", rows: 3, seconds: 0 },
      ],
    });
  });

  it("refuses all where one is accepted and another is not", async () => {
    await begin(allow("DROPS_COLUMN", dropBio), uniqueEmail);
    const before = [await content(), await schema()];
    await expect(upgrade(project.context)).rejects.toMatchObject({
      code: "HAZARD_REFUSED",
      message: expect.not.stringContaining("DROPS_COLUMN"),
      place: { revision: "0002_unique_email" },
    });
    expect([await content(), await schema()]).toEqual(before);
  });

  it("names at most five rows, by their keys and never by a value", async () => {
    await begin(uniqueEmail);
    await project.sql(
      "INSERT INTO users (email) SELECT 'secret' FROM (VALUES (1), (2), (3), (4), (5), (6), (7))",
    );
    await expect(upgrade(project.context)).rejects.toMatchObject({
      message: expect.stringMatching(/9 of 10 rows break it: 1; 3; 4; 5; 6; …\n/),
    });
    await expect(upgrade(project.context)).rejects.toMatchObject({
      message: expect.not.stringContaining("secret"),
    });
  });

  it("is not kept by what lies behind the target", async () => {
    const more = { tag: "0001_more", up: "ALTER TABLE users ADD more TEXT;" };
    await begin(more, { ...dropBio, tag: "0002_drop_bio" });
    expect(await upgrade(project.context, { target: "+1" })).toMatchObject({
      executed: ["0001_more"],
      hazards: [],
    });
    await expect(upgrade(project.context)).rejects.toMatchObject({ code: "HAZARD_REFUSED" });
  });
});

describe("upgrade over hazards that need no word", () => {
  it("finds none on an empty database, whatever the revisions do to one another", async () => {
    const rename = { tag: "0003_rename", up: "ALTER TABLE users RENAME TO people; CREATE TABLE x (id);" };
    await writeHistory(project, [users, dropBio, uniqueEmail, rename]);
    const { executed, hazards } = await upgrade(project.context);
    expect({ executed: executed.length, hazards }).toEqual({ executed: 4, hazards: [] });
  });

  it("drops what a pending revision made, and what holds no rows", async () => {
    await begin(
      {
        tag: "0001_posts",
        up: "CREATE TABLE posts (id INTEGER PRIMARY KEY, body TEXT); --> statement-breakpoint\nINSERT INTO posts VALUES (1, 'x');",
      },
      { tag: "0002_no_posts", up: "DROP TABLE posts;" },
      dropBio,
    );
    await project.sql("DELETE FROM users");
    expect(await upgrade(project.context)).toMatchObject({
      executed: ["0001_posts", "0002_no_posts", "0001_drop_bio"],
      hazards: [{ code: "DROPS_COLUMN", verdict: "warned", rows: 0 }],
    });
  });

  it("brings a rule that no row breaks", async () => {
    await begin(uniqueEmail);
    await project.sql("UPDATE users SET email = id");
    expect(await upgrade(project.context)).toMatchObject({
      executed: ["0002_unique_email"],
      hazards: [
        {
          code: "ADDS_UNIQUE",
          verdict: "clear",
          message: expect.stringContaining("none of 3 rows breaks it"),
        },
        { code: "BUILDS_INDEX", verdict: "warned" },
      ],
    });
  });

  it("tells of a long lock with an estimate, against the time after which the server takes it away", async () => {
    const index = { tag: "0001_index", up: "CREATE INDEX ix_bio ON users (bio);" };
    const rebuild = {
      tag: "0002_rebuild",
      up: [
        "CREATE TABLE n (id INTEGER PRIMARY KEY, email TEXT DEFAULT 'x', bio TEXT, old TEXT);",
        "INSERT INTO n SELECT * FROM users;",
        "DROP TABLE users;",
        "ALTER TABLE n RENAME TO users;",
      ].join("\n--> statement-breakpoint\n"),
    };
    await begin(index);
    await project.sql(
      "INSERT INTO users (bio) WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 699997) SELECT NULL FROM c",
    );
    const run = await project.run(["upgrade"]);
    expect(run).toMatchObject({ code: 0 });
    expect(run.stderr).toContain(
      "warning: BUILDS_INDEX ix_bio: builds an index over rows; 700000 rows, estimated at about 1.0 s (drizzle/0001_index.sql:1)\n",
    );
    await project.sql("INSERT INTO users (bio) SELECT NULL FROM users");
    await writeHistory(project, [users, index, rebuild]);
    const { hazards } = await upgrade(project.context, { mode: "dry-run" });
    // Copied, and its index built anew.
    expect(hazards).toMatchObject([
      { code: "REBUILDS_TABLE", rows: 1_400_000, seconds: 4, verdict: "warned" },
    ]);
    await writeHistory(project, [
      users,
      index,
      { ...rebuild, up: `${rebuild.up}\n--> statement-breakpoint\nCREATE INDEX ix_old ON users (old);` },
    ]);
    const both = await upgrade(project.context, { mode: "dry-run" });
    expect(both.hazards.map(({ message }) => message)).toEqual([
      "users: copies a whole table; 1400000 rows, estimated at about 4.0 s, and 6.0 s with the other locks of its revision: " +
        "more than the 5 s after which the server takes the lock away if another client waits to write",
      expect.stringContaining("estimated at about 2.0 s, and 6.0 s with"),
    ]);
  });
});

describe("-- eaves:allow", () => {
  it("lets the upgrade run, and is told of with its reason", async () => {
    await begin(allow("DROPS_COLUMN", dropBio, "no Worker reads it"));
    const run = await project.run(["upgrade"]);
    expect(run).toMatchObject({ code: 0, stdout: "done  0001_drop_bio\nThe database is at 0001_drop_bio\n" });
    expect(run.stderr).toContain("(drizzle/0001_drop_bio.sql:2); allowed: no Worker reads it\n");
  });

  it("accepts one code, in its own script", async () => {
    await begin(allow("DROPS_TABLE", dropBio), allow("DROPS_COLUMN", uniqueEmail));
    await expect(upgrade(project.context)).rejects.toMatchObject({
      message: expect.stringMatching(/^The pending revisions have 2 hazards/),
    });
  });

  it("lets a rule be tried over rows that break it, which fails as a whole", async () => {
    await begin(allow("ADDS_UNIQUE", uniqueEmail));
    const before = await schema();
    await expect(upgrade(project.context)).rejects.toMatchObject({ code: "STATEMENT_FAILED" });
    expect(await schema()).toEqual(before);
  });

  it("is a fault with file and line where it names no hazard or no reason; check finds it, too", async () => {
    await begin({ ...dropBio, up: `${dropBio.up}\n-- eaves:allow DROPS_COLUM old` });
    const { code, stderr } = await project.run(["upgrade"]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      "REVISION_INVALID  drizzle/0001_drop_bio.sql:2: `eaves:allow` names DROPS_COLUM",
    );
    const { findings } = await checkProject(project.context);
    expect(findings).toContainEqual(
      expect.objectContaining({ code: "REVISION_INVALID", file: "drizzle/0001_drop_bio.sql", line: 2 }),
    );
    await writeHistory(project, [users, allow("DROPS_COLUMN", dropBio, "")]);
    await expect(upgrade(project.context)).rejects.toMatchObject({
      code: "REVISION_INVALID",
      message: expect.stringContaining(
        "drizzle/0001_drop_bio.sql:1: `eaves:allow DROPS_COLUMN` gives no reason",
      ),
    });
  });

  it("that allows nothing is a note of check, and no finding", async () => {
    await begin(allow("DROPS_TABLE", { tag: "0001_more", up: "ALTER TABLE users ADD more TEXT;" }));
    const { findings, notes } = await checkProject(project.context);
    expect(findings.map(({ code }) => code)).not.toContain("DROPS_TABLE");
    expect(notes).toEqual([
      "drizzle/0001_more.sql:1 allows DROPS_TABLE, which the script does not have: remove the line",
    ]);
    expect((await project.run(["check"])).stdout).toContain(`note  ${notes[0] ?? ""}\n`);
  });

  it("is not stale on a database that is empty", async () => {
    await writeHistory(project, [users, allow("DROPS_COLUMN", dropBio)]);
    expect((await checkProject(project.context)).notes).toEqual([]);
  });
});

describe("upgrade that does not run", () => {
  it("shows hazards with --dry-run and --sql, and exits 0", async () => {
    await begin(dropBio);
    const before = [await content(), await schema()];
    const said =
      "DROPS_COLUMN users.bio: drops a column with its values; 2 values in 3 rows (drizzle/0001_drop_bio.sql:1); `upgrade` refuses it";
    const dry = await project.run(["upgrade", "--dry-run"]);
    expect(dry).toMatchObject({
      code: 0,
      stdout: `upgrade 0001_drop_bio  drizzle/0001_drop_bio.sql, 1 statement\n  warning  ${said}\n`,
    });
    const sql = await project.run(["upgrade", "--sql"]);
    expect(sql.code).toBe(0);
    expect(sql.stdout).toContain(
      `-- upgrade 0001_drop_bio: drizzle/0001_drop_bio.sql\n-- warning: ${said}\nBEGIN`,
    );
    const json = await project.run(["upgrade", "--dry-run", "--json"]);
    const { hazards } = JSON.parse(json.stdout) as { hazards: readonly HazardReport[] };
    expect(hazards).toMatchObject([
      { code: "DROPS_COLUMN", verdict: "refused", statement: "ALTER TABLE users DROP COLUMN bio" },
    ]);
    expect([await content(), await schema()]).toEqual(before);
  });
});
