// How the commands of this folder use the migration tool.
import { join } from "node:path";
import type { DatabaseConfig } from "../../database/config.ts";
import { type Context, describeFailure } from "../../migrate/index.ts";
import { DevError, type DevErrorCode } from "./dev-error.ts";

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

/** Runs the migration tool. @throws {DevError} with this code and the tool's message for what it refuses. */
export async function withCode<Result>(code: DevErrorCode, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    const refused = describeFailure(cause);
    if (cause instanceof DevError || refused.code === "INTERNAL_ERROR") throw cause;
    throw new DevError(code, refused.message, { cause });
  }
}
