// The command `npm run db:push`: drizzle-kit push for quick trials, and then proof that it did what it says.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { acceptPush, chooseDatabase, describeFailure } from "../migrate/index.ts";
import { LocalError } from "./local-error.ts";
import { findProject } from "./project.ts";
import { runCommand } from "./run-command.ts";

await runCommand(async () => {
  const project = findProject(process.env);
  const database = await chooseDatabase({
    projectFolder: project.folder,
    variables: process.env,
    databaseUrl: undefined,
  });
  try {
    await push(project.folder, database.config.url);
    const { to } = await acceptPush({
      projectFolder: project.folder,
      folder: join(project.folder, "drizzle"),
      database: () => Promise.resolve(database.config),
      clock: () => Date.now(),
      random: () => Math.random(),
      report: (step) => console.error(step),
      nodePath: process.execPath,
      variables: process.env,
      schema: undefined,
      questions: undefined,
    });
    console.log(`The database is at ${to ?? "base"}`);
  } catch (cause) {
    const { code, message } = describeFailure(cause);
    if (code === "INTERNAL_ERROR") throw cause;
    throw new LocalError("PUSH_REFUSED", message, { cause });
  } finally {
    await database.stop();
  }
});

/** drizzle-kit gets the terminal, since it may ask whether data may be lost. Its exit code says nothing. */
async function push(folder: string, url: string): Promise<void> {
  const entry = join(folder, "node_modules/drizzle-kit/bin.cjs");
  const child = spawn(process.execPath, [entry, "push", ...process.argv.slice(2)], {
    cwd: folder,
    stdio: "inherit",
    env: { ...process.env, DATABASE_URL: url },
  });
  await once(child, "exit");
}
