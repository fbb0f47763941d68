// The command `npm run db:diagram`: the schema, or with `--revision` what a revision changes, as Markdown and as SVG.
import { mkdir, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { describeFailure, drawDiagram } from "../migrate/index.ts";
import { LocalError } from "./local-error.ts";
import { findProject } from "./project.ts";
import { runCommand } from "./run-command.ts";

const usage = "npm run db:diagram -- [FOLDER] [--revision REV]";

await runCommand(async () => {
  const { folder: projectFolder } = findProject(process.env);
  const { folder, revision } = parseArguments(process.argv.slice(2));
  const drawn = await drawDiagram({ projectFolder, folder: join(projectFolder, "drizzle") }, revision).catch(
    (cause: unknown) => {
      const { code, message } = describeFailure(cause);
      throw code === "INTERNAL_ERROR" ? cause : new LocalError("DIAGRAM_REFUSED", message, { cause });
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

function parseArguments(given: readonly string[]) {
  try {
    const options = { revision: { type: "string" } } as const;
    const { values, positionals } = parseArgs({ args: [...given], options, allowPositionals: true });
    if (positionals.length <= 1) return { folder: positionals[0], revision: values.revision };
    throw new Error(`Found ${positionals.length} folders`);
  } catch (cause) {
    const found = cause instanceof Error ? cause.message.split(". ")[0] : String(cause);
    throw new LocalError("USAGE_INVALID", `${found ?? ""}: expected ${usage}`, { cause });
  }
}
