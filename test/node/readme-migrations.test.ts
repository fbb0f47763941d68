// Holds the example in drizzle/README.md to what the tool prints, and runs the demonstration.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { copyProject } from "../support/project-copy.ts";
import { makeStateFolder, npmRun } from "./dev/npm-run.ts";

const root = join(import.meta.dirname, "../..");
const [, chapter = ""] = readFileSync(join(root, "drizzle/README.md"), "utf8").split(
  "## Change the schema\n",
);
const [, walk = ""] = /^```text\n(.*?)^```$/ms.exec(chapter) ?? [];

describe("the walk through the migration tool in drizzle/README.md", () => {
  it("shows what its commands print", async () => {
    await using copy = await copyProject(root);
    await runShell(copy.folder, "npm run db -- upgrade");
    const schema = join(copy.folder, "src/schema/users.ts");
    const text = await readFile(schema, "utf8");
    const role = `role: text("role"),`;
    expect(text).toContain(role);
    await writeFile(schema, text.replace(role, `${role} bio: text("bio"),`));
    const commands = walk.split(/^\$ /m).slice(1);
    expect(commands).toHaveLength(4);
    for (const shown of commands) {
      const [command = ""] = shown.split("\n", 1);
      const printed = await runShell(copy.folder, `{ ${command}; } 2>&1`);
      expect(`${command}\n${printed}`).toBe(shown);
    }
  });
});

describe("npm run demo", () => {
  it("brings a dropped column back with its values, which plain drizzle-kit does not", async () => {
    await using home = await makeStateFolder();
    const run = npmRun("demo", { EAVES_HOME: home.path });
    expect(await run.exitCode()).toBe(0);
    const [own = "", other = ""] = run.output().split("== The same with plain drizzle-kit");
    const [dropped = "", restored = ""] = own.split("That was a mistake");
    expect(dropped.slice(dropped.lastIndexOf("sql>"))).toMatch(/1 {3}ada@example\.com$/m);
    expect(restored).toMatch(/1 {3}ada@example\.com {4}Wrote the first program$/m);
    const [, afterwards = ""] = other.split("That was a mistake");
    expect(afterwards).toMatch(/1 {3}ada@example\.com {4}NULL/);
  });
});

function runShell(folder: string, command: string): Promise<string> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:VITEST|TEST$|NODE_ENV$|DATABASE_|EAVES_)/.test(name),
  );
  return new Promise((resolve, reject) => {
    execFile(
      "sh",
      ["-c", command],
      { cwd: folder, env: Object.fromEntries(kept) },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`${command} failed:\n${stdout}${stderr}`, { cause: error }));
      },
    );
  });
}
