// Every hazard's code: a script that has it over rows, the remedy that the message names, and the line that accepts it.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkProject, createRevision, upgrade } from "../../../../../src/migrate/index.ts";
import {
  allHazardCodes,
  describeCode,
  type HazardCode,
} from "../../../../../src/migrate/hazards/hazard-codes.ts";
import { createProject, schemaText, type TestProject, writeHistory } from "../project.ts";

const join = (...statements: readonly string[]) => `${statements.join(";\n--> statement-breakpoint\n")};\n`;
const rebuild = (columns: string, copied = "id, name, age, team_id") =>
  join(
    `CREATE TABLE n (${columns})`,
    `INSERT INTO n SELECT ${copied} FROM users`,
    "DROP TABLE users",
    "ALTER TABLE n RENAME TO users",
  );

/** Three users, of whom two share a name and one has no age; one is of a team that is not there. */
const first = join(
  "CREATE TABLE teams (id INTEGER PRIMARY KEY)",
  "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, age TEXT, team_id INTEGER)",
  "CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users(id))",
  "CREATE VIEW big_teams AS SELECT * FROM teams WHERE id > 17",
  "INSERT INTO teams VALUES (1)",
  "INSERT INTO users VALUES (1, 'ada', '36', 1), (2, 'ada', 'n/a', 7), (3, 'bob', NULL, NULL)",
  "INSERT INTO posts VALUES (1, 1)",
);
const plain = "id INTEGER PRIMARY KEY, name TEXT, age TEXT, team_id INTEGER";

interface Case {
  readonly script: string;
  /** What the remedy says, done: rows that are fixed, or the script as it ought to be. */
  readonly fix: { readonly rows: string } | { readonly script: string } | "run it in a quiet window";
  /** Where the data break the rule even if the upgrade may try. */
  readonly fails?: string;
}

const cases: Readonly<Record<Exclude<HazardCode, "DROPS_TABLE" | "DROPS_COLUMN">, Case>> = {
  DELETES_ROWS: {
    script: "REPLACE INTO users (id, name) VALUES (1, 'eve');",
    fix: {
      script: "INSERT INTO users (id, name) VALUES (1, 'eve') ON CONFLICT DO UPDATE SET name = 'eve';",
    },
  },
  ADDS_NOT_NULL: {
    script: rebuild(plain.replace("age TEXT", "age TEXT NOT NULL")),
    fix: { script: "ALTER TABLE users ADD COLUMN plan TEXT NOT NULL DEFAULT 'free';" },
    fails: "NOT NULL constraint failed",
  },
  ADDS_UNIQUE: {
    script: "CREATE UNIQUE INDEX ix_name ON users (name);",
    fix: { rows: "UPDATE users SET name = 'eve' WHERE id = 2" },
    fails: "UNIQUE constraint failed",
  },
  ADDS_CHECK: {
    script: rebuild(`${plain}, CHECK (age <> 'n/a')`),
    fix: { rows: "UPDATE users SET age = NULL WHERE id = 2" },
    fails: "CHECK constraint failed",
  },
  ADDS_FOREIGN_KEY: {
    script: rebuild(plain.replace("team_id INTEGER", "team_id INTEGER REFERENCES teams(id)")),
    fix: { rows: "UPDATE users SET team_id = NULL WHERE id = 2" },
    fails: "FOREIGN_KEYS_VIOLATED",
  },
  CHANGES_TYPE: {
    script: rebuild(plain.replace("age TEXT", "age INTEGER")),
    fix: {
      script: join(
        "ALTER TABLE users ADD COLUMN years INTEGER",
        "UPDATE users SET years = CAST(age AS INTEGER) WHERE age <> 'n/a'",
      ),
    },
  },
  DROPS_FOREIGN_KEY: {
    script: join(
      "CREATE TABLE n (id INTEGER PRIMARY KEY, user_id INTEGER)",
      "INSERT INTO n SELECT * FROM posts",
      "DROP TABLE posts",
      "ALTER TABLE n RENAME TO posts",
    ),
    fix: { script: "-- eaves:allow DROPS_FOREIGN_KEY the Worker of May does what it did\nSELECT 1;" },
  },
  RENAMES_TABLE: {
    script: "ALTER TABLE users RENAME TO accounts;",
    fix: {
      script: join(
        "CREATE TABLE accounts (id INTEGER PRIMARY KEY, name TEXT)",
        "INSERT INTO accounts SELECT id, name FROM users",
        "CREATE TRIGGER carry AFTER INSERT ON users BEGIN INSERT INTO accounts VALUES (new.id, new.name); END",
      ),
    },
  },
  RENAMES_COLUMN: {
    script: "ALTER TABLE users RENAME COLUMN name TO full_name;",
    fix: {
      script: join("ALTER TABLE users ADD COLUMN full_name TEXT", "UPDATE users SET full_name = name"),
    },
  },
  DROPS_VIEW: {
    script: "DROP VIEW big_teams;",
    fix: { script: "-- eaves:allow DROPS_VIEW no Worker reads it since May\nDROP VIEW big_teams;" },
  },
  REBUILDS_TABLE: {
    script: rebuild(plain.replace("name TEXT", "name TEXT DEFAULT 'x'")),
    fix: "run it in a quiet window",
  },
  BUILDS_INDEX: { script: "CREATE INDEX ix_name ON users (name);", fix: "run it in a quiet window" },
  REFUSED_BY_SERVER: {
    script: join("CREATE TEMP TABLE t AS SELECT 1", "ALTER TABLE users ADD COLUMN x"),
    fix: { script: join("CREATE TABLE t AS SELECT 1", "ALTER TABLE users ADD COLUMN x", "DROP TABLE t") },
  },
  TRANSACTION_STATEMENT: {
    script: join("BEGIN", "ALTER TABLE users ADD COLUMN x", "COMMIT"),
    fix: { script: "ALTER TABLE users ADD COLUMN x;" },
  },
  SEVERAL_STATEMENTS: {
    script: "ALTER TABLE users ADD COLUMN x; ALTER TABLE users ADD COLUMN y;",
    fix: { script: join("ALTER TABLE users ADD COLUMN x", "ALTER TABLE users ADD COLUMN y") },
  },
};
const never = ["REFUSED_BY_SERVER", "TRANSACTION_STATEMENT"];
const warned = ["REBUILDS_TABLE", "BUILDS_INDEX", "SEVERAL_STATEMENTS"];

