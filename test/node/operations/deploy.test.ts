// `npm run deploy` as far as it goes without an account: what it asks the database, builds and refuses.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseDeployment, readStages, refuseIfBehind } from "../../../src/dev/release/deployment.ts";
import { findProject } from "../../../src/dev/command/project.ts";
import { upgrade } from "../../../src/migrate/index.ts";
import journal from "../../../drizzle/meta/_journal.json" with { type: "json" };
import { createDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";

const project = findProject({});
const head = journal.entries.at(-1)?.tag;
const refused = expect.objectContaining({ code: "DEPLOY_REFUSED" });

let database: TestDatabase;
let home: string;

beforeAll(async () => {
  database = await createDatabase();
  home = await mkdtemp(join(tmpdir(), "eaves-deploy-"));
});

afterAll(async () => {
  await database.stop();
  await rm(home, { recursive: true, force: true });
});

describe("parseDeployment", () => {
  it("deploys production unless told otherwise", () => {
    expect(parseDeployment([])).toEqual({
      environment: "production",
      dryRun: false,
      stages: false,
      secretsFile: undefined,
    });
    expect(parseDeployment(["--env", "staging", "--dry-run", "--secrets-file", "secrets.env"])).toMatchObject(
      {
        environment: "staging",
        dryRun: true,
        secretsFile: "secrets.env",
      },
    );
  });

  it("refuses development, and what it does not know", () => {
    expect(() => parseDeployment(["--env", "development"])).toThrow(refused);
    const usage = expect.objectContaining({ code: "USAGE_INVALID" });
    for (const words of [["--env", "qa"], ["--env"], ["--force"], ["staging"]]) {
      expect(() => parseDeployment(words), words.join(" ")).toThrow(usage);
    }
  });
});

describe("readStages", () => {
  it("wants to be told which database", async () => {
    await expect(readStages(project, {})).rejects.toThrow(refused);
  });

  it("applies all revisions before the deployment where the database has none", async () => {
    const stages = await readStages(project, { DATABASE_URL: database.url });
    expect(stages).toEqual({ expand: head, contract: undefined });
    expect(() => refuseIfBehind(stages)).toThrow(`npm run db -- upgrade ${String(head)}`);
  });

  it("has nothing to do where the database is at head", async () => {
    const { url } = database;
    await upgrade({
      projectFolder: project.folder,
      folder: join(project.folder, "drizzle"),
      database: () => Promise.resolve({ ...config, url }),
      clock: () => Date.now(),
      random: () => Math.random(),
      report: () => undefined,
    });
    const stages = await readStages(project, { DATABASE_URL: url });
    expect(stages).toEqual({ expand: undefined, contract: undefined });
    expect(() => refuseIfBehind(stages)).not.toThrow();
  });

  it("stops before anything where upgrade would refuse a hazard", async () => {
    const folder = join(home, "hazard");
    await cp(join(project.folder, "drizzle"), join(folder, "drizzle"), { recursive: true });
    const drizzle = (name: string) => join(folder, "drizzle", name);
    const next = {
      ...journal.entries.at(-1),
      idx: journal.entries.length,
      when: Date.now(),
      tag: "0099_roles",
    };
    const entries = [...journal.entries, next];
    await writeFile(drizzle("meta/_journal.json"), JSON.stringify({ ...journal, entries }));
    await cp(drizzle(`meta/${head?.slice(0, 4) ?? ""}_snapshot.json`), drizzle("meta/0099_snapshot.json"));
    await writeFile(drizzle("0099_roles.sql"), "CREATE UNIQUE INDEX ix_users_role ON users (role);");
    const [first, second] = ["a", "b"].map(
      (name) => `INSERT INTO users (email, password, role) VALUES ('${name}@example.com', 'x', 'admin')`,
    );
    const client = createClient({ url: database.url });
    await client.batch([first ?? "", second ?? ""]);
    const stages = () => readStages({ ...project, folder }, { DATABASE_URL: database.url });
    await expect(stages()).rejects.toMatchObject({
      code: "DEPLOY_REFUSED",
      message: expect.stringContaining("drizzle/0099_roles.sql:1: ADDS_UNIQUE ix_users_role"),
    });
    await client.execute("UPDATE users SET role = id");
    expect(await stages()).toEqual({ expand: "0099_roles", contract: undefined });
    client.close();
  });

  it("says why where the database does not answer", async () => {
    const reading = readStages(project, { DATABASE_URL: "http://127.0.0.1:1" });
    await expect(reading).rejects.toMatchObject({ code: "REVISIONS_NOT_APPLIED" });
  });
});

describe("npm run deploy", () => {
  it("builds the Worker and its static files without an account", async () => {
    const { code, output } = await deploy(["--env", "staging", "--dry-run"]);
    expect(output).toContain('env.ENVIRONMENT ("staging")');
    expect(output).toMatch(/Read [1-9]\d* files? from the assets directory/);
    expect(output).toContain("--dry-run: exiting now.");
    expect(code).toBe(0);
  });

  it("prints the stages for a script", async () => {
    const { code, output } = await deploy(["--stages"], { DATABASE_URL: database.url });
    expect(output).toBe("expand=\ncontract=\n");
    expect(code).toBe(0);
  });

  it("ends with 1 without a login, and uploads nothing", async () => {
    const { code, output } = await deploy(["--env", "staging"], { DATABASE_URL: database.url });
    expect(output).toContain("CLOUDFLARE_API_TOKEN");
    expect(output).toContain("wrangler deploy failed (exit code 1)");
    expect(code).toBe(1);
  });

  it("ends with 1 before it builds where revisions are missing", async () => {
    await using empty = await emptyDatabase();
    const { code, output } = await deploy(["--env", "staging"], { DATABASE_URL: empty.url });
    expect(output).toContain("The database lacks revisions that this Worker needs");
    expect(output).not.toContain("wrangler");
    expect(code).toBe(1);
  });
});

const config = {
  location: "remote",
  authToken: undefined,
  plainHttpHosts: [],
  deadlines: { statementMs: 2000, transactionMs: 3000, sessionMs: 10_000, closeMs: 2000 },
} as const;

async function emptyDatabase(): Promise<AsyncDisposable & { readonly url: string }> {
  const { url, stop } = await createDatabase();
  return { url, [Symbol.asyncDispose]: stop };
}

async function deploy(
  words: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly output: string }> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(?:CLOUDFLARE|DATABASE)_/.test(name));
  const child = spawn("npm", ["run", "--silent", "deploy", "--", ...words], {
    cwd: project.folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...Object.fromEntries(inherited),
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      // Whoever runs the tests may be logged in.
      HOME: home,
      WRANGLER_LOG_PATH: join(home, "logs"),
      XDG_CONFIG_HOME: join(home, "config"),
      ...variables,
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data: Buffer) => (output += data.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}
