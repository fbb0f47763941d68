// What the tests of the database's errors share: how work fails, and that an error says nothing of what was sent.
import { expect } from "vitest";

import type { Database } from "../../../src/database/drizzle.ts";
import { withSession } from "../../../src/database/engine.ts";
import { DatabaseError } from "../../../src/database/errors.ts";
import { configOf } from "../../support/sessions.ts";

/** Stands in every parameter: it must not come out anywhere. */
export const canary = "canary-4711";

/** What the work rejects with; fails where it does not. */
export function failureOf(work: Promise<unknown>): Promise<DatabaseError> {
  return work.then(
    () => Promise.reject(new Error("it did not fail")),
    (error: DatabaseError) => error,
  );
}

/** What work in a session of its own rejects with. */
export function failureIn(
  url: string,
  work: (db: Database) => Promise<unknown>,
  variables: Readonly<Record<string, string>> = {},
): Promise<DatabaseError> {
  return failureOf(withSession(configOf(url, variables), work));
}

/** What an error says of itself, wherever it is printed: its causes are for debuggers alone. */
export function said(error: DatabaseError): string {
  return `${String(error)} ${error.message} ${JSON.stringify(error)} ${error.stack ?? ""}`;
}

/** Fails where an error holds SQL or a parameter anywhere but in its cause. */
export function expectDiscreet(error: DatabaseError): void {
  expect(error).toBeInstanceOf(DatabaseError);
  expect(error.cause).toBeInstanceOf(Error);
  expect(said(error).toLowerCase()).not.toContain("canary");
  expect(said(error)).not.toMatch(/INSERT INTO|DELETE FROM|Failed query/i);
}
