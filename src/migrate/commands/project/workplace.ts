// What most commands begin with: the revisions on disk, the database, and how the two stand to each other.
import { join, relative } from "node:path";
import type { History } from "../../history/history.ts";
import type { Applied } from "../../history/record.ts";
import { readStatus, type Status } from "../../history/status.ts";
import { type Database, openDatabase } from "../../runtime/connection.ts";
import { readVersions } from "../../runtime/version-table.ts";
import { type ScriptDirectory, readScriptDirectory } from "../../folder/script-directory.ts";
import type { Context } from "./context.ts";

/**
 * Reads the revisions on disk; files are named as seen from the project.
 *
 * @throws {MigrationError} as `readScriptDirectory`.
 */
export function readRevisions(context: Pick<Context, "folder" | "projectFolder">): Promise<ScriptDirectory> {
  return readScriptDirectory(context.folder, { relativeTo: context.projectFolder });
}

/** Names files of the folder as seen from the project. */
export function nameFiles(
  { folder, projectFolder }: Pick<Context, "folder" | "projectFolder">,
  files: readonly string[],
): string[] {
  return files.map((file) => relative(projectFolder, join(folder, file)));
}

/** Opens the database for a piece of work, and closes it whatever happens. */
export async function withDatabase<T>(
  context: Pick<Context, "database" | "tablePrefix">,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const database = openDatabase(await context.database(), context.tablePrefix);
  try {
    return await work(database);
  } finally {
    database.close();
  }
}

/** The status of a database. */
export interface DatabaseStatus {
  /** The version table, oldest first; undefined if there is none. */
  readonly applied: readonly Applied[] | undefined;
  /** Whether it has the names of revisions; if there is none, whether it would have them. */
  readonly named: boolean;
  readonly status: Status;
}

/** Reads the status of a database, in one round trip. */
export async function readDatabaseStatus(database: Database, history: History): Promise<DatabaseStatus> {
  const versions = await readVersions(database);
  return {
    applied: versions?.applied,
    named: versions?.named ?? history.head?.layout === "folders",
    status: readStatus(history, versions?.applied ?? []),
  };
}
