// `npm run user:create` as it is typed, over real databases.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addressSubject } from "../../../src/auth/login-throttle.ts";
import { defaultPasswordCost } from "../../../src/auth/password-cost.ts";
import { verifyPassword } from "../../../src/auth/password.ts";
import { parseDatabaseConfig } from "../../../src/database/config.ts";
import { findProject } from "../../../src/dev/command/project.ts";
import { upgrade } from "../../../src/migrate/index.ts";
import { startLocalServer } from "../../../src/migrate/server/local-server.ts";
import { findFreePort } from "../../../src/migrate/server/ports.ts";
import { createDatabase, type TestDatabase } from "../../support/database.ts";
import { makeStateFolder, npmRunOver, startRun } from "./npm-run.ts";

const password = "correct horse battery";
const project = findProject({});
let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ migrated: true });
});

afterAll(() => database.stop());

function create(
  given: readonly string[],
  variables: Readonly<Record<string, string>>,
  input: string = `${password}\n`,
) {
  return npmRunOver(input, ["user:create", ...given], variables);
}

async function readUser(url: string, email: string) {
  const client = createClient({ url });
  try {
    const { rows } = await client.execute({ sql: "SELECT * FROM users WHERE email = ?", args: [email] });
    return rows[0];
  } finally {
    client.close();
  }
}

/** Applies the project's revisions, up to and with `target`. */
async function migrate(url: string, target: string): Promise<void> {
  const scope = { runtime: "node", projectFolder: project.folder, serverFolder: project.dataFolder } as const;
  const config = parseDatabaseConfig({ DATABASE_URL: url }, scope);
  await upgrade(
    {
      projectFolder: project.folder,
      folder: join(project.folder, "drizzle"),
      database: () => Promise.resolve(config),
      clock: () => Date.now(),
      random: () => Math.random(),
      report: () => undefined,
    },
    { target, mode: "execute" },
  );
}

describe("npm run user:create", () => {
  it("creates an admin with a password from stdin, hashed as the service does", async () => {
    const run = await create(["--email", "Ada@Example.com", "--role", "admin"], {
      DATABASE_URL: database.url,
    });
    expect(run).toEqual({ code: 0, output: "created admin ada@example.com with id 1\n" });
    const user = await readUser(database.url, "ada@example.com");
    expect(user).toMatchObject({ id: 1, role: "admin", disabled_at: null });
    expect(user?.["password"]).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$/);
    expect(await verifyPassword(String(user?.["password"]), password, defaultPasswordCost)).toBe(true);
  });

  it("leaves an account that is there as it is", async () => {
    const first = await create(["--email", "bob@example.com"], { DATABASE_URL: database.url });
    expect(first.output).toMatch(/^created user bob@example\.com with id \d+\n$/);
    const before = await readUser(database.url, "bob@example.com");
    const again = ["--email", "BOB@example.com", "--role", "admin"];
    const second = await create(again, { DATABASE_URL: database.url }, "another password\n");
    expect(second).toEqual({
      code: 1,
      output: "bob@example.com has an account already: it was left as it is\n",
    });
    expect(await readUser(database.url, "bob@example.com")).toEqual(before);
  });

  it.each([
    [["--email", "rubbish"], `${password}\n`, '"rubbish" is no email address'],
    [["--email", "cem@example.com", "--role", "root"], `${password}\n`, '"root" is no role'],
    [["--email", "cem@example.com"], "PassWord1\n", "one of the most common ones"],
    [["--email", "cem@example.com"], "short\n", "8 to 128 characters"],
    [["--email", "cem@example.com", `--password=${password}`], "", "never an argument"],
  ])("refuses %j over %j with one line, without the password", async (given, input, message) => {
    const { code, output } = await create(given, { DATABASE_URL: database.url }, input);
    expect(code).toBe(1);
    expect(output).toMatch(/^[^\n]+\n$/);
    expect(output).toContain(message);
    expect(output).not.toContain(password);
    expect(await readUser(database.url, "cem@example.com")).toBeUndefined();
  });

  it("takes a weak PASSWORD_SCRYPT for the local server only", async () => {
    const weak = { PASSWORD_SCRYPT: "ln=10,r=8,p=1", DATABASE_URL: database.url };
    const { code, output } = await create(["--email", "cem@example.com"], weak);
    expect(code).toBe(1);
    expect(output).toContain("too weak outside development");
  });

  it.each([
    ["nobody answers", async () => `http://127.0.0.1:${await findFreePort()}`],
    ["TLS fails", () => database.url.replace("http:", "https:")],
  ])("does not say that the account may be there where %s", async (_name, makeUrl) => {
    const url = await makeUrl();
    const run = await create(["--email", "cem@example.com"], { DATABASE_URL: url });
    expect(run).toEqual({ code: 1, output: `The database could not be reached (${url})\n` });
  });
});

