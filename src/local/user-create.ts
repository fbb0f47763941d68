// The command `npm run user:create`: an account without the service, such as the first admin.
import { randomBytes } from "node:crypto";
import { hashPassword } from "../auth/password.ts";
import { parsePasswordCost } from "../auth/password-cost.ts";
import { chooseDatabase } from "../migrate/index.ts";
import { type Defer, withCleanUp } from "./clean-up.ts";
import { LocalError } from "./local-error.ts";
import { createAccount } from "./new-account.ts";
import { readPassword } from "./password-input.ts";
import { findProject } from "./project.ts";
import { runCommand } from "./run-command.ts";
import { waitForStop } from "./stop-signal.ts";
import { readUserArguments } from "./user-arguments.ts";

const stopped = waitForStop();

await runCommand(async () => {
  const interrupted = stopped.then((reason) => {
    throw new LocalError("STOPPED", `Ended by ${reason}`);
  });
  await withCleanUp((defer) => Promise.race([create(defer), interrupted]));
});

async function create(defer: Defer): Promise<void> {
  const asked = readUserArguments(process.argv.slice(2));
  if (asked.kind === "help") return console.log(asked.text);
  const { email, role } = asked;
  const { folder } = findProject(process.env);
  // A weak setting is for the local server: what DATABASE_URL names may be a database of real people.
  const isLocal = (process.env["DATABASE_URL"]?.trim() ?? "") === "";
  const cost = parsePasswordCost(process.env, isLocal);
  const password = await hashPassword(await readPassword(process), cost, randomBytes);
  const wish = { projectFolder: folder, variables: process.env, databaseUrl: undefined };
  const database = await chooseDatabase(wish);
  defer(() => database.stop());
  const { id } = await createAccount(database.config, folder, { email, role, password });
  console.log(`created ${role} ${email} with id ${id}`);
}
