// Accounts without the service, such as the first admin: the queries of `npm run user` and of the seed.
import { createClient } from "@libsql/client";
import { eq, inArray, sql } from "drizzle-orm";
import { accountSubject, addressSubject, forgetAttempts } from "../../auth/login-throttle.ts";
import type { DatabaseConfig } from "../../database/config.ts";
import type { Database } from "../../database/drizzle.ts";
import { webPorts, withSession } from "../../database/engine.ts";
import { DatabaseError, StatementError, UniqueViolationError } from "../../database/errors.ts";
import { libsqlClient } from "../../database/libsql-client.ts";
import { readCurrent } from "../../migrate/index.ts";
import { authSessions, users } from "../../schema/index.ts";
import { createUser, listUsers, type NewUser, type User } from "../../users/user-repository.ts";
import { DevError } from "../command/dev-error.ts";
import { migrationContext, withCode } from "../command/revisions.ts";

/**
 * Works on the accounts of a database.
 *
 * @throws {DevError} `SCHEMA_BEHIND`, `DATABASE_FAILED`.
 */
export async function withAccounts<Result>(
  database: DatabaseConfig,
  projectFolder: string,
  work: (db: Database) => Promise<Result>,
): Promise<Result> {
  // A file needs the client that opens files; everything else is spoken to as the Worker does.
  const ports =
    database.location === "file" ? { ...webPorts, createClient: libsqlClient(createClient) } : webPorts;
  const afterRead = async (db: Database): Promise<Result> => {
    // A read first: if TLS fails, for example, a write would have to count as one whose answer was lost.
    await db.get(sql`SELECT 1`);
    return work(db);
  };
  try {
    return await withSession(database, afterRead, { ports, requestId: "user" });
  } catch (error) {
    if (error instanceof StatementError) throw await explainRefusal(error, database, projectFolder);
    if (error instanceof DatabaseError) {
      throw new DevError("DATABASE_FAILED", `${error.message} (${database.url})`, { cause: error });
    }
    throw error;
  }
}

/** Stores an account; `password` is a hash. @throws {DevError} `EMAIL_TAKEN`. */
export async function createAccount(db: Database, account: NewUser): Promise<User> {
  try {
    return await createUser(db, account);
  } catch (cause) {
    if (!(cause instanceof UniqueViolationError)) throw cause;
    const message = `${account.email} has an account already: it was left as it is`;
    throw new DevError("EMAIL_TAKEN", message, { cause });
  }
}

/** Replaces the password of an account by this hash, and ends its logins. @throws {DevError} `ACCOUNT_MISSING`. */
export async function setPassword(db: Database, email: string, hash: string): Promise<number> {
  const ids = db.select({ id: users.id }).from(users).where(eq(users.email, email));
  const [changed] = await db.batch([
    db.update(users).set({ password: hash }).where(eq(users.email, email)).returning({ id: users.id }),
    db.delete(authSessions).where(inArray(authSessions.userId, ids)),
  ]);
  return idOf(changed, email);
}

/** Forgets the failed logins of an account, so that it need not wait. @throws {DevError} `ACCOUNT_MISSING`. */
export async function unlockAccount(db: Database, email: string): Promise<number> {
  const id = idOf(await db.select({ id: users.id }).from(users).where(eq(users.email, email)), email);
  await db.batch([forgetAttempts(db, addressSubject(email)), forgetAttempts(db, accountSubject(id))]);
  return id;
}

/** Every account, a page at a time. */
export async function* readAccounts(db: Database): AsyncGenerator<User> {
  let cursor: number | undefined;
  for (;;) {
    const page = await listUsers(db, { limit: 100, ...(cursor === undefined ? {} : { cursor }) });
    yield* page.users;
    cursor = page.users.at(-1)?.id;
    if (page.next === null) return;
  }
}

function idOf([found]: readonly { readonly id: number }[], email: string): number {
  if (found !== undefined) return found.id;
  throw new DevError(
    "ACCOUNT_MISSING",
    `No account has the email ${email}: \`npm run user -- list\` shows all`,
  );
}

/** A statement that is right once all revisions are applied is refused if some are not. */
async function explainRefusal(
  cause: StatementError,
  database: DatabaseConfig,
  projectFolder: string,
): Promise<DevError> {
  const { current, head, pending } = await withCode("DATABASE_FAILED", () =>
    readCurrent(migrationContext(projectFolder, database)),
  );
  return pending.length > 0
    ? new DevError(
        "SCHEMA_BEHIND",
        `The database is at ${current ?? "base"}, and ${head} is needed: run npm run db:upgrade first`,
        { cause },
      )
    : new DevError("DATABASE_FAILED", `${cause.message}: npm run db -- check compares it`, { cause });
}
