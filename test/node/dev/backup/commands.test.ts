// `npm run db:backup`, `db:restore`, `db:reset` and `db:seed` as they are typed, and every remedy that they name.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { defaultPasswordCost } from "../../../../src/auth/password-cost.ts";
import { verifyPassword } from "../../../../src/auth/password.ts";
import { findFreePort } from "../../../../src/migrate/server/ports.ts";
import { makeStateFolder, npmRunOver, startRun } from "../npm-run.ts";
import { run, withClient } from "./everything.ts";
import { isLong } from "../../../support/tier.ts";

type Variables = Readonly<Record<string, string>>;
type Script = "db:backup" | "db:restore" | "db:reset" | "db:seed" | "db:upgrade";

const type = (script: Script, args: readonly string[], variables: Variables) =>
  npmRunOver("", [script, ...args], variables);

async function succeed(script: Script, args: readonly string[], variables: Variables): Promise<string> {
  const { code, output } = await type(script, args, variables);
  expect({ code, output }).toMatchObject({ code: 0 });
  return output;
}

async function fail(script: Script, args: readonly string[], variables: Variables): Promise<string> {
  const { code, output } = await type(script, args, variables);
  expect({ code, output }).toMatchObject({ code: 1 });
  expect(output).toMatch(/^[^\n]+\n$/);
  return output;
}

async function emailsIn(url: string): Promise<readonly unknown[]> {
  return await withClient(url, async (client) =>
    (await client.execute("SELECT email FROM users ORDER BY id")).rows.map((row) => row[0]),
  );
}

const insertAda = "INSERT INTO users (email, password) VALUES ('ada@example.com', 'hash')";
const atHead = /^The database is at \d{4}_\w+$/m;

describe("npm run db:backup and db:restore", () => {
  it("bring a database back after it was emptied, over the local server", async () => {
    await using home = await makeStateFolder();
    const own = { EAVES_HOME: home.path };
    await succeed("db:upgrade", [], own);
    expect(await succeed("db:backup", [], own)).toMatch(
      /^wrote \S+\.sql: \d+ rows, whole\nThe database is at /,
    );
    const [name = ""] = readdirSync(join(home.path, "backups"));
    const file = join(home.path, "backups", name);
    expect(await fail("db:restore", [file], own)).toContain(
      "empty the local one with `npm run db:reset -- --empty`",
    );
    expect(await succeed("db:reset", ["--empty", "--yes"], own)).toMatch(
      /^The database is at base, \d+ pending/,
    );
    const said = await succeed("db:restore", [file], own);
    expect(said).toMatch(/^restored \d+ rows; read again, the database gives the same file\n/);
    expect(said).toMatch(atHead);
    const again = join(home.path, "again.sql");
    await succeed("db:backup", [again], own);
    expect(readFileSync(again, "utf8")).toBe(readFileSync(file, "utf8"));
    expect(existsSync(join(home.path, "server.json"))).toBe(false);
  });

  it.runIf(isLong())("refuse with one line what they cannot do, and do it once that is fixed", async () => {
    await using home = await makeStateFolder();
    const url = pathToFileURL(join(home.path, "own.db")).href;
    const own = { EAVES_HOME: home.path, DATABASE_URL: url };
    const file = join(home.path, "own.sql");
    expect(await fail("db:backup", [file], own)).toContain(`There is no database at ${url}: name one`);
    expect(existsSync(file)).toBe(false);
    await run(url, ["CREATE TABLE t (v)", "INSERT INTO t VALUES (1)"]);
    expect(await succeed("db:backup", [file], own)).toContain("1 rows, whole");
    expect(await fail("db:backup", [file], own)).toContain("exists and was left as it is: name another file");
    await succeed("db:backup", [join(home.path, "other.sql")], own);
    expect(await fail("db:backup", ["a", "b"], own)).toContain(
      "Found 2 arguments: expected npm run db:backup -- [FILE]",
    );
    expect(await fail("db:backup", ["--fast"], own)).toContain("expected npm run db:backup -- [FILE]");
    expect(await fail("db:restore", [], own)).toContain(
      "FILE is missing: expected npm run db:restore -- FILE",
    );
    expect(await fail("db:restore", [join(home.path, "none.sql")], own)).toContain("name a file that exists");
    const empty = { ...own, DATABASE_URL: pathToFileURL(join(home.path, "empty.db")).href };
    expect(await succeed("db:restore", [file], empty)).toContain("restored 1 rows");
    const dead = { ...own, DATABASE_URL: `http://127.0.0.1:${await findFreePort()}` };
    expect(await fail("db:restore", [file], dead)).toContain("does not answer: check that it runs");
  });
});

