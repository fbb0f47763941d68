// Brings a database to the newest revision in drizzle/, with the migration tool.
import { dirname } from "node:path";
import type { DatabaseConfig } from "../../database/config.ts";
import { describeFailure, upgrade } from "../../migrate/index.ts";
import { DevError } from "./dev-error.ts";
import { migrationContext } from "./migration-context.ts";

/**
 * Applies what is pending, each revision as a whole or not at all; does nothing where the database is up to date.
 *
 * @param report gets a line for each revision that is applied.
 * @throws {DevError} `REVISIONS_NOT_APPLIED`, in the words of the migration tool.
 */
export async function applyRevisions(
  database: DatabaseConfig,
  revisionFolder: string,
  report: (step: string) => void = () => undefined,
): Promise<void> {
  try {
    await upgrade({ ...migrationContext(dirname(revisionFolder), database, report), folder: revisionFolder });
  } catch (cause) {
    const { code, message } = describeFailure(cause);
    if (code === "INTERNAL_ERROR") throw cause;
    throw new DevError("REVISIONS_NOT_APPLIED", message, { cause });
  }
}
