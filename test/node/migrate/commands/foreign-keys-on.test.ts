// Scripts that the tool writes, run by runners that keep foreign keys on: drizzle's migrators for better-sqlite3 and the
// like run a script inside a transaction, where PRAGMA foreign_keys=OFF does nothing.
import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { type Client, createClient } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";
import { migrate } from "drizzle-orm/libsql/migrator";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRevision, downgrade, upgrade } from "../../../../src/migrate/index.ts";
import { readScriptText } from "../../../../src/migrate/history/script-text.ts";
import { isLong } from "../../../support/tier.ts";
import { runPlain } from "../random/plain-runner.ts";
import { createProject, type TestProject } from "./project.ts";

const schema = (parent: string): string => `import { sql } from "drizzle-orm";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
export const acc = sqliteTable("acc", { id: integer().primaryKey(), ${parent} });
export const ses = sqliteTable("ses", { id: integer().primaryKey(), a: integer().notNull().references(() => acc.id, { onDelete: "cascade" }) });
`;

const scripts = [
  {
    what: "the tool's own",
    dialect: "turso",
    before: "mail: text()",
    after: "mail: text(), token: text().notNull().default(sql`(hex(randomblob(4)))`)",
    rewritten: expect.any(String),
  },
  {
    what: "drizzle-kit's, which is kept",
    dialect: "sqlite",
    before: "mail: text().default('a')",
    after: "mail: text()",
    rewritten: null,
  },
] as const;

/** A parent with two children, each deleted with it. */
const rows = [
  "INSERT INTO acc (id, mail) VALUES (1, 'a'), (2, 'b')",
  "INSERT INTO ses VALUES (1, 1), (2, 2)",
];
/** All values, and the definitions without quotes and line ends, which ALTER TABLE changes. */
const state = `SELECT (SELECT group_concat(id || mail) FROM acc) || ' ' || (SELECT group_concat(id || a) FROM ses) || ' ' ||
  (SELECT group_concat(replace(replace(replace(replace(sql, '"', ''), '\`', ''), char(9), ''), char(10), '')) FROM (SELECT sql FROM sqlite_schema
    WHERE name NOT LIKE '\\_\\_%' ESCAPE '\\' ORDER BY name)) AS state`;

