// Holds README.md to what it shows: its session with curl, its tables, its commands.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { askWorker, readExchanges } from "../support/exchanges.ts";
import { makeStateFolder } from "./local/npm-run.ts";

const root = join(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");

describe("README.md", () => {
  it("shows the answers that its requests get", { timeout: 60_000 }, async () => {
    const blocks = [...readme.matchAll(/^```console\n(.*?)^```$/gms)].map(([, text = ""]) => text);
    const exchanges = blocks.flatMap(readExchanges);
    expect(exchanges.length).toBeGreaterThan(5);
    await using home = await makeStateFolder();
    const answers = await askWorker(root, home.path, exchanges);
    expect(answers).toEqual(exchanges.map(({ answer }) => answer));
  });

  it("names no npm script that is not there", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const named = [...readme.matchAll(/npm run ([\w:]+)/g)].map(([, name = ""]) => name);
    expect(named).toContain("dev");
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it("lists every variable that the code reads", () => {
    const sources = ["src/worker/settings.ts", "src/auth/password-cost.ts", "src/database/config.ts"]
      .concat("src/auth/token-keys.ts", "src/local/settings.ts", "src/sqld/state.ts")
      .map((path) => readFileSync(join(root, path), "utf8"))
      .join("\n");
    const read = [...sources.matchAll(/"([A-Z]+(?:_[A-Z]+)+|PORT|ENVIRONMENT)"|variables\["(\w+)"\]/g)]
      .map(([, quoted, indexed]) => quoted ?? indexed ?? "")
      .filter((name) => !/_(?:INVALID|TAKEN|UNUSABLE)$/.test(name));
    expect(read).toEqual(
      expect.arrayContaining(["DATABASE_CLOSE_TIMEOUT_MS", "TOKEN_SECRETS", "SIGN_IN_LIMIT"]),
    );
    expect(read.filter((name) => !readme.includes(`| \`${name}\` |`))).toEqual([]);
  });
});
