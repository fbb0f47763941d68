// The command `npm run db:diagram`: the schema, or with `--revision` what a revision changes, as Markdown with Mermaid.
import { mkdir, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { drawDiagram } from "../migrate/index.ts";
import { readCommandLine } from "./command/command-line.ts";
import { findProject } from "./command/project.ts";
import { runCommand } from "./command/run-command.ts";
import { withCode } from "./command/revisions.ts";

await runCommand(async () => {
  const { folder: projectFolder } = findProject(process.env);
  const { operand: folder, options } = readCommandLine(process.argv.slice(2), {
    name: "npm run db:diagram",
    about: "Draws the schema as Markdown with Mermaid.",
    operand: "[FOLDER]",
    options: { revision: ["REV", "what this revision changes, instead of the schema"] },
  });
  const { revision } = options;
  const context = { projectFolder, folder: join(projectFolder, "drizzle") };
  const drawn = await withCode("DIAGRAM_REFUSED", () => drawDiagram(context, revision));
  // A diagram of a revision is for its review, and not kept.
  const usual = revision === undefined ? "drizzle" : "dist";
  const target = folder === undefined ? join(projectFolder, usual) : resolve(folder);
  await mkdir(target, { recursive: true });
  const file = join(target, `${revision === undefined ? "schema" : drawn.revision}.md`);
  await writeFile(file, drawn.markdown);
  console.log(`wrote ${relative(process.cwd(), file)}`);
});
