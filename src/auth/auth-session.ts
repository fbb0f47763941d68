// Logins that exist: refreshed, ended, and forgotten when they are over. One database round trip each.
import { and, eq, exists, gt, inArray, isNull, lte, ne } from "drizzle-orm";
import type { Database } from "../database/drizzle.ts";
import { authSessions, loginThrottles, users } from "../schema/index.ts";
import { AuthError } from "./errors.ts";
import type { LoggedIn } from "./login.ts";
import type { RandomBytes } from "./password.ts";
import { readRefreshToken, renewRefreshToken } from "./refresh-token.ts";

/**
 * Gives a new refresh token for one that was not used yet. A used one ends the login: one of
 * the two who have it is not its owner, and they cannot be told apart. Source: RFC 9700, 4.14.2.
 *
 * @param now Unix time in seconds.
 * @throws {AuthError} `REFRESH_TOKEN_INVALID`.
 */
export async function refreshLogin(
  db: Database,
  token: string,
  { randomBytes, now }: { readonly randomBytes: RandomBytes; readonly now: number },
): Promise<LoggedIn> {
  const old = readRefreshToken(token);
  if (old === undefined) throw invalid();
  const renewed = renewRefreshToken(token, randomBytes);
  const inFamily = eq(authSessions.familyHash, old.familyHash);
  const mayLogIn = db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, authSessions.userId), isNull(users.disabledAt)));
  const [, , [login]] = await db.batch([
    db
      .update(authSessions)
      .set({ tokenHash: renewed.tokenHash })
      .where(
        and(
          inFamily,
          eq(authSessions.tokenHash, old.tokenHash),
          gt(authSessions.expiresAt, now),
          exists(mayLogIn),
        ),
      ),
    // Nothing was renewed: the token was used before, has expired, or the account is closed.
    db.delete(authSessions).where(and(inFamily, ne(authSessions.tokenHash, renewed.tokenHash))),
    db
      .select({ userId: users.id, sessionId: authSessions.id, role: users.role })
      .from(authSessions)
      .innerJoin(users, eq(users.id, authSessions.userId))
      .where(inFamily),
  ]);
  if (login === undefined) throw invalid();
  return { ...login, refreshToken: renewed.token };
}

/** Ends the login that a refresh token belongs to, used or not; does nothing if there is none. */
export async function logOut(db: Database, token: string): Promise<void> {
  const hashes = readRefreshToken(token);
  if (hashes === undefined) return;
  await db.delete(authSessions).where(eq(authSessions.familyHash, hashes.familyHash));
}

/** What {@link pruneLogins} removed, in rows. */
export interface Pruned {
  readonly logins: number;
  readonly throttles: number;
}

/** Removes some of the logins and throttles that are over, as many of each as fit into a statement's time. */
export async function pruneLogins(db: Database, now: number, most = 1000): Promise<Pruned> {
  const oldLogins = db
    .select({ id: authSessions.id })
    .from(authSessions)
    .where(lte(authSessions.expiresAt, now))
    .limit(most);
  const oldThrottles = db
    .select({ subjectHash: loginThrottles.subjectHash })
    .from(loginThrottles)
    .where(lte(loginThrottles.resetsAt, now))
    .limit(most);
  const [logins, throttles] = await db.batch([
    db.delete(authSessions).where(inArray(authSessions.id, oldLogins)),
    db.delete(loginThrottles).where(inArray(loginThrottles.subjectHash, oldThrottles)),
  ]);
  return { logins: logins.rowsAffected, throttles: throttles.rowsAffected };
}

function invalid(): AuthError {
  return new AuthError("REFRESH_TOKEN_INVALID", "The refresh token is not valid: log in again");
}
