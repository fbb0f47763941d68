// One transaction over a whole backup or restore, on a server or a file, and what its failures mean.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createClient, LibsqlError, type Transaction } from "@libsql/client";
import { type DatabaseConfig, isAllowedAddress } from "../../database/config.ts";
import { DevError } from "../command/dev-error.ts";

/** A row by the position of its columns; integers are bigints. */
export type ReadRow = Readonly<Record<number, unknown>>;

/** Runs one query in the transaction. */
export type Read = (sql: string) => Promise<readonly ReadRow[]>;

/** A transaction that writes, with foreign keys off. */
export interface Load {
  readonly read: Read;
  /** One round trip. */
  run(statements: readonly string[]): Promise<void>;
}

/**
 * Reads one and the same state of a database, whatever is written meanwhile.
 *
 * @throws {DevError} `DATABASE_FAILED`.
 */
export async function withSnapshot<T>(
  database: DatabaseConfig,
  work: (read: Read) => Promise<T>,
): Promise<T> {
  if (database.location === "file" && !existsSync(fileURLToPath(database.url))) {
    throw new DevError("DATABASE_FAILED", `There is no database at ${database.url}: name one that exists`);
  }
  return await withTransaction(database, "read", (transaction) => work(reader(transaction)));
}

/**
 * Writes with foreign keys off. All is kept if `work` returns, nothing if it throws or a process dies before.
 *
 * @throws {DevError} `DATABASE_FAILED`, `OUTCOME_UNKNOWN`.
 */
export async function withLoad<T>(database: DatabaseConfig, work: (load: Load) => Promise<T>): Promise<T> {
  return await withTransaction(database, "write", async (transaction) => {
    // The switch for foreign keys does nothing within a transaction, and belongs to this one connection.
    await transaction.executeMultiple("COMMIT; PRAGMA foreign_keys=OFF; BEGIN IMMEDIATE");
    const result = await work({
      read: reader(transaction),
      run: async (statements) => void (await transaction.batch([...statements])),
    });
    await commit(transaction, database);
    return result;
  });
}

async function withTransaction<T>(
  database: DatabaseConfig,
  mode: "read" | "write",
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const { url, authToken } = database;
  let client: ReturnType<typeof createClient> | undefined;
  let transaction: Transaction | undefined;
  try {
    client = createClient({
      url,
      intMode: "bigint",
      ...(authToken === undefined ? {} : { authToken }),
      fetch: fetchAtHome(database),
    });
    transaction = await client.transaction(mode);
    return await work(transaction);
  } catch (cause) {
    throw translate(cause, url);
  } finally {
    // Waited for: the lock would be held until the server takes it away.
    await transaction?.rollback().catch(() => undefined);
    transaction?.close();
    client?.close();
  }
}

function reader(transaction: Transaction): Read {
  return async (sql) => (await transaction.execute(sql)).rows;
}

async function commit(transaction: Transaction, { url }: DatabaseConfig): Promise<void> {
  try {
    await transaction.commit();
  } catch (cause) {
    if (cause instanceof LibsqlError && cause.code !== "SERVER_ERROR") throw cause;
    throw new DevError(
      "OUTCOME_UNKNOWN",
      `The answer of ${hostOf(url)} was lost at the very end: all of it is there, or nothing is. ` +
        "`npm run db -- current` says which; where the database is empty, begin again",
      { cause },
    );
  }
}

function translate(cause: unknown, url: string): unknown {
  if (cause instanceof DevError) return cause;
  const refuse = (message: string) => new DevError("DATABASE_FAILED", message, { cause });
  if (cause instanceof LibsqlError) {
    const said = wordsOf(cause);
    const isBusy = /TRANSACTION_TIMEOUT|STREAM|BUSY/.test(`${cause.code} ${said}`);
    const next = isBusy ? ". Others write to it meanwhile: let them stop, and begin again" : "";
    return refuse(`The database at ${hostOf(url)} refused: ${said}${next}`);
  }
  if (cause instanceof TypeError && /fetch|terminated/.test(cause.message))
    return refuse(`The database at ${hostOf(url)} does not answer: check that it runs, and DATABASE_URL`);
  return cause;
}

/** What the database says, without the codes that driver and server put in front. */
export function wordsOf({ message }: Error): string {
  return message.replace(/^(?:SQL(?:ITE)?_\w+: )+(?:SQLite error: )?/, "");
}

function hostOf(url: string): string {
  return url.startsWith("file:") ? url : new URL(url).host;
}

/**
 * A fetch for libSQL's client: token and statements stay with the configured database. It follows no redirect, and refuses
 * an address that the server names for the rest of a transaction if `DATABASE_URL` could not name it.
 *
 * @param signalOf ends a request; by default a request may take as long as it likes.
 */
export function fetchAtHome(
  { plainHttpHosts }: DatabaseConfig,
  signalOf?: () => AbortSignal,
): (request: Request) => Promise<Response> {
  return async (request) => {
    if (!isAllowedAddress(request.url, plainHttpHosts))
      throw new TypeError("The database named another address that DATABASE_URL could not name");
    const signal = signalOf?.() ?? request.signal;
    return await fetch(request, { redirect: "manual", signal });
  };
}
