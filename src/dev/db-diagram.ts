// The command `npm run db:diagram`: the schema, or with `--revision` what a revision changes, as Markdown and as SVG.
import { mkdir, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { describeFailure, drawDiagram } from "../migrate/index.ts";
import { readCommandLine } from "./command/command-line.ts";
import { DevError } from "./command/dev-error.ts";
import { findProject } from "./command/project.ts";
import { runCommand } from "./command/run-command.ts";

await runCommand(async () => {
  const { folder: projectFolder } = findProject(process.env);
  const { operand: folder, options } = readCommandLine(process.argv.slice(2), {
    name: "npm run db:diagram",
    about: "Draws the schema as Markdown and as SVG.",
    operand: "[FOLDER]",
    options: { revision: ["REV", "what this revision changes, instead of the schema"] },
  });
  const { revision } = options;
  const drawn = await drawDiagram({ projectFolder, folder: join(projectFolder, "drizzle") }, revision).catch(
    (cause: unknown) => {
      const { code, message } = describeFailure(cause);
      throw code === "INTERNAL_ERROR" ? cause : new DevError("DIAGRAM_REFUSED", message, { cause });
    },
  );
  // Of a revision a picture is for its review, and not kept.
  const usual = revision === undefined ? "drizzle" : "dist";
  const target = folder === undefined ? join(projectFolder, usual) : resolve(folder);
  await mkdir(target, { recursive: true });
  const name = revision === undefined ? "schema" : drawn.revision;
  for (const [ending, text] of [
    ["md", drawn.markdown],
    ["svg", drawn.svg],
  ] as const) {
    const file = join(target, `${name}.${ending}`);
    await writeFile(file, text);
    console.log(`wrote ${relative(process.cwd(), file)}`);
  }
});
