// Logging in and changing the password: what needs the password itself. Two database round trips each.
import { and, eq, exists, isNull, ne, sql } from "drizzle-orm";
import type { Database } from "../database/drizzle.ts";
import { authSessions, users } from "../schema/index.ts";
import { AuthError } from "./errors.ts";
import {
  accountSubject,
  addressSubject,
  countAttempt,
  forgetAttempts,
  requireAttempt,
} from "./login-throttle.ts";
import type { HashTurns, RunHash } from "./hash-turns.ts";
import { hashPassword, isHashedAt, verifyPassword } from "./password.ts";
import type { RandomBytes } from "./password.ts";
import type { PasswordCost } from "./password-cost.ts";
import { createRefreshToken } from "./refresh-token.ts";

/** How long a login can be refreshed, in seconds: 30 days from the login on. */
export const loginSeconds = 30 * 24 * 60 * 60;

/** What judging a password needs from outside. */
export interface PasswordContext {
  readonly cost: PasswordCost;
  readonly randomBytes: RandomBytes;
  readonly hashTurns: HashTurns;
  /** Unix time in seconds. */
  readonly now: number;
}

/** The credentials: a normalised email, and the password as it was sent. */
export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** A login that was let in. */
export interface LoggedIn {
  readonly userId: number;
  readonly sessionId: number;
  /** As it is stored. */
  readonly role: string | null;
  readonly refreshToken: string;
}

/**
 * Logs in. An address without an account costs what a wrong password costs, and a disabled account is refused like both.
 *
 * @throws {AuthError} `CREDENTIALS_INVALID`, `TOO_MANY_ATTEMPTS` or `SERVER_BUSY`.
 */
export async function logIn(
  db: Database,
  credentials: Credentials,
  context: PasswordContext,
): Promise<LoggedIn> {
  // If the account changed while its password was checked, for example because another login hashed it anew, the
  // second look at it decides.
  const login = (await tryLogIn(db, credentials, context)) ?? (await tryLogIn(db, credentials, context));
  if (login === undefined) throw refused();
  return login;
}

/** Undefined if the password was right, and the account is no longer as it was read. */
async function tryLogIn(
  db: Database,
  { email, password }: Credentials,
  context: PasswordContext,
): Promise<LoggedIn | undefined> {
  const { randomBytes, now } = context;
  const subject = addressSubject(email);
  const { account, newHash } = await context.hashTurns.take((runHash) =>
    judge(db, { email, password }, context, runHash),
  );
  const refreshToken = createRefreshToken(randomBytes);
  const opened = openLogin(db, account, { ...refreshToken, expiresAt: now + loginSeconds });
  const forgotten = forgetAttempts(db, subject);
  const [rows] =
    newHash === undefined
      ? await db.batch([opened, forgotten])
      : await db.batch([opened, forgotten, replaceHash(db, account, newHash)]);
  const [login] = rows;
  if (login === undefined) return undefined;
  return { userId: account.id, sessionId: login.id, role: account.role, refreshToken: refreshToken.token };
}

interface Judged {
  readonly account: Account & { readonly role: string | null };
  /** Set if the stored hash was made with other parameters. */
  readonly newHash: string | undefined;
}

/**
 * Counts the attempt and judges it. Both in the same turn: an attempt that is refused because the service is busy must
 * not count.
 */
async function judge(
  db: Database,
  { email, password }: Credentials,
  { cost, randomBytes, now }: PasswordContext,
  runHash: RunHash,
): Promise<Judged> {
  const [attempts, [account]] = await db.batch([
    countAttempt(db, addressSubject(email), now),
    db
      .select({ id: users.id, password: users.password, role: users.role, disabledAt: users.disabledAt })
      .from(users)
      .where(eq(users.email, email)),
  ]);
  requireAttempt(attempts, now);
  const matches = await runHash(() => verifyPassword(account?.password, password, cost));
  if (account === undefined || account.disabledAt !== null || !matches) throw refused();
  if (isHashedAt(account.password, cost)) return { account, newHash: undefined };
  return { account, newHash: await runHash(() => hashPassword(password, cost, randomBytes)) };
}

/**
 * Changes the password and ends every login of the account but the caller's own.
 *
 * @throws {AuthError} `PASSWORD_WRONG`, `TOO_MANY_ATTEMPTS` or `SERVER_BUSY`.
 */
export async function changePassword(
  db: Database,
  { userId, sessionId }: { readonly userId: number; readonly sessionId: number },
  { oldPassword, newPassword }: { readonly oldPassword: string; readonly newPassword: string },
  context: PasswordContext,
): Promise<void> {
  const { cost, randomBytes } = context;
  const { account, hash } = await context.hashTurns.take(async (runHash) => {
    const judged = await judgeOldPassword(db, { userId, oldPassword }, context, runHash);
    return { account: judged, hash: await runHash(() => hashPassword(newPassword, cost, randomBytes)) };
  });
  const changed = db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, userId), eq(users.password, hash)));
  const [rows] = await db.batch([
    replaceHash(db, account, hash),
    db
      .delete(authSessions)
      .where(and(eq(authSessions.userId, userId), ne(authSessions.id, sessionId), exists(changed))),
    forgetAttempts(db, accountSubject(userId)),
  ]);
  // Another request changed it between the two round trips: what was given is no longer the old one.
  if (rows.length === 0) throw wrongPassword();
}

/** Counts the attempt, and gives the account if its password is right. */
async function judgeOldPassword(
  db: Database,
  { userId, oldPassword }: { readonly userId: number; readonly oldPassword: string },
  { cost, now }: PasswordContext,
  runHash: RunHash,
): Promise<Account> {
  const [attempts, [account]] = await db.batch([
    countAttempt(db, accountSubject(userId), now),
    db.select({ id: users.id, password: users.password }).from(users).where(eq(users.id, userId)),
  ]);
  requireAttempt(attempts, now);
  const matches = await runHash(() => verifyPassword(account?.password, oldPassword, cost));
  if (account === undefined || !matches) throw wrongPassword();
  return account;
}

interface Account {
  readonly id: number;
  readonly password: string;
}

/** The statement that stores the login, if the account is still as it was read. */
function openLogin(
  db: Database,
  { id, password }: Account,
  login: { readonly familyHash: string; readonly tokenHash: string; readonly expiresAt: number },
) {
  const unchanged = and(eq(users.id, id), eq(users.password, password), isNull(users.disabledAt));
  const row = {
    // Drizzle wants every column; null leaves it to the database.
    id: sql<number>`null`.as("id"),
    userId: users.id,
    familyHash: sql<string>`${login.familyHash}`.as("family_hash"),
    tokenHash: sql<string>`${login.tokenHash}`.as("token_hash"),
    expiresAt: sql<number>`${login.expiresAt}`.as("expires_at"),
  };
  return db
    .insert(authSessions)
    .select(db.select(row).from(users).where(unchanged))
    .returning({ id: authSessions.id });
}

/** The statement that stores a new hash, if the old one is still there. */
function replaceHash(db: Database, { id, password }: Account, hash: string) {
  return db
    .update(users)
    .set({ password: hash })
    .where(and(eq(users.id, id), eq(users.password, password)))
    .returning({ id: users.id });
}

function refused(): AuthError {
  return new AuthError("CREDENTIALS_INVALID", "Email and password do not match");
}

function wrongPassword(): AuthError {
  return new AuthError("PASSWORD_WRONG", "The old password is not right");
}
