// The frame of the commands on restore points: a database, started where need was, that is let go whatever happens.
import type { DatabaseConfig } from "../../database/config.ts";
import { chooseDatabase } from "../../migrate/index.ts";
import { DevError } from "./dev-error.ts";
import { findProject, type Project } from "./project.ts";
import { runCommand } from "./run-command.ts";
import { waitForStop } from "./stop-signal.ts";

/** Runs a piece of work over the database of `DATABASE_URL`, or the local server, and ends the process. */
export async function runOnDatabase(
  work: (database: DatabaseConfig, project: Project) => Promise<void>,
  prepare: (project: Project) => Promise<void> = () => Promise.resolve(),
): Promise<never> {
  const stopped = waitForStop();
  return await runCommand(async () => {
    const interrupted = stopped.then((reason) => {
      throw new DevError("STOPPED", `Ended by ${reason}`);
    });
    const project = findProject(process.env);
    let stop = (): Promise<void> => Promise.resolve();
    const run = async (): Promise<void> => {
      await prepare(project);
      const wish = { projectFolder: project.folder, variables: process.env, databaseUrl: undefined };
      const database = await chooseDatabase(wish);
      stop = () => database.stop();
      await work(database.config, project);
    };
    try {
      await Promise.race([run(), interrupted]);
    } finally {
      await stop();
    }
  });
}