describe("npm run db:reset", () => {
  it("empties a database that was filled by anything, and applies every revision", async () => {
    await using home = await makeStateFolder();
    const own = { EAVES_HOME: home.path, DATABASE_URL: pathToFileURL(join(home.path, "own.db")).href };
    await run(own.DATABASE_URL, ["CREATE TABLE users (other)", "CREATE VIEW v AS SELECT * FROM users"]);
    const refused = await fail("db:reset", [], own);
    expect(refused).toContain("Nobody can be asked here: add --yes to say so");
    expect(await succeed("db:reset", ["--yes"], own)).toMatch(atHead);
    expect(await emailsIn(own.DATABASE_URL)).toEqual([]);
    expect(await fail("db:reset", ["--yes", "all"], own)).toContain("expected npm run db:reset");
  });

  it("never touches a database that DATABASE_URL names over a network, and works with it unset", async () => {
    await using home = await makeStateFolder();
    const own = { EAVES_HOME: home.path };
    for (const script of ["db:reset", "db:seed"] as const) {
      const args = script === "db:reset" ? ["--yes"] : [];
      const said = await fail(script, args, { ...own, DATABASE_URL: "http://127.0.0.1:1" });
      expect(said).toContain("DATABASE_URL names 127.0.0.1:1");
      expect(said).toContain("unset DATABASE_URL for the local server");
    }
    expect(await succeed("db:reset", ["--yes"], own)).toMatch(atHead);
  });

  /** util-linux's; the one of macOS takes other arguments. */
  const hasTerminal = process.platform === "linux" && existsSync("/usr/bin/script");

  it.skipIf(!hasTerminal).each([
    ["yes", 0, atHead],
    ["y", 1, /Nothing was changed/],
  ])("asks on a terminal, and takes %j as it should", async (answer, code, said) => {
    await using home = await makeStateFolder();
    const url = pathToFileURL(join(home.path, "own.db")).href;
    await run(url, ["CREATE TABLE kept (v)"]);
    const command = "npm run --silent db:reset";
    const shell = startRun("script", ["-qec", command, "/dev/null"], { DATABASE_URL: url }, "pipe");
    await shell.printed("Type yes: ");
    shell.child.stdin?.write(`${answer}\r`);
    expect(await shell.ended()).toBe(code);
    expect(shell.output().replaceAll("\r\n", "\n")).toMatch(said);
    const kept = "SELECT count(*) FROM sqlite_schema WHERE name = 'kept'";
    const rows = await withClient(url, async (client) => (await client.execute(kept)).rows);
    expect(rows[0]?.[0]).toBe(BigInt(code));
  });
});

describe("npm run db:seed", () => {
  it("adds accounts that can log in, once, and leaves what is there as it is", async () => {
    await using home = await makeStateFolder();
    const own = { EAVES_HOME: home.path, DATABASE_URL: pathToFileURL(join(home.path, "own.db")).href };
    await succeed("db:upgrade", [], own);
    await run(own.DATABASE_URL, [insertAda]);
    const first = await succeed("db:seed", [], own);
    expect(first).toMatch(/^added {2}admin {2}admin@example\.com {2}password "correct horse battery"$/m);
    expect(first).toMatch(/^kept {3}user {3}ada@example\.com/m);
    const second = await succeed("db:seed", [], own);
    expect(second).not.toContain("added");
    const emails = ["ada@example.com", "admin@example.com", "grace@example.com"];
    expect((await emailsIn(own.DATABASE_URL)).toSorted()).toEqual(emails);
    const hashes = await withClient(own.DATABASE_URL, async (client) =>
      (await client.execute("SELECT password FROM users WHERE email = 'admin@example.com'")).rows.map((row) =>
        String(row[0]),
      ),
    );
    expect(await verifyPassword(hashes[0], "correct horse battery", defaultPasswordCost)).toBe(true);
    expect(await fail("db:seed", ["twice"], own)).toContain("npm run db:seed without arguments");
  });
});
