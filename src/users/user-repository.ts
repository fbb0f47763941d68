// The queries on accounts. Each costs one database round trip, and none lets `password` out.
import { and, eq, exists, gt, gte, isNull, lt, ne, or } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import type { Database } from "../database/drizzle.ts";
import { authSessions, users } from "../schema/index.ts";
import { writeCursor } from "./cursor.ts";
import { RoleLostError } from "./errors.ts";
import { roleOf } from "./roles.ts";
import type { Role } from "./roles.ts";

/** An account as it may be shown. */
export interface User {
  readonly id: number;
  readonly email: string;
  readonly role: Role;
  /** Whether it is closed: it cannot log in, and keeps its data. */
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
export interface UserQuery {
  /** From 1 to 100. */
  readonly limit: number;
  /** Only accounts with a greater id, as a cursor tells. */
  readonly after?: number;
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
 * @throws {UniqueViolationError} where the email is taken.
 */
export async function createUser(db: Database, { email, password, role }: NewUser): Promise<User> {
  const [created] = await db
    .insert(users)
    .values({ email, password, role: role ?? "user" })
    .returning(shown);
  if (created === undefined) throw new TypeError("INSERT ... RETURNING gave no row");
  return userOf(created);
}

/**
 * The account with this id, if there is one.
 *
 * @param by the administrator who asks, here and below. Whether it still is one is asked in the same round trip.
 * @throws {RoleLostError}
 */
export async function findUser(db: Database, by: number, id: number): Promise<User | undefined> {
  const [admins, [found]] = await db.batch([
    adminNow(db, by),
    db.select(shown).from(users).where(eq(users.id, id)),
  ]);
  requireAdmin(admins);
  return found && userOf(found);
}

/**
 * One page of accounts. It asks for a row more than it shows, to learn whether another page follows.
 *
 * @throws {RoleLostError}
 */
export async function listUsers(db: Database, by: number, { limit, ...query }: UserQuery): Promise<UserPage> {
  const [admins, rows] = await db.batch([
    adminNow(db, by),
    db
      .select(shown)
      .from(users)
      .where(filterOf(query))
      .orderBy(users.id)
      .limit(limit + 1),
  ]);
  requireAdmin(admins);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const next = rows.length > limit && last !== undefined ? writeCursor(last.id) : null;
  return { users: page.map(userOf), next };
}

/**
 * Changes an account as an administrator may; undefined where there is none with this id. Closing it ends its
 * logins, which opening it again does not bring back.
 *
 * @param now Unix time in seconds.
 * @throws {RoleLostError}
 */
export async function changeUser(
  db: Database,
  by: number,
  id: number,
  { role, disabled, now }: UserChanges & { readonly now: number },
): Promise<User | undefined> {
  const isStillAdmin = exists(adminNow(db, by));
  const changed = db
    .update(users)
    .set({
      ...(role === undefined ? {} : { role }),
      ...(disabled === undefined ? {} : { disabledAt: disabled ? now : null }),
    })
    .where(and(eq(users.id, id), isStillAdmin))
    .returning(shown);
  // Before the change: an administrator who closes its own account is one until then.
  const endLogins = db.delete(authSessions).where(and(eq(authSessions.userId, id), isStillAdmin));
  const [admins, [user]] =
    disabled === true
      ? await db.batch([adminNow(db, by), endLogins, changed]).then(([a, , c]) => [a, c] as const)
      : await db.batch([adminNow(db, by), changed]);
  requireAdmin(admins);
  return user && userOf(user);
}

/**
 * Deletes an account and, with it, its logins; false where there was none with this id.
 *
 * @throws {RoleLostError}
 */
export async function deleteUser(db: Database, by: number, id: number): Promise<boolean> {
  const [admins, deleted] = await db.batch([
    adminNow(db, by),
    db
      .delete(users)
      .where(and(eq(users.id, id), exists(adminNow(db, by))))
      .returning({ id: users.id }),
  ]);
  requireAdmin(admins);
  return deleted.length > 0;
}

const callers = alias(users, "callers");

/** The statement that finds the caller where it is an administrator at this moment. */
function adminNow(db: Database, id: number) {
  return db
    .select({ id: callers.id })
    .from(callers)
    .where(and(eq(callers.id, id), eq(callers.role, "admin"), isNull(callers.disabledAt)));
}

/** A token may say what was true minutes ago: without this an administrator who was closed could open itself again. */
function requireAdmin(found: readonly unknown[]): void {
  if (found.length === 0) throw new RoleLostError();
}

/** The account of a caller; undefined where it was deleted or closed meanwhile. */
export async function findOwnUser(db: Database, id: number): Promise<User | undefined> {
  const [found] = await db.select(shown).from(users).where(isOpen(id));
  return found && userOf(found);
}

/**
 * Changes the email of a caller's account; undefined where it was deleted or closed meanwhile.
 *
 * @throws {UniqueViolationError} where the email is taken.
 */
export async function changeOwnEmail(db: Database, id: number, email: string): Promise<User | undefined> {
  const [changed] = await db.update(users).set({ email }).where(isOpen(id)).returning(shown);
  return changed && userOf(changed);
}

/** Deletes a caller's account; false where it was deleted or closed meanwhile. */
export async function deleteOwnUser(db: Database, id: number): Promise<boolean> {
  const deleted = await db.delete(users).where(isOpen(id)).returning({ id: users.id });
  return deleted.length > 0;
}

function isOpen(id: number): SQL | undefined {
  return and(eq(users.id, id), isNull(users.disabledAt));
}

function filterOf({ after, role, emailPrefix }: Omit<UserQuery, "limit">): SQL | undefined {
  return and(
    after === undefined ? undefined : gt(users.id, after),
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