describe("npm run user", () => {
  const user = (verb: string, email: string, input = "") =>
    npmRunOver(input, ["user", verb, "--email", email], { DATABASE_URL: database.url });

  it("sets a password and ends the logins, forgets failed logins, and lists", async () => {
    const email = "dina@example.com";
    await create(["--email", email], { DATABASE_URL: database.url });
    const { id } = { ...(await readUser(database.url, email)) };
    const client = createClient({ url: database.url });
    await client.execute({
      sql: "INSERT INTO auth_sessions (user_id, family_hash, token_hash, expires_at) VALUES (?, 'f', 't', 1)",
      args: [id ?? null],
    });
    await client.execute({
      sql: "INSERT INTO login_throttles VALUES (?, 11, 9999999999)",
      args: [addressSubject(email)],
    });
    const changed = await user("password", "Dina@example.com", "another password\n");
    expect(changed).toEqual({ code: 0, output: `set the password of ${email} and ended its logins\n` });
    const hash = String((await readUser(database.url, email))?.["password"]);
    expect(await verifyPassword(hash, "another password", defaultPasswordCost)).toBe(true);
    expect((await client.execute("SELECT * FROM auth_sessions")).rows).toEqual([]);
    expect(await user("unlock", email)).toEqual({
      code: 0,
      output: `forgot the failed logins of ${email}\n`,
    });
    expect((await client.execute("SELECT * FROM login_throttles")).rows).toEqual([]);
    client.close();
    const { output } = await npmRunOver("", ["user", "list"], { DATABASE_URL: database.url });
    expect(output).toMatch(/^ +\d+ {2}user {3}dina@example\.com$/m);
  });

  it("says so if no account has the email", async () => {
    const { code, output } = await user("unlock", "nobody@example.com");
    expect(code).toBe(1);
    expect(output).toContain("No account has the email nobody@example.com");
  });
});

describe("npm run user:create over the local server", () => {
  it("uses the one that runs", async () => {
    await using home = await makeStateFolder();
    const server = await startLocalServer(home.path, { lifetime: "service", port: await findFreePort() });
    try {
      await migrate(server.url, "head");
      const variables = { EAVES_HOME: home.path, PASSWORD_SCRYPT: "ln=10,r=8,p=1" };
      const { output } = await create(["--email", "ada@example.com"], variables);
      expect(output).toBe("created user ada@example.com with id 1\n");
      const user = await readUser(server.url, "ada@example.com");
      expect(user?.["password"]).toMatch(/^\$scrypt\$ln=10,r=8,p=1\$/);
    } finally {
      await server.stop();
    }
  });

  it("starts one where none runs, and ends it again", async () => {
    await using home = await makeStateFolder();
    const { code, output } = await create(["--email", "ada@example.com"], { EAVES_HOME: home.path });
    expect(code).toBe(1);
    expect(output).toMatch(
      /^The database is at base, and \d{4}_\w+ is needed: run npm run db:upgrade first\n$/,
    );
    expect(existsSync(join(home.path, "data"))).toBe(true);
    // Ended in order, as nothing is left to say where it was.
    expect(existsSync(join(home.path, "server.json"))).toBe(false);
  });
});

describe("npm run user:create over a file", () => {
  it("names the command that is missing where revisions are pending, and works after it", async () => {
    await using home = await makeStateFolder();
    const url = `file:${join(home.path, "local.db")}`;
    await migrate(url, "0000_create_users");
    const behind = await create(["--email", "ada@example.com"], { DATABASE_URL: url });
    expect(behind.code).toBe(1);
    expect(behind.output).toMatch(
      /^The database is at 0000_create_users, and \d{4}_\w+ is needed: run npm run db:upgrade first\n$/,
    );
    await migrate(url, "head");
    const { output } = await create(["--email", "ada@example.com", "--role", "admin"], { DATABASE_URL: url });
    expect(output).toBe("created admin ada@example.com with id 1\n");
  });
});

/** util-linux's; the one of macOS takes other arguments. */
const hasTerminal = process.platform === "linux" && existsSync("/usr/bin/script");

describe.skipIf(!hasTerminal)("npm run user:create on a terminal", () => {
  async function type(email: string, answers: readonly [question: string, keys: string][]) {
    const command = `npm run --silent user:create -- --email ${email}`;
    const run = startRun("script", ["-qec", command, "/dev/null"], { DATABASE_URL: database.url }, "pipe");
    for (const [question, keys] of answers) {
      await run.printed(question);
      run.child.stdin?.write(keys);
    }
    return { code: await run.ended(), output: run.output().replaceAll("\r\n", "\n") };
  }

  it("asks twice without showing what is typed", async () => {
    const { code, output } = await type("dora@example.com", [
      ["Password: ", `${password}\r`],
      ["again: ", `${password}\r`],
    ]);
    expect(output).toMatch(/^Password: \nThe same again: \ncreated user dora@example\.com with id \d+\n$/);
    expect(code).toBe(0);
    const user = await readUser(database.url, "dora@example.com");
    expect(await verifyPassword(String(user?.["password"]), password, defaultPasswordCost)).toBe(true);
  });

  it("creates nothing after Ctrl-C", async () => {
    const { code, output } = await type("elif@example.com", [["Password: ", "correct\u0003"]]);
    expect(output).toBe("Password: \nNo password was given: no account was created\n");
    expect(code).toBe(1);
    expect(await readUser(database.url, "elif@example.com")).toBeUndefined();
  });
});
