// Counts sessions that were not closed in time after their response: a number that has to stay 0.
import type { Session } from "../../database/session.ts";

/**
 * How long after its response a session may still be open, in milliseconds. Source: session rules S9 and S24: it may
 * close for 2 s, and one that takes them to the end is no leak.
 */
const graceMs = 2_250;

/** Sessions leaked in this isolate since it began; a plain counter. */
export const sessionLeaks = { count: 0 };

/** Begins the grace period of a session whose response has ended. */
export function watchForLeak(session: Session, log: (line: string) => void): void {
  const timer = setTimeout(() => {
    sessionLeaks.count += 1;
    log(JSON.stringify({ message: "a database session was not closed in time", leaked: sessionLeaks.count }));
  }, graceMs);
  void session.closed.then(() => clearTimeout(timer));
}
