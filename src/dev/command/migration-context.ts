// What the migration tool is given by the commands of this folder.
import { join } from "node:path";
import type { DatabaseConfig } from "../../database/config.ts";
import type { Context } from "../../migrate/index.ts";

/** The project's revisions over a database. @param report gets a line for each step. */
export function migrationContext(
  projectFolder: string,
  database: DatabaseConfig,
  report: (step: string) => void = () => undefined,
): Context {
  return {
    projectFolder,
    folder: join(projectFolder, "drizzle"),
    database: () => Promise.resolve(database),
    clock: () => Date.now(),
    random: () => Math.random(),
    report,
  };
}
