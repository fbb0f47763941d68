// The queries on accounts. Each costs one database round trip, and none lets `password` out. They do not check the
// caller: the session of a request does.
import { and, eq, gte, isNull, lt, ne, or } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { Database } from "../database/drizzle.ts";
import { behindCursor, type PageQuery, readPage } from "../database/page.ts";
import { authSessions, users } from "../schema/index.ts";
import { roleOf } from "./roles.ts";
import type { Role } from "./roles.ts";

/** An account as it may be shown. */
export interface User {
  readonly id: number;
  readonly email: string;
  readonly role: Role;
  /** Whether it is disabled: it cannot log in, and keeps its data. */
  readonly disabled: boolean;
}

/** What an account is made of. `email` is normalised, `password` is a hash. */
export interface NewUser {
  readonly email: string;
  readonly password: string;
  /** Default: `user`. */
  readonly role?: Role;
}

/** What an administrator may change, at least one of them. */
export interface UserChanges {
  readonly role?: Role;
  readonly disabled?: boolean;
}

/** Which page of accounts. */
export interface UserQuery extends PageQuery {
  readonly role?: Role;
  /** Only accounts whose normalised email begins so. */
  readonly emailPrefix?: string;
}

/** Accounts in the order of their ids; `next` is the cursor of the following page, null on the last. */
export interface UserPage {
  readonly users: readonly User[];
  readonly next: string | null;
}

const shown = { id: users.id, email: users.email, role: users.role, disabledAt: users.disabledAt };

interface Shown {
  readonly id: number;
  readonly email: string;
  readonly role: string | null;
  readonly disabledAt: number | null;
}

/**
 * Stores a new account. That its email is new is for the unique index to say, since a look before the
 * insert would let two callers through at once.
 *
 * @throws {UniqueViolationError} if the email is taken.
 */
export async function createUser(db: Database, { email, password, role }: NewUser): Promise<User> {
  const [created] = await db
    .insert(users)
    .values({ email, password, role: role ?? "user" })
    .returning(shown);
  if (created === undefined) throw new TypeError("INSERT ... RETURNING gave no row");
  return userOf(created);
}

/** The account with this id, if there is one. */
export async function findUser(db: Database, id: number): Promise<User | undefined> {
  const [found] = await db.select(shown).from(users).where(eq(users.id, id));
  return found && userOf(found);
}

/** One page of accounts. */
export async function listUsers(db: Database, query: UserQuery): Promise<UserPage> {
  const { rows, next } = await readPage(query, (most) =>
    db
      .select(shown)
      .from(users)
      .where(and(behindCursor(users.id, query), filterOf(query)))
      .orderBy(users.id)
      .limit(most),
  );
  return { users: rows.map(userOf), next };
}

/**
 * Changes an account as an administrator may; undefined if there is none with this id. Disabling it ends its
 * logins, which enabling it again does not bring back.
 *
 * @param now Unix time in seconds.
 */
export async function changeUser(
  db: Database,
  id: number,
  { role, disabled, now }: UserChanges & { readonly now: number },
): Promise<User | undefined> {
  const changed = db
    .update(users)
    .set({
      ...(role === undefined ? {} : { role }),
      ...(disabled === undefined ? {} : { disabledAt: disabled ? now : null }),
    })
    .where(eq(users.id, id))
    .returning(shown);
  const endLogins = db.delete(authSessions).where(eq(authSessions.userId, id));
  const [user] = disabled === true ? (await db.batch([changed, endLogins]))[0] : await changed;
  return user && userOf(user);
}

/**
 * Changes the email of an account; undefined if there is none with this id.
 *
 * @throws {UniqueViolationError} if the email is taken.
 */
export async function changeEmail(db: Database, id: number, email: string): Promise<User | undefined> {
  const [changed] = await db.update(users).set({ email }).where(eq(users.id, id)).returning(shown);
  return changed && userOf(changed);
}

/** Deletes an account and, with it, its logins; false if there was none with this id. */
export async function deleteUser(db: Database, id: number): Promise<boolean> {
  const deleted = await db.delete(users).where(eq(users.id, id)).returning({ id: users.id });
  return deleted.length > 0;
}

function filterOf({ role, emailPrefix }: UserQuery): SQL | undefined {
  return and(
    role === "admin" ? eq(users.role, role) : undefined,
    // An account of the service that Eaves replaces may have no role.
    role === "user" ? or(isNull(users.role), ne(users.role, "admin")) : undefined,
    // A range, which the index serves and in which no character is a wildcard; no email holds the last one.
    emailPrefix === undefined ? undefined : gte(users.email, emailPrefix),
    emailPrefix === undefined ? undefined : lt(users.email, `${emailPrefix}\u{10FFFF}`),
  );
}

function userOf({ id, email, role, disabledAt }: Shown): User {
  return { id, email, role: roleOf(role), disabled: disabledAt !== null };
}
