// `current`: which revision the database has, and what is pending. One round trip; loads nothing it does not need.
import type { Context } from "./project/context.ts";
import type { CurrentResult } from "./results.ts";
import { readRevisions, readDatabaseStatus, withDatabase } from "./project/workplace.ts";

/** Says at which revision the database is. @throws {MigrationError} for a folder or a database that cannot be read. */
export async function readCurrent(context: Context): Promise<CurrentResult> {
  const { history } = await readRevisions(context);
  const { status } = await withDatabase(context, (database) => readDatabaseStatus(database, history));
  return {
    current: status.current?.tag ?? null,
    head: status.head?.tag ?? null,
    pending: status.pending.map(({ tag }) => tag),
    status: status.summary,
  };
}
