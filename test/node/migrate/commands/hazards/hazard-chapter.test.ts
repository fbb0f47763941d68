// The example in the manual's chapter on hazards: its commands print what it shows.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createRevision, upgrade } from "../../../../../src/migrate/index.ts";
import { createProject, schemaText } from "../project.ts";

const text = readFileSync(join(import.meta.dirname, "../../../../../src/migrate/README.md"), "utf8");
const [, behind = ""] = text.split("\n## Hazards\n");
const [chapter = ""] = behind.split("\n## ");

it("shows what its commands print", async () => {
  const [, walk = ""] = /^```text\n(.*?)^```$/ms.exec(chapter) ?? [];
  await using project = await createProject();
  await project.write("schema.ts", schemaText(["email: text()"]));
  await createRevision(project.context, { message: "users" });
  await upgrade(project.context);
  await project.sql("INSERT INTO users (email) VALUES ('ada'), ('grace')");
  await project.write("schema.ts", schemaText(["email: text().notNull()"]));
  const commands = walk.split(/^\$ /m).slice(1);
  expect(commands).toHaveLength(4);
  for (const shown of commands) {
    const [command = ""] = shown.split("\n", 1);
    const [, given] = /^npm run --silent db -- (.*)$/.exec(command) ?? [];
    const printed =
      given === undefined
        ? await runShell(project.folder, command)
        : await runTool(given.match(/"[^"]*"|\S+/g) ?? []);
    expect(`${command}\n${printed}`).toBe(shown);
  }

  async function runTool(words: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await project.run(words.map((word) => word.replaceAll('"', "")));
    return code === 0 ? stdout : stderr;
  }
});

function runShell(folder: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile("sh", ["-c", command], { cwd: folder }, (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
  });
}
