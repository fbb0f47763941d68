// The secret for tokens on this machine: made once, kept, private, and given way to one that is set.
import { execFile } from "node:child_process";
import { chmod, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { parseTokenKeys } from "../../../src/auth/token-keys.ts";
import { withTokenSecrets } from "../../../src/dev/service/token-secret.ts";
import { makeStateFolder } from "./npm-run.ts";

const own = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");

describe("withTokenSecrets", () => {
  it("makes a secret that the service takes, in a file that only its owner can read", async () => {
    await using home = await makeStateFolder();
    const folder = join(home.path, "not/there/yet");
    const variables = withTokenSecrets({ CORS_ORIGINS: "*" }, folder);
    expect(variables["CORS_ORIGINS"]).toBe("*");
    expect(parseTokenKeys(variables)).toHaveLength(1);
    expect((await stat(join(folder, "token-secret"))).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(["token-secret"]);
  });

  it("gives the same secret again, and another folder another one", async () => {
    await using home = await makeStateFolder();
    await using other = await makeStateFolder();
    const [first, again, elsewhere] = [home, home, other].map(
      ({ path }) => withTokenSecrets({ TOKEN_SECRETS: " " }, path)["TOKEN_SECRETS"],
    );
    expect(again).toBe(first);
    expect(elsewhere).not.toBe(first);
  });

  it("gives one secret to all who start at once", async () => {
    await using home = await makeStateFolder();
    const module = JSON.stringify(join(import.meta.dirname, "../../../src/dev/service/token-secret.ts"));
    const script = `import { withTokenSecrets } from ${module};
      console.log(withTokenSecrets({}, ${JSON.stringify(home.path)}).TOKEN_SECRETS);`;
    const run = () => promisify(execFile)(process.execPath, ["--input-type=module-typescript", "-e", script]);
    const secrets = await Promise.all(Array.from({ length: 6 }, async () => (await run()).stdout));
    expect(new Set(secrets).size).toBe(1);
    expect(await readdir(home.path)).toEqual(["token-secret"]);
  });

  it("leaves the secret that is set, and makes none", async () => {
    await using home = await makeStateFolder();
    expect(withTokenSecrets({ TOKEN_SECRETS: own }, home.path)).toEqual({ TOKEN_SECRETS: own });
    expect(await readdir(home.path)).toEqual([]);
  });

  it("refuses a weak secret that is set", async () => {
    await using home = await makeStateFolder();
    const weak = () => withTokenSecrets({ TOKEN_SECRETS: "change-me" }, home.path);
    expect(weak).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  });

  it("says which file to remove where something else is in it, and shows nothing of it", async () => {
    await using home = await makeStateFolder();
    const file = join(home.path, "token-secret");
    await writeFile(file, "half-a-secret");
    await chmod(file, 0o600);
    const message = `${file} holds no secret for tokens any more: remove it, and the next start makes a new one`;
    expect(() => withTokenSecrets({}, home.path)).toThrow(
      expect.objectContaining({ code: "TOKEN_SECRET_UNUSABLE", message }),
    );
    expect(await readFile(file, "utf8")).toBe("half-a-secret");
  });
});
