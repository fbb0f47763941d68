// Counts the attempts at a password, before they are judged: so many at once are counted as well as one by one.
// It does not know whether there is such an account, so it cannot tell.
import { createHash } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import type { Database } from "../database/drizzle.ts";
import { loginThrottles } from "../schema/index.ts";
import { AuthError } from "./errors.ts";

/** Attempts without success that one address has in a window. */
export const mostAttempts = 10;

/** The window's length in seconds, from its first attempt on. */
export const throttleSeconds = 15 * 60;

/** What the attempts of an address have come to, this one included. */
export interface Attempts {
  readonly attempts: number;
  readonly resetsAt: number;
}

/** What login attempts are counted for: a normalised email address, with or without an account. */
export function addressSubject(email: string): string {
  return hash(`email:${email}`);
}

/** Whom attempts at the old password are counted for. */
export function accountSubject(userId: number): string {
  return hash(`account:${userId}`);
}

/** The statement that counts an attempt; for a batch. @param now Unix time in seconds. */
export function countAttempt(db: Database, subjectHash: string, now: number) {
  const { attempts, resetsAt } = loginThrottles;
  const isOver = sql`${resetsAt} <= ${now}`;
  return db
    .insert(loginThrottles)
    .values({ subjectHash, attempts: 1, resetsAt: now + throttleSeconds })
    .onConflictDoUpdate({
      target: loginThrottles.subjectHash,
      set: {
        attempts: sql`case when ${isOver} then 1 else ${attempts} + 1 end`,
        resetsAt: sql`case when ${isOver} then ${now + throttleSeconds} else ${resetsAt} end`,
      },
    })
    .returning({ attempts, resetsAt });
}

/** The statement that forgets the attempts, after one that succeeded; for a batch. */
export function forgetAttempts(db: Database, subjectHash: string) {
  return db.delete(loginThrottles).where(eq(loginThrottles.subjectHash, subjectHash));
}

/** @throws {AuthError} `TOO_MANY_ATTEMPTS` if this attempt is one too many. */
export function requireAttempt([counted]: readonly Attempts[], now: number): void {
  if (counted === undefined) throw new TypeError("INSERT ... RETURNING gave no row");
  if (counted.attempts <= mostAttempts) return;
  throw new AuthError("TOO_MANY_ATTEMPTS", "Too many attempts: wait before the next one", {
    retryAfter: Math.max(1, counted.resetsAt - now),
  });
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
