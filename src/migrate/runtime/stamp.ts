// Sets the version table without running scripts, for a database that came to its schema in another way.
import { MigrationError } from "../plan/errors.ts";
import type { Revision } from "../plan/revision.ts";
import type { Applied } from "../plan/status.ts";
import type { Database, Statement } from "./connection.ts";
import { clearGuard, guardHead, insertVersion } from "./guarded-batch.ts";
import { hasCode, type Patience, prepareTables, readFound, waitForLock } from "./recovery.ts";

/** What stamping needs from outside. */
export interface StampOptions {
  /** The version table as the caller saw it, oldest first; empty where there was none. */
  readonly seen: readonly Applied[];
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
  options: StampOptions,
): Promise<Stamped> {
  const { seen } = options;
  const removed = seen.filter((row) => !revisions.some((one) => isRowOf(row, one)));
  const added = revisions.filter((one) => !seen.some((row) => isRowOf(row, one)));
  const result = { added: added.length, removed: removed.length };
  if (added.length === 0 && removed.length === 0) return result;
  await changeVersions(
    database,
    [...removed.flatMap(deleteRow), ...added.map(versionOf)],
    options,
    (rows) => {
      const explained = rows.every((row) => revisions.some((one) => isRowOf(row, one)));
      return explained && revisions.every((one) => rows.some((row) => isRowOf(row, one)));
    },
  );
  return result;
}

/**
 * Makes the version table say that a revision which is applied was applied as its files are now. When that was, and how
 * long it took, stays.
 *
 * @param row what the version table says of it now.
 * @throws {MigrationError} as {@link stamp}.
 */
export async function acceptEdit(
  database: Database,
  row: Applied,
  revision: Revision,
  options: StampOptions,
): Promise<void> {
  const { up, down, when } = revision;
  const [now, then] = [BigInt(when), BigInt(row.when)];
  const statements = [
    {
      sql: "UPDATE __drizzle_migrations SET hash = ?, created_at = ? WHERE coalesce(created_at, 0) = ? AND hash = ?",
      args: [up.checksum, now, then, row.hash],
    },
    {
      sql: "UPDATE __eaves_revisions SET hash = ?, created_at = ?, down_checksum = ? WHERE created_at = ?",
      args: [up.checksum, now, down.kind === "script" ? down.script.checksum : null, then],
    },
  ];
  await changeVersions(database, statements, options, (rows) => rows.some((one) => isRowOf(one, revision)));
}

/** One guarded transaction; after a lost answer it is looked whether it is done. */
async function changeVersions(
  database: Database,
  statements: readonly Statement[],
  { seen, now, random, busyMs = 30_000 }: StampOptions,
  isDone: (applied: readonly Applied[]) => boolean,
): Promise<void> {
  const patience: Patience = { now, random, busyMs, onEvent: () => undefined };
  await prepareTables(database, patience);
  try {
    await waitForLock(patience, () => database.migrate([guardHead(seen), ...statements, clearGuard]));
  } catch (cause) {
    if (isMoved(cause)) throw moved(cause);
    if (!hasCode(cause, "OUTCOME_UNKNOWN")) throw cause;
    if (isDone((await readFound(database, "", patience)).applied)) return;
    throw new MigrationError(
      "DATABASE_UNREACHABLE",
      `The answer of the database at ${database.name} was lost, and its version table was not changed: stamp again.`,
      { cause },
    );
  }
}

function isRowOf({ hash, when }: Applied, revision: Revision): boolean {
  if (when !== revision.when) return false;
  return [revision.up.checksum, ...revision.checksums].some((checksum) => checksum === hash);
}

function versionOf({ up, when }: Revision): Statement {
  return insertVersion({ hash: up.checksum, when });
}

function deleteRow({ hash, when }: Applied): Statement[] {
  return [
    {
      sql: "DELETE FROM __drizzle_migrations WHERE coalesce(created_at, 0) = ? AND hash = ?",
      args: [BigInt(when), hash],
    },
    { sql: "DELETE FROM __eaves_revisions WHERE created_at = ?", args: [BigInt(when)] },
  ];
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
