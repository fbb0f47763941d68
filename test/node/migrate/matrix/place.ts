// The places where a case is tried: a file and a real server, opened once and emptied between the cases.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseDatabaseConfig } from "../../../../src/database/config.ts";
import {
  type Database,
  openDatabase,
  type Row,
  type Statement,
} from "../../../../src/migrate/runtime/connection.ts";
import { waitForLock } from "../../../../src/migrate/runtime/recovery.ts";
import { startScratchServer } from "../../../../src/migrate/server/scratch-server.ts";

/** Runs queries over one state of a database. */
export type Read = (statements: readonly Statement[]) => Promise<readonly (readonly Row[])[]>;

/** Where a case is tried. */
export interface Place {
  readonly kind: "file" | "server";
  readonly url: string;
  readonly database: Database;
  readonly read: Read;
  /** Drops everything. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a database file, or a server of its own. */
export async function openPlace(kind: Place["kind"]): Promise<Place> {
  if (kind === "server") {
    const server = await startScratchServer();
    return openAt(kind, server.url, () => server.stop());
  }
  const folder = await mkdtemp(join(tmpdir(), "eaves-matrix-"));
  return openAt(kind, pathToFileURL(join(folder, "matrix.db")).href, () =>
    rm(folder, { recursive: true, maxRetries: 3 }),
  );
}

function openAt(kind: Place["kind"], url: string, remove: () => Promise<void>): Place {
  const scope = { runtime: "node", projectFolder: tmpdir(), serverFolder: join(tmpdir(), "none") } as const;
  const database = waitingForLocks(openDatabase(parseDatabaseConfig({ DATABASE_URL: url }, scope)));
  const read: Read = (statements) => database.read(statements);
  return {
    kind,
    url,
    database,
    read,
    clear: () => clear(database),
    close: async () => {
      database.close();
      await remove();
    },
  };
}

/**
 * A client that was closed just before, drizzle's migrator for instance, can hold the write lock a little longer. The
 * server then answers SQLITE_BUSY, which means that nothing ran.
 */
function waitingForLocks(database: Database): Database {
  const patience = { now: Date.now, random: Math.random, busyMs: 30_000, onEvent: () => {} };
  return {
    ...database,
    read: (statements) => waitForLock(patience, () => database.read(statements)),
    write: (statements) => waitForLock(patience, () => database.write(statements)),
    migrate: (statements) => waitForLock(patience, () => database.migrate(statements)),
  };
}

/** Views first, then virtual tables with their shadows, then what is left; and the counters that outlive a table. */
async function clear(database: Database): Promise<void> {
  const [found = [], counters = []] = await database.read([
    `SELECT s.type, s.name FROM sqlite_schema AS s LEFT JOIN pragma_table_list AS l ON l.schema = 'main' AND l.name = s.name
     WHERE s.type IN ('table', 'view') AND s.name NOT LIKE 'sqlite@_%' ESCAPE '@' AND coalesce(l.type, '') <> 'shadow'
     ORDER BY s.type = 'table', l.type = 'table'`,
    "SELECT name FROM sqlite_schema WHERE name = 'sqlite_sequence'",
  ]);
  const drops = found.map(({ type, name }) => `DROP ${String(type)} "${String(name)}"`);
  if (counters.length > 0) drops.push("DELETE FROM sqlite_sequence");
  if (drops.length > 0) await database.migrate(drops);
}
