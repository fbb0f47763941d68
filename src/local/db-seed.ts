// The command `npm run db:seed`: runs drizzle/seed.sql, the rows that proofs use too, over the local database.
import { join } from "node:path";
import { readSeed } from "../migrate/index.ts";
import { LocalError } from "./local-error.ts";
import { runOnDatabase } from "./restore-point/command.ts";
import { refuseRemote } from "./restore-point/empty-database.ts";
import { parseFlags } from "./restore-point/file-argument.ts";
import { plantSeed } from "./restore-point/seed.ts";

await runOnDatabase(
  async (database, project) => {
    const { seed } = await readSeed(join(project.folder, "drizzle"));
    if (seed === undefined) {
      throw new LocalError(
        "SEED_FAILED",
        "There is no drizzle/seed.sql: write one, with plain INSERT statements",
      );
    }
    await plantSeed(database, seed);
    console.log(`ran ${seed.length} ${seed.length === 1 ? "statement" : "statements"} of drizzle/seed.sql`);
  },
  async () => {
    parseFlags(process.argv.slice(2), [], "npm run db:seed");
    refuseRemote(process.env);
  },
);
