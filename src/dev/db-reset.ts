// The command `npm run db:reset`: empties the local database and applies every revision; `--empty` applies none.
import { join } from "node:path";
import { emptyDatabase, refuseRemote } from "./backup/empty-database.ts";
import { applyRevisions } from "./command/apply-revisions.ts";
import { readCommandLine } from "./command/command-line.ts";
import { confirm } from "./command/confirmation.ts";
import { describeCurrent } from "./command/current-revision.ts";
import { runOnDatabase } from "./command/run-on-database.ts";

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
    if (yes === undefined) await confirm(`All of ${database.url} will be gone.`, process);
    await emptyDatabase(database);
    if (empty === undefined)
      await applyRevisions(database, join(project.folder, "drizzle"), (step) => console.error(step));
    console.log(await describeCurrent(database, project.folder));
  },
);
