// The command `npm run user`: accounts without the service, such as the first admin.
import { randomBytes } from "node:crypto";
import { hashPassword } from "../auth/password.ts";
import { parsePasswordCost } from "../auth/password-cost.ts";
import type { Database } from "../database/drizzle.ts";
import {
  createAccount,
  readAccounts,
  setPassword,
  unlockAccount,
  withAccounts,
} from "./accounts/accounts.ts";
import { readPassword } from "./accounts/password-input.ts";
import { readUserArguments, type UserArguments } from "./accounts/user-arguments.ts";
import { runOnDatabase } from "./command/run-on-database.ts";

await runOnDatabase(
  async () => {
    const asked = readUserArguments(process.argv.slice(2));
    const needsPassword = asked.verb === "create" || asked.verb === "password";
    return { asked, hash: needsPassword ? await readHash() : "" };
  },
  ({ database, project }, { asked, hash }) =>
    withAccounts(database, project.folder, (db) => work(db, asked, hash)),
);

async function readHash(): Promise<string> {
  // A weak setting is for the local server: what DATABASE_URL names may be a database of real people.
  const isLocal = (process.env["DATABASE_URL"]?.trim() ?? "") === "";
  const cost = parsePasswordCost(process.env, isLocal);
  return hashPassword(await readPassword(process), cost, randomBytes);
}

async function work(db: Database, asked: UserArguments, hash: string): Promise<void> {
  switch (asked.verb) {
    case "create": {
      const { email, role } = asked;
      const { id } = await createAccount(db, { email, role, password: hash });
      return console.log(`created ${role} ${email} with id ${id}`);
    }
    case "password":
      await setPassword(db, asked.email, hash);
      return console.log(`set the password of ${asked.email} and ended its logins`);
    case "unlock":
      await unlockAccount(db, asked.email);
      return console.log(`forgot the failed logins of ${asked.email}`);
    case "list":
      for await (const { id, email, role, disabled } of readAccounts(db))
        console.log(`${String(id).padStart(5)}  ${role.padEnd(5)}  ${email}${disabled ? "  disabled" : ""}`);
  }
  return undefined;
}
