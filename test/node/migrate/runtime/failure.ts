// Catches the tool's own error, for tests that look at its code.
import { MigrationError } from "../../../../src/migrate/errors.ts";

/** The MigrationError that this work fails with. @throws when it does not fail, or with something else. */
export async function failure(work: Promise<unknown>): Promise<MigrationError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof MigrationError) return error;
  throw new Error(`Expected a MigrationError, found ${String(error)}`, { cause: error });
}