describe.each(scripts)("$what script where foreign keys are on", ({ dialect, before, after, rewritten }) => {
  let project: TestProject;
  let was: unknown;
  let copies = 0;

  beforeAll(async () => {
    project = await createProject();
    const config = (await project.read("drizzle.config.ts")).replace('"turso"', JSON.stringify(dialect));
    await project.write("drizzle.config.ts", config);
    await project.write("schema.ts", schema(before));
    await createRevision(project.context, { message: "one" });
    await upgrade(project.context);
    await project.client.batch(rows, "write");
    await project.write("schema.ts", schema(after));
    expect(await createRevision(project.context, { message: "two" })).toMatchObject({ rewritten });
    [was] = await project.sql(state);
    await copyFile(join(project.folder, "test.db"), join(project.folder, "before.db"));
  });
  afterAll(() => project[Symbol.asyncDispose]());

  /** A database of its own, as it was before the revision. */
  async function copyDatabase(): Promise<string> {
    const file = join(project.folder, `copy${(copies += 1)}.db`);
    await copyFile(join(project.folder, "before.db"), file);
    return file;
  }

  /** The statements of the revision as drizzle reads them. */
  function statements(): readonly string[] {
    return readMigrationFiles({ migrationsFolder: join(project.folder, "drizzle") }).at(-1)?.sql ?? [];
  }

  it("fails at its first statement inside a transaction of @libsql/client, and changes nothing", async () => {
    const client = createClient({ url: `file:${await copyDatabase()}` });
    await client.execute("PRAGMA foreign_keys = ON");
    const transaction = await client.transaction("write");
    const [keys] = (await transaction.execute("SELECT foreign_keys FROM pragma_foreign_keys")).rows;
    expect(Number(keys?.["foreign_keys"])).toBe(1);
    const [first = ""] = statements();
    await expect(transaction.execute(first)).rejects.toMatchObject({
      code: expect.stringMatching(/^SQLITE_/),
      message: expect.stringContaining("foreign keys are on"),
    });
    expect(await stateOf(transaction)).toBe(was);
    await transaction.rollback();
    expect(await stateOf(client)).toBe(was);
    client.close();
  });

  it("fails at its first statement where each statement is committed by itself", async () => {
    const client = createClient({ url: `file:${await copyDatabase()}` });
    await client.execute("PRAGMA foreign_keys = ON");
    await expect(client.execute(statements()[0] ?? "")).rejects.toThrow("foreign keys are on");
    expect(await stateOf(client)).toBe(was);
    client.close();
  });

  it("fails under Node's own SQLite, run as drizzle's migrator for better-sqlite3 does", async () => {
    const database = new DatabaseSync(await copyDatabase());
    expect(runPlain(database, statements())).toMatchObject({ failedAt: 0 });
    expect(database.prepare(state).get()?.["state"]).toBe(was);
    database.exec("PRAGMA foreign_keys = OFF");
    expect(runPlain(database, statements())).toMatchObject({ failedAt: undefined });
    expect(database.prepare("SELECT count(*) AS rows FROM ses").get()?.["rows"]).toBe(2);
    database.close();
  });

  it("is applied by drizzle's migrator for libSQL, which switches them off", async () => {
    const client = createClient({ url: `file:${await copyDatabase()}` });
    await migrate(drizzle({ client }), { migrationsFolder: join(project.folder, "drizzle") });
    expect(await keysOf(client)).toEqual(["1,2", "11,22"]);
    client.close();
  });

  it("is applied and taken back by the tool, and its downgrade fails elsewhere as well", async () => {
    expect((await upgrade(project.context)).executed).toHaveLength(1);
    expect(await keysOf(project.client)).toEqual(["1,2", "11,22"]);
    const file = (await project.list()).findLast((name) => name.endsWith(".down.sql")) ?? "";
    const down = readScriptText(await project.read(join("drizzle", file))).statements.map(({ sql }) => sql);
    if (down.some((sql) => sql.startsWith("DROP TABLE"))) {
      const database = new DatabaseSync(join(project.folder, "test.db"));
      expect(runPlain(database, down)).toMatchObject({ failedAt: 0 });
      expect(database.prepare("SELECT count(*) AS rows FROM ses").get()?.["rows"]).toBe(2);
      database.close();
    }
    await downgrade(project.context, { target: "-1", acceptNewerData: true });
    expect(await project.sql(state)).toEqual([was]);
  });

  it.runIf(isLong())(
    "fails under better-sqlite3, by drizzle's migrator for it",
    { timeout: 300_000 },
    async (context) => {
      const folder = await mkdtemp(join(tmpdir(), "eaves-better-sqlite3-"));
      try {
        await installBetterSqlite(folder).catch(() =>
          context.skip("better-sqlite3 cannot be installed here"),
        );
        const file = await copyDatabase();
        const { stdout } = await promisify(execFile)(
          process.execPath,
          ["--preserve-symlinks", "run.cjs", file, join(project.folder, "drizzle")],
          { cwd: folder },
        );
        expect(JSON.parse(stdout)).toMatchObject({ failed: expect.stringContaining("foreign keys are on") });
        const database = new DatabaseSync(file);
        expect(database.prepare(state).get()?.["state"]).toBe(was);
        database.close();
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  );
});

type Reader = Pick<Client, "execute">;

async function stateOf(reader: Reader): Promise<unknown> {
  return (await reader.execute(state)).rows[0]?.["state"];
}

/** The keys of the parents, and those of the children with their parents. */
async function keysOf(reader: Reader): Promise<unknown[]> {
  const { rows: found } = await reader.execute(
    "SELECT (SELECT group_concat(id) FROM acc), (SELECT group_concat(id || a) FROM ses)",
  );
  return Object.values(found[0] ?? {});
}

/** better-sqlite3 carries its binaries in the package; drizzle is the one of this repository. */
async function installBetterSqlite(folder: string): Promise<void> {
  await writeFile(join(folder, "package.json"), `{ "private": true }`);
  const packages = ["better-sqlite3@13.2.0"];
  await promisify(execFile)("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...packages], {
    cwd: folder,
  });
  await writeFile(join(folder, "run.cjs"), program);
  const drizzleFolder = join(import.meta.dirname, "../../../../node_modules/drizzle-orm");
  await symlink(drizzleFolder, join(folder, "node_modules/drizzle-orm"));
}

const program = `const Database = require("better-sqlite3");
const { drizzle } = require("drizzle-orm/better-sqlite3");
const { migrate } = require("drizzle-orm/better-sqlite3/migrator");
const [, , file, migrationsFolder] = process.argv;
const client = new Database(file);
try {
  migrate(drizzle(client), { migrationsFolder });
  console.log("{}");
} catch (error) {
  console.log(JSON.stringify({ failed: String(error.cause ? error.cause.message : error.message) }));
}
`;
