// Whether the database can be used and its schema is what this Worker was built for.
import { sql } from "drizzle-orm";
import journal from "../../drizzle/meta/_journal.json" with { type: "json" };
import { DatabaseAccessError, DatabaseError, StatementError } from "../database/errors.ts";
import type { Database } from "../database/drizzle.ts";

/** Why the service is not ready; `pending` are the revisions that the database lacks. */
export type Readiness =
  | { readonly ready: true; readonly revision: string | null }
  | { readonly ready: false; readonly reason: "unreachable" | "refused"; readonly cause: DatabaseError }
  | { readonly ready: false; readonly reason: "behind"; readonly pending: readonly string[] };

/**
 * Compares the last revision of the journal with the newest in the database, in one round trip. A database
 * that is further on is ready: revisions are applied before the Worker that needs them is deployed.
 */
export async function checkReadiness(db: Database): Promise<Readiness> {
  let applied: number;
  try {
    applied = await newestRevision(db);
  } catch (cause) {
    if (!(cause instanceof DatabaseError)) throw cause;
    return { ready: false, reason: cause instanceof DatabaseAccessError ? "refused" : "unreachable", cause };
  }
  const pending = journal.entries.filter(({ when }) => when > applied).map(({ tag }) => tag);
  if (pending.length > 0) return { ready: false, reason: "behind", pending };
  return { ready: true, revision: journal.entries.at(-1)?.tag ?? null };
}

/** When the newest applied revision was made, by drizzle's record; 0 where none was ever applied. */
async function newestRevision(db: Database): Promise<number> {
  try {
    const row = await db.get<{ newest: number | null }>(
      sql`select max(created_at) as newest from __drizzle_migrations`,
    );
    return row.newest ?? 0;
  } catch (error) {
    // The one thing that can be wrong with this statement is that there is no such table yet.
    if (error instanceof StatementError) return 0;
    throw error;
  }
}
