import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { workerVariablesFor, writeDevVars, writeEnvFile } from "../../../src/dev/service/worker-variables.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "eaves-vars-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe("workerVariablesFor", () => {
  it("passes the Worker's own settings on, and nothing else of the environment", () => {
    const environment = {
      CORS_ORIGINS: "https://a.example",
      DATABASE_CLOSE_TIMEOUT_MS: "5",
      TOKEN_SECRETS: "s",
      HOME: "/root",
    };
    expect(workerVariablesFor({ url: "http://127.0.0.1:1", authToken: "t" }, environment)).toEqual({
      CORS_ORIGINS: "https://a.example",
      DATABASE_CLOSE_TIMEOUT_MS: "5",
      TOKEN_SECRETS: "s",
      ENVIRONMENT: "development",
      DATABASE_URL: "http://127.0.0.1:1",
      DATABASE_AUTH_TOKEN: "t",
    });
  });
});

describe("writeEnvFile", () => {
  it("writes a file that only its owner can read, also over one that others could", async () => {
    const file = join(folder, "worker.env");
    await writeFile(file, "", { mode: 0o644 });
    writeEnvFile(file, { DATABASE_AUTH_TOKEN: "a'b$c" });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, "utf8")).toBe(`DATABASE_AUTH_TOKEN="a'b\\$c"\n`);
  });
});

describe("writeDevVars", () => {
  it("writes the file, and later its own file again", async () => {
    expect(writeDevVars(folder, { DATABASE_URL: "http://127.0.0.1:1" })).toBe(true);
    expect(writeDevVars(folder, { DATABASE_URL: "http://127.0.0.1:2" })).toBe(true);
    expect(await readFile(join(folder, ".dev.vars"), "utf8")).toContain("DATABASE_URL='http://127.0.0.1:2'");
  });

  it("never touches a file that somebody else wrote", async () => {
    await writeFile(join(folder, ".dev.vars"), "MINE=1\n");
    expect(writeDevVars(folder, { DATABASE_URL: "http://127.0.0.1:1" })).toBe(false);
    expect(await readFile(join(folder, ".dev.vars"), "utf8")).toBe("MINE=1\n");
  });
});
