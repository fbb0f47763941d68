// Sets the version table without running scripts, for a database that came to its schema in another way.
import { MigrationError } from "../errors.ts";
import type { Layout, Revision } from "../history/revision.ts";
import { type Applied, isRowOf, isTextOf, recordOf } from "../history/record.ts";
import type { Database, Statement } from "./connection.ts";
import { clearGuard, deleteVersion, guardHead, insertVersion } from "./guarded-batch.ts";
import { hasCode, type Patience, prepareTables, readFound, waitForLock } from "./recovery.ts";

/** What stamping needs from outside. */
export interface StampOptions {
  /** The version table as the caller saw it, oldest first; empty if there was none. */
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
 * @throws {MigrationError} `HEAD_MOVED` if another runner changed the version table meanwhile, and as `execute`.
 */
export async function stamp(
  database: Database,
  revisions: readonly Revision[],
  options: StampOptions,
): Promise<Stamped> {
  const { seen, now, layout = revisions[0]?.layout ?? "journal" } = options;
  const isKept = (row: Applied): boolean => revisions.some((one) => isSame(row, one));
  const removed = seen.filter((row) => !isKept(row));
  const newest = seen.findLast(isKept);
  const added = revisions.filter((one) => !seen.some((row) => isSame(row, one)));
  const result = { added: added.length, removed: removed.length };
  if (added.length === 0 && removed.length === 0) return result;
  await changeVersions(database, layout, options, {
    statements: (named) => [
      ...removed.flatMap((row) => deleteVersion(row, named)),
      ...added.map((one) => insertVersion(recordOf(one, newest), named, now())),
    ],
    isDone: (rows) => rows.every(isKept) && revisions.every((one) => rows.some((row) => isSame(row, one))),
  });
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
  const { up, down } = revision;
  const { hash, when, name } = recordOf(revision, row);
  const [now, then] = [BigInt(when), BigInt(row.when)];
  await changeVersions(database, revision.layout, options, {
    statements: (named) => [
      {
        sql: `UPDATE __drizzle_migrations SET hash = ?, created_at = ?${named ? ", name = ?" : ""} WHERE coalesce(created_at, 0) = ? AND hash = ?${named ? " AND name IS ?" : ""}`,
        args: [hash, now, ...(named ? [name] : []), then, row.hash, ...(named ? [row.name ?? null] : [])],
      },
      {
        // Our record is of the revision's own time, which for folders of one second has milliseconds.
        sql: `UPDATE __eaves_revisions SET hash = ?, created_at = ?, down_checksum = ? WHERE created_at = (SELECT created_at
FROM __eaves_revisions WHERE created_at / 1000 = ? / 1000 AND hash = ? ORDER BY abs(created_at - ?) LIMIT 1)`,
        args: [
          up.checksum,
          BigInt(revision.when),
          down.kind === "script" ? down.script.checksum : null,
          then,
          row.hash,
          then,
        ],
      },
    ],
    isDone: (rows) => rows.some((one) => isSame(one, revision)),
  });
}

interface VersionChange {
  /** `named` if the version table has the names of revisions. */
  readonly statements: (named: boolean) => readonly Statement[];
  readonly isDone: (applied: readonly Applied[]) => boolean;
}

/** One guarded transaction; after a lost answer it is looked whether it is done. */
async function changeVersions(
  database: Database,
  layout: Layout,
  { seen, now, random, busyMs = 30_000 }: StampOptions,
  { statements, isDone }: VersionChange,
): Promise<void> {
  const patience: Patience = { now, random, busyMs, onEvent: () => undefined };
  const named = await prepareTables(database, layout, patience);
  try {
    await waitForLock(patience, () =>
      database.migrate([guardHead(seen, named), ...statements(named), clearGuard]),
    );
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
