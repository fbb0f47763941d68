// The queries on accounts. Each costs one database round trip, and none lets `password` out.
import { and, eq, gt } from "drizzle-orm";
import type { Database } from "../database/drizzle.ts";
import { users } from "../schema/index.ts";
import { writeCursor } from "./cursor.ts";

/** An account as it may be shown. */
export interface User {
  readonly id: number;
  readonly email: string;
  readonly role: string | null;
}

/** What an account is made of. `email` is normalised, `password` is a hash. */
export interface NewUser {
  readonly email: string;
  readonly password: string;
}

/** What to change, at least one of them; the role is not changed here. */
export interface UserChanges {
  readonly email?: string;
  readonly password?: string;
}

/** Which page of accounts. */
export interface UserQuery {
  /** From 1 to 100. */
  readonly limit: number;
  /** Only accounts with a greater id, as a cursor tells. */
  readonly after?: number;
  readonly role?: string;
}

/** Accounts in the order of their ids; `next` is the cursor of the following page, null on the last. */
export interface UserPage {
  readonly users: readonly User[];
  readonly next: string | null;
}

const shown = { id: users.id, email: users.email, role: users.role };

/**
 * Stores a new account. That its email is new is for the unique index to say, since a look before the
 * insert would let two callers through at once.
 *
 * @throws {UniqueViolationError} where the email is taken.
 */
export async function createUser(db: Database, user: NewUser): Promise<User> {
  const [created] = await db
    .insert(users)
    .values({ email: user.email, password: user.password })
    .returning(shown);
  if (created === undefined) throw new TypeError("INSERT ... RETURNING gave no row");
  return created;
}

/** The account with this id, if there is one. */
export async function findUser(db: Database, id: number): Promise<User | undefined> {
  const [found] = await db.select(shown).from(users).where(eq(users.id, id)).limit(1);
  return found;
}

/** One page of accounts. It asks for a row more than it shows, to learn whether another page follows. */
export async function listUsers(db: Database, { limit, after, role }: UserQuery): Promise<UserPage> {
  const rows = await db
    .select(shown)
    .from(users)
    .where(
      and(
        after === undefined ? undefined : gt(users.id, after),
        role === undefined ? undefined : eq(users.role, role),
      ),
    )
    .orderBy(users.id)
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { users: page, next: rows.length > limit && last !== undefined ? writeCursor(last.id) : null };
}

/**
 * Changes an account; undefined where there is none with this id.
 *
 * @throws {UniqueViolationError} where the new email is taken.
 */
export async function updateUser(db: Database, id: number, changes: UserChanges): Promise<User | undefined> {
  const [changed] = await db.update(users).set(changes).where(eq(users.id, id)).returning(shown);
  return changed;
}

/** Deletes an account; false where there was none with this id. */
export async function deleteUser(db: Database, id: number): Promise<boolean> {
  const deleted = await db.delete(users).where(eq(users.id, id)).returning({ id: users.id });
  return deleted.length > 0;
}
