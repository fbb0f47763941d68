// Sets the version table without running scripts, for a database that came to its schema in another way.
import { MigrationError } from "../plan/errors.ts";
import type { Layout, Revision } from "../plan/revision.ts";
import { type Applied, isRowOf, isTextOf, recordOf } from "../plan/record.ts";
import type { Database } from "./connection.ts";
import { clearGuard, deleteVersion, guardHead, insertVersion } from "./guarded-batch.ts";
import { hasCode, type Patience, prepareTables, readFound, waitForLock } from "./recovery.ts";

/** What stamping needs from outside. */
export interface StampOptions {
  /** The version table as the caller saw it, oldest first; empty where there was none. */
  readonly seen: readonly Applied[];
  /** Of the revisions on disk, for a version table that is to be made. Default that of the first revision. */
  readonly layout?: Layout;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A number from 0 to below 1, each time another. */
  readonly random: () => number;
  /** How long to wait for a write lock that another client holds, in milliseconds. Default 30 s. */
  readonly busyMs?: number;
}

/** How many rows of the version table were written and removed. */
export interface Stamped {
  readonly added: number;
  readonly removed: number;
}

/**
 * Makes the version table say that exactly these revisions are applied, oldest first. Rows that say so already stay.
 *
 * @throws {MigrationError} `HEAD_MOVED` where somebody else changed the version table meanwhile, and as `execute`.
 */
export async function stamp(
  database: Database,
  revisions: readonly Revision[],
  { seen, now, random, busyMs = 30_000, layout = revisions[0]?.layout ?? "journal" }: StampOptions,
): Promise<Stamped> {
  const patience: Patience = { now, random, busyMs, onEvent: () => undefined };
  const isKept = (row: Applied): boolean => revisions.some((one) => isSame(row, one));
  const removed = seen.filter((row) => !isKept(row));
  const newest = seen.findLast(isKept);
  const added = revisions.filter((one) => !seen.some((row) => isSame(row, one)));
  const result = { added: added.length, removed: removed.length };
  if (added.length === 0 && removed.length === 0) return result;
  const named = await prepareTables(database, layout, patience);
  const statements = [
    guardHead(seen, named),
    ...removed.flatMap((row) => deleteVersion(row, named)),
    ...added.map((one) => insertVersion(recordOf(one, newest), named, now())),
    clearGuard,
  ];
  try {
    await waitForLock(patience, () => database.migrate(statements));
  } catch (error) {
    if (hasCode(error, "OUTCOME_UNKNOWN")) await confirm(database, revisions, patience, error);
    else if (isMoved(error)) throw moved(error);
    else throw error;
  }
  return result;
}

/** After a lost answer: whether the table says what it was to say. */
async function confirm(
  database: Database,
  revisions: readonly Revision[],
  patience: Patience,
  cause: MigrationError,
): Promise<void> {
  const { applied } = await readFound(database, "", patience);
  const same =
    applied.every((row) => revisions.some((one) => isSame(row, one))) &&
    revisions.every((one) => applied.some((row) => isSame(row, one)));
  if (same) return;
  throw new MigrationError(
    "DATABASE_UNREACHABLE",
    `The answer of the database at ${database.name} was lost, and its version table was not changed: stamp again.`,
    { cause },
  );
}

function isSame(row: Applied, revision: Revision): boolean {
  return isRowOf(row, revision) && isTextOf(row, revision);
}

function isMoved(error: unknown): error is MigrationError {
  return (
    hasCode(error, "STATEMENT_FAILED") && error.details["index"] === 0 && error.message.includes("HEAD_MOVED")
  );
}

function moved(cause: MigrationError): MigrationError {
  return new MigrationError(
    "HEAD_MOVED",
    "Another runner has changed the version table meanwhile, and nothing was stamped: look with `current`, and stamp again.",
    { cause },
  );
}
