// The command `npm run db:reset`: empties the local database and applies every revision; `--empty` applies none.
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { emptyDatabase, refuseRemote } from "./backup/empty-database.ts";
import { readCommandLine } from "./command/command-line.ts";
import { DevError } from "./command/dev-error.ts";
import { runOnDatabase } from "./command/run-on-database.ts";
import { applyRevisions, describeCurrent } from "./command/revisions.ts";

await runOnDatabase(
  () => {
    const { options } = readCommandLine(process.argv.slice(2), {
      name: "npm run db:reset",
      about: "Empties the local database and applies every revision.",
      options: {
        yes: [undefined, "do not ask"],
        empty: [undefined, "apply no revision"],
      },
    });
    refuseRemote(process.env);
    return options;
  },
  async ({ database, project }, { yes, empty }) => {
    if (yes === undefined) await confirm(`All of ${database.url} will be gone.`);
    await emptyDatabase(database);
    if (empty === undefined)
      await applyRevisions(database, join(project.folder, "drizzle"), (step) => console.error(step));
    console.log(await describeCurrent(database, project.folder));
  },
);

/** @throws {DevError} `RESET_REFUSED` for any answer but `yes`, and without a terminal. */
async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new DevError("RESET_REFUSED", `${question} Nobody can be asked here: add --yes to say so`);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await lines.question(`${question} Type yes: `);
  lines.close();
  if (answer.trim() !== "yes") throw new DevError("RESET_REFUSED", "Nothing was changed");
}
