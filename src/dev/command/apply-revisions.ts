// Brings a database to the newest revision in drizzle/, with the migration tool.
import { dirname } from "node:path";
import type { DatabaseConfig } from "../../database/config.ts";
import { upgrade } from "../../migrate/index.ts";
import { migrationContext, withCode } from "./migration-context.ts";

/**
 * Applies what is pending, each revision as a whole or not at all; does nothing if the database is up to date.
 *
 * @param report gets a line for each revision that is applied.
 * @throws {DevError} `REVISIONS_NOT_APPLIED`, with the message of the migration tool.
 */
export async function applyRevisions(
  database: DatabaseConfig,
  revisionFolder: string,
  report: (step: string) => void = () => undefined,
): Promise<void> {
  const context = migrationContext(dirname(revisionFolder), database, report);
  await withCode("REVISIONS_NOT_APPLIED", () => upgrade({ ...context, folder: revisionFolder }));
}
