// Brings a backup into an empty database: all of it, compared with what is written, or nothing.
import type { DatabaseConfig } from "../../database/config.ts";
import { DevError } from "../command/dev-error.ts";
import { type BackupFacts, describeContents, readBackup, verifyBackup } from "./backup-file.ts";
import { readContents } from "./database-contents.ts";
import { type Load, type Read, withLoad } from "./exact-transaction.ts";

/** What one round trip may hold: the server refuses requests of 6 MB. */
const batchLength = 1_000_000;
const mostStatements = 500;

/**
 * Restores a file of `npm run db:backup`.
 *
 * @throws {DevError} `BACKUP_UNUSABLE`, `DATABASE_NOT_EMPTY`, `RESTORE_FAILED`, `DATABASE_FAILED`, `OUTCOME_UNKNOWN`.
 */
export async function restore(database: DatabaseConfig, file: string): Promise<BackupFacts> {
  const facts = await verifyBackup(file);
  await withLoad(database, async (load) => {
    await refuseWhereFilled(load.read, database);
    await apply(load, file);
    const made = await describeContents(readContents(load.read));
    if (made.sha256 === facts.sha256) return;
    throw new DevError(
      "RESTORE_FAILED",
      `What the database gives back is not what ${file} holds (${made.rows} rows in ${made.statements} statements, ` +
        `expected ${facts.rows} in ${facts.statements}): nothing was kept. Restore it with the version of libSQL or ` +
        "SQLite that it was made with",
    );
  });
  return facts;
}

async function refuseWhereFilled(read: Read, { url }: DatabaseConfig): Promise<void> {
  const rows = await read(
    "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') " +
      "AND name NOT GLOB 'sqlite_*' AND name NOT GLOB 'libsql_*' ORDER BY name",
  );
  const names = rows.map((row) => String(row[0]));
  if (names.length === 0) return;
  const shown = names.slice(0, 5).join(", ");
  const more = names.length > 5 ? ` and ${names.length - 5} more` : "";
  throw new DevError(
    "DATABASE_NOT_EMPTY",
    `The database at ${url} is not empty, it has ${shown}${more}: nothing was restored. Make a new database, or ` +
      "empty the local one with `npm run db:reset -- --empty`",
  );
}

async function apply(load: Load, file: string): Promise<void> {
  let batch: string[] = [];
  let length = 0;
  for await (const statement of readBackup(file)) {
    if (batch.length === mostStatements || (length > 0 && length + statement.length > batchLength)) {
      await load.run(batch);
      [batch, length] = [[], 0];
    }
    batch.push(statement);
    length += statement.length;
  }
  if (batch.length > 0) await load.run(batch);
}
