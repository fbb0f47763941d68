// Creates an account in a database, and says in one line why it could not.
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { sql } from "drizzle-orm";
import type { DatabaseConfig } from "../database/config.ts";
import type { Database } from "../database/drizzle.ts";
import { webPorts, withSession } from "../database/engine.ts";
import { DatabaseError, StatementError, UniqueViolationError } from "../database/errors.ts";
import { describeFailure, readCurrent } from "../migrate/index.ts";
import { createUser, type NewUser, type User } from "../users/user-repository.ts";
import { LocalError } from "./local-error.ts";

/**
 * Stores the account; `password` is a hash.
 *
 * @throws {LocalError} `EMAIL_TAKEN`, `SCHEMA_BEHIND`, `DATABASE_FAILED`.
 */
export async function createAccount(
  database: DatabaseConfig,
  projectFolder: string,
  account: NewUser,
): Promise<User> {
  // A file needs the client that opens files; everything else is spoken to as the Worker does.
  const ports = database.location === "file" ? { ...webPorts, createClient } : webPorts;
  const work = async (db: Database): Promise<User> => {
    // A read first: where TLS fails, say, a write would have to count as one whose answer was lost.
    await db.get(sql`SELECT 1`);
    return await createUser(db, account);
  };
  try {
    return await withSession(database, work, { ports, requestId: "user:create" });
  } catch (error) {
    if (error instanceof UniqueViolationError) {
      const message = `${account.email} has an account already: it was left as it is`;
      throw new LocalError("EMAIL_TAKEN", message, { cause: error });
    }
    if (error instanceof StatementError) throw await explainRefusal(error, database, projectFolder);
    if (error instanceof DatabaseError) {
      throw new LocalError("DATABASE_FAILED", `${error.message} (${database.url})`, { cause: error });
    }
    throw error;
  }
}

/** A statement that is sound where all revisions are applied is refused where some are not. */
async function explainRefusal(
  cause: StatementError,
  database: DatabaseConfig,
  projectFolder: string,
): Promise<LocalError> {
  try {
    const { current, head, pending } = await readCurrent({
      projectFolder,
      folder: join(projectFolder, "drizzle"),
      database: () => Promise.resolve(database),
      clock: () => Date.now(),
      random: () => Math.random(),
      report: () => undefined,
    });
    if (pending.length > 0) {
      const message = `The database is at ${current ?? "base"}, and ${head} is needed: run npm run db:upgrade first`;
      return new LocalError("SCHEMA_BEHIND", message, { cause });
    }
    return new LocalError("DATABASE_FAILED", `${cause.message}: npm run db -- check compares it`, { cause });
  } catch (error) {
    return new LocalError("DATABASE_FAILED", describeFailure(error).message, { cause: error });
  }
}
