// Holds the chapters on backups and diagrams in src/dev/README.md to what their commands print.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { expect, it } from "vitest";
import { copyProject } from "../../../support/project-copy.ts";
import { isLong } from "../../../support/tier.ts";

const root = join(import.meta.dirname, "../../../..");
const text = readFileSync(join(root, "src/dev/README.md"), "utf8");
const blocks = ["backup", "seed", "diagram"].map((name) => {
  const [, block = ""] = new RegExp(`<!-- ${name} -->\\n\`\`\`text\\n(.*?)^\`\`\`$`, "ms").exec(text) ?? [];
  return block;
});

it.runIf(isLong())("shows what its commands print", async () => {
  await using copy = await copyProject(root);
  await type(copy.folder, "npm run db:upgrade");
  const make = "npm run user:create -- --email ada@example.com";
  await type(copy.folder, `echo 'correct horse battery' | ${make}`);
  for (const block of blocks) {
    const commands = block.split(/^\$ /m).slice(1);
    expect(commands.length).toBeGreaterThan(0);
    for (const shown of commands) {
      const [command = ""] = shown.split("\n", 1);
      const printed = (await type(copy.folder, command))
        .replaceAll(`${copy.folder}/`, "")
        .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:8080");
      expect(`${command}\n${printed}`).toBe(shown);
    }
  }
});

/** What a command prints on both streams, however it ends. */
function type(folder: string, command: string): Promise<string> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:VITEST|TEST$|NODE_ENV$|DATABASE_|EAVES_)/.test(name),
  );
  return new Promise((resolve) => {
    const options = { cwd: folder, env: Object.fromEntries(kept) };
    execFile("sh", ["-c", `{ ${command}; } 2>&1`], options, (_error, stdout) => resolve(stdout));
  });
}
