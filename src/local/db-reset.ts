// The command `npm run db:reset`: empties the local database and applies every revision; `--empty` applies none.
import { join } from "node:path";
import { applyRevisions } from "./apply-revisions.ts";
import { runOnDatabase } from "./restore-point/command.ts";
import { confirm } from "./restore-point/confirmation.ts";
import { describeCurrent } from "./restore-point/current-revision.ts";
import { emptyDatabase, refuseRemote } from "./restore-point/empty-database.ts";
import { parseFlags } from "./restore-point/file-argument.ts";

const flags = () =>
  parseFlags(process.argv.slice(2), ["yes", "empty"], "npm run db:reset -- [--yes] [--empty]");

await runOnDatabase(
  async (database, project) => {
    if (!flags().has("yes")) await confirm(`All of ${database.url} will be gone.`, process);
    await emptyDatabase(database);
    if (!flags().has("empty")) {
      await applyRevisions(database, join(project.folder, "drizzle"), (step) => console.error(step));
    }
    console.log(await describeCurrent(database, project.folder));
  },
  async () => {
    flags();
    refuseRemote(process.env);
  },
);
