// The command `npm run db:seed`: the rows of seed.ts, in the local database.
import { randomBytes } from "node:crypto";
import { hashPassword } from "../auth/password.ts";
import { parsePasswordCost } from "../auth/password-cost.ts";
import { withAccounts } from "./accounts/accounts.ts";
import { refuseRemote } from "./backup/empty-database.ts";
import { readCommandLine } from "./command/command-line.ts";
import { runOnDatabase } from "./command/run-on-database.ts";
import { seed } from "./seed.ts";

await runOnDatabase(
  () => {
    const about = "Adds the accounts of src/dev/seed.ts that are missing to the local database.";
    readCommandLine(process.argv.slice(2), { name: "npm run db:seed", about });
    refuseRemote(process.env);
    return parsePasswordCost(process.env, true);
  },
  async ({ database, project }, cost) => {
    const hash = (password: string) => hashPassword(password, cost, randomBytes);
    const lines = await withAccounts(database, project.folder, (db) => seed(db, hash));
    for (const line of lines) console.log(line);
  },
);
