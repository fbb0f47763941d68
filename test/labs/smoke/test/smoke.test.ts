// `npm run smoke` as a user runs it, against the Worker in workerd with the settings of production and a server that wants
// a token: what passes where all is sound, what is noticed where it is not, and that nothing is left behind.
import { createClient } from "@libsql/client/http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type Deployment, startDeployment } from "../../../support/deployment.ts";
import { parseSmokeTarget } from "../arguments.ts";
import { isLong } from "../../../support/tier.ts";
import { npmRunOver, startRun } from "../../../node/dev/npm-run.ts";

let deployment: Deployment;

beforeAll(async () => {
  deployment = await startDeployment();
});

afterAll(() => deployment[Symbol.asyncDispose]());

/** Runs the command to its end. */
function smoke(args: readonly string[], token = deployment.token) {
  return npmRunOver("", ["smoke", ...args], { DATABASE_AUTH_TOKEN: token });
}

const target = () => ["--url", deployment.origin, "--database-url", deployment.database.url];

/** What is in the database, rows of accounts included. */
async function contents(): Promise<unknown> {
  const client = createClient({ url: deployment.database.url, authToken: deployment.token });
  const [schema, users] = await client.batch([
    "SELECT name, sql FROM sqlite_schema ORDER BY name",
    "SELECT * FROM users",
  ]);
  client.close();
  return [schema?.rows, users?.rows];
}

describe("npm run smoke", () => {
  it("passes over a sound deployment, says what it has not tried, and leaves nothing behind", async () => {
    const before = await contents();
    const { code, output } = await smoke([...target(), "--accounts"]);
    expect(output).toMatch(/^\d+ passed, 0 failed, 3 not checked$/m);
    expect(code).toBe(0);
    const lines = output.split("\n").filter((line) => /^ {2}(?:pass|FAIL)/.test(line));
    expect(lines.length).toBeGreaterThan(30);
    for (const words of ["administrators", "npm run soak"]) expect(output).toContain(words);
    expect(output).not.toContain(deployment.token);
    expect(await contents()).toEqual(before);
  });

  it.runIf(isLong())("removes its tables when it is stopped", async () => {
    const before = await contents();
    const { database, token } = deployment;
    // Without npm, which dies of the signal itself and so has no exit code to look at.
    const args = ["src/dev/launch.mjs", "test/labs/smoke/main.ts", "--database-url", database.url];
    const run = startRun(process.execPath, args, { DATABASE_AUTH_TOKEN: token }, "ignore");
    await run.printed("parallel transactions");
    expect(await contents()).not.toEqual(before);
    run.child.kill("SIGTERM");
    expect(await run.ended()).toBe(1);
    expect(run.output()).toContain("not checked  downgrade to base leaves nothing");
    expect(run.output()).toMatch(/pass +the tables of this run +\d+ tables/);
    expect(await contents()).toEqual(before);
  });

  it("ends with 1 where the token may not write, and does not go on behind it", async () => {
    const readOnly = deployment.database.tokens?.readOnly ?? "";
    const { code, output } = await smoke(["--database-url", deployment.database.url], readOnly);
    expect(code).toBe(1);
    expect(output).toMatch(/FAIL +makes tables of its own +DATABASE_ACCESS_DENIED/);
    expect(output).toMatch(/not checked +downgrade to base leaves nothing +"upgrade beside .* failed/);
    expect(output).toMatch(/pass +a statement is one round trip/);
    expect(output).not.toContain(readOnly);
  });

  it.runIf(isLong())(
    "ends with 1, and tries no more of the database, where the token is good no longer",
    async () => {
      const expired = deployment.database.tokens?.expired ?? "";
      const { code, output } = await smoke(target(), expired);
      expect(code).toBe(1);
      expect(output).toMatch(/FAIL +answers;/);
      expect(output).not.toContain("makes tables");
      expect(output).toMatch(/^\d+ passed, 1 failed/m);
      expect(output).not.toContain(expired);
    },
  );

  it("ends with 2 where the command line is wrong", async () => {
    const { code, output } = await smoke([]);
    expect(output).toContain("Expected npm run smoke -- --url");
    expect(code).toBe(2);
  });
});

describe("parseSmokeTarget", () => {
  it("reads the target, and takes the token from the environment", () => {
    const given = ["--url", "https://eaves.example.com/", "--database-url", "libsql://db.example.com"];
    expect(parseSmokeTarget(given, { DATABASE_AUTH_TOKEN: "secret" })).toMatchObject({
      origin: "https://eaves.example.com",
      database: { url: "libsql://db.example.com", authToken: "secret" },
      accounts: false,
    });
  });

  it.each([
    [[], "Neither --url nor --database-url"],
    [["--url", "http://example.com"], "plain http"],
    [["--url", "https://ada:secret@example.com"], "credential"],
    [["--url", "https://example.com/users"], "path"],
    [["--url", "https://example.com", "--accounts"], "--accounts wants"],
    [["--database-url", "file:x.db"], "DATABASE_URL is a file: URL"],
    [["--database-url", "libsql://db.example.com?authToken=x"], "DATABASE_AUTH_TOKEN"],
    [["--nonsense"], "--nonsense"],
  ])("refuses %j", (given, words) => {
    expect(() => parseSmokeTarget(given, {})).toThrow(words);
  });
});
