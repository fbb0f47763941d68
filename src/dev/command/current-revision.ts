// Where a database stands, in one line, in the words of the migration tool.
import type { DatabaseConfig } from "../../database/config.ts";
import { describeFailure, readCurrent } from "../../migrate/index.ts";
import { migrationContext } from "./migration-context.ts";

/** Never throws: a database without revisions, or of another project, has a line too. */
export async function describeCurrent(database: DatabaseConfig, projectFolder: string): Promise<string> {
  try {
    const { current, pending } = await readCurrent(migrationContext(projectFolder, database));
    const rest = pending.length === 0 ? "" : `, ${pending.length} pending: ${pending.join(", ")}`;
    return `The database is at ${current ?? "base"}${rest}`;
  } catch (cause) {
    return `Where it stands cannot be read: ${describeFailure(cause).message}`;
  }
}
