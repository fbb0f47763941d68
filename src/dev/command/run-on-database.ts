// Runs the commands that work on a database: the one that `DATABASE_URL` names, or the local server, which is started if
// none runs. The database is released in every case.
import type { DatabaseConfig } from "../../database/config.ts";
import { chooseDatabase } from "../../migrate/index.ts";
import { DevError } from "./dev-error.ts";
import { findProject, type Project } from "./project.ts";
import { runCommand } from "./run-command.ts";
import { waitForStop } from "./stop-signal.ts";

/** A database, and the project it belongs to. */
export interface ProjectDatabase {
  readonly database: DatabaseConfig;
  readonly project: Project;
}

/**
 * Runs a command, and ends the process.
 *
 * @param prepare reads what the command is asked for; what it refuses is refused before a server is started.
 */
export async function runOnDatabase<Asked>(
  prepare: (project: Project) => Asked | Promise<Asked>,
  work: (on: ProjectDatabase, asked: Asked) => Promise<void>,
): Promise<never> {
  const stopped = waitForStop();
  return await runCommand(async () => {
    const interrupted = stopped.then((reason) => {
      throw new DevError("STOPPED", `Ended by ${reason}`);
    });
    const project = findProject(process.env);
    let stop = (): Promise<void> => Promise.resolve();
    const run = async (): Promise<void> => {
      const asked = await prepare(project);
      const wish = { projectFolder: project.folder, variables: process.env, databaseUrl: undefined };
      const database = await chooseDatabase(wish);
      stop = () => database.stop();
      await work({ database: database.config, project }, asked);
    };
    try {
      await Promise.race([run(), interrupted]);
    } finally {
      await stop();
    }
  });
}
