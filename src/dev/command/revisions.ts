// How the commands of this folder use the migration tool.
import { dirname, join } from "node:path";
import type { DatabaseConfig } from "../../database/config.ts";
import { type Context, describeFailure, readCurrent, upgrade } from "../../migrate/index.ts";
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

/**
 * Brings a database to the newest revision, each revision as a whole or not at all; does nothing if it is up to date.
 *
 * @param report gets a line for each revision that is applied.
 * @throws {DevError} `REVISIONS_NOT_APPLIED`, with the message of the migration tool.
 */
export async function applyRevisions(
  database: DatabaseConfig,
  revisionFolder: string,
  report?: (step: string) => void,
): Promise<void> {
  const context = migrationContext(dirname(revisionFolder), database, report);
  await withCode("REVISIONS_NOT_APPLIED", () => upgrade({ ...context, folder: revisionFolder }));
}

/** Which revision a database has, in one line. Never throws: a database without revisions has a line too. */
export async function describeCurrent(database: DatabaseConfig, projectFolder: string): Promise<string> {
  try {
    const { current, pending } = await readCurrent(migrationContext(projectFolder, database));
    const rest = pending.length === 0 ? "" : `, ${pending.length} pending: ${pending.join(", ")}`;
    return `The database is at ${current ?? "base"}${rest}`;
  } catch (cause) {
    return `Its revision cannot be read: ${describeFailure(cause).message}`;
  }
}