let project: TestProject;
beforeEach(async () => {
  project = await createProject();
});
afterEach(() => project[Symbol.asyncDispose]());

const write = (up: string) =>
  writeHistory(project, [
    { tag: "0000_begin", up: first },
    { tag: "0001_change", up },
  ]);

async function begin(up: string): Promise<void> {
  await writeHistory(project, [{ tag: "0000_begin", up: first }]);
  await upgrade(project.context);
  await write(up);
}

const run = async (): Promise<{ readonly code: number | null; readonly text: string }> => {
  const { code, stdout, stderr } = await project.run(["upgrade"]);
  return { code, text: `${stdout}${stderr}` };
};

describe("the remedy for", () => {
  it.each(Object.entries(cases))("%s leads through", async (code, { script, fix }) => {
    await begin(script);
    const before = await run();
    expect(before.text).toContain(code);
    expect(before.code).toBe(warned.includes(code) ? 0 : never.includes(code) ? 1 : 4);
    if (before.code === 4) expect(before.text).toContain(describeCode(code as HazardCode).remedy);
    if (typeof fix === "string") return;
    if (before.code === 0) {
      // It ran; the fixed script runs on a database of its own.
      await project[Symbol.asyncDispose]();
      project = await createProject();
      await begin(script);
    }
    if ("rows" in fix) await project.sql(fix.rows);
    else await write(fix.script);
    const after = await run();
    expect(after.text).not.toMatch(new RegExp(`\\.sql:\\d+: ${code} `));
    expect(after).toMatchObject({ code: 0 });
  });

  it.each(["DROPS_TABLE", "DROPS_COLUMN"])("%s leads through: revision --archive", async (code) => {
    const more = `${schemaText(["bio: text()"])}export const posts = sqliteTable("posts", { id: integer().primaryKey() });\n`;
    await project.write("schema.ts", more);
    await createRevision(project.context, { message: "begin" });
    await upgrade(project.context);
    await project.client.batch(["INSERT INTO users VALUES (1, 'x')", "INSERT INTO posts VALUES (1)"]);
    await project.write(
      "schema.ts",
      code === "DROPS_TABLE" ? schemaText(["bio: text()"]) : more.replace("bio: text()", ""),
    );
    expect(describeCode(code as HazardCode).remedy).toContain("`revision --archive`");
    await project.run(["revision", "-m", "drop", "--archive"]);
    expect(await run()).toMatchObject({ code: 0, text: expect.stringContaining(`warning: ${code}`) });
    expect((await project.run(["downgrade", "-1"])).code).toBe(0);
    expect(
      await project.sql(code === "DROPS_TABLE" ? "SELECT id FROM posts" : "SELECT bio FROM users"),
    ).toEqual([code === "DROPS_TABLE" ? 1 : "x"]);
  });
});

describe("the line that accepts", () => {
  const refusing = Object.entries(cases).filter(([code]) => ![...never, ...warned].includes(code));
  it.each(refusing)("%s is the one that the refusal names", async (code, { script, fails }) => {
    await begin(script);
    let text = script;
    // Each refusal names a line for each of its hazards.
    const { text: said } = await run();
    for (const [line] of said.matchAll(/-- eaves:allow \w+ <why>$/gm)) text = `${line}\n${text}`;
    expect(text).toContain(`-- eaves:allow ${code} `);
    await write(text);
    const after = await run();
    expect(after.text).not.toContain("HAZARD_REFUSED");
    if (fails === undefined)
      expect(after).toMatchObject({ code: 0, text: expect.stringContaining("allowed: <why>") });
    else expect(after.text).toContain(fails);
  });

  it("is the one that check names, too", async () => {
    await begin(cases.RENAMES_TABLE.script);
    const { findings } = await checkProject(project.context);
    const { fix = "", file = "" } = findings.find(({ code }) => code === "RENAMES_TABLE") ?? {};
    const [, line = "", into = ""] = /write `(.*)` into (\S+)$/.exec(fix) ?? [];
    expect(into).toBe(file);
    await project.write(into, `${line}\n${await project.read(into)}`);
    expect(await run()).toMatchObject({ code: 0 });
  });
});

it("has a case for every code", () => {
  expect([...Object.keys(cases), "DROPS_TABLE", "DROPS_COLUMN"].toSorted()).toEqual(
    allHazardCodes.toSorted(),
  );
});
