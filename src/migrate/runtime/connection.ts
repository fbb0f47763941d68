// Opens the database that is migrated, over HTTP or as a file, and translates what its client throws.
// Knows nothing of revisions.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Client, createClient, type InStatement, type InValue, type ResultSet } from "@libsql/client";
import { type DatabaseConfig, isAllowedAddress } from "../../database/config.ts";
import { fetchAnswer } from "./answer.ts";
import { type Intent, translateFailure } from "./failure.ts";

/** A statement, with its values where it has some. Whole numbers are bigints, which the wire does not turn into floats. */
export type Statement = string | { readonly sql: string; readonly args: readonly InValue[] };

/** One row; integers are bigints, so that none is rounded. */
export type Row = ResultSet["rows"][number];

/**
 * A database that is open. Every method is one round trip and throws a MigrationError:
 * `DATABASE_UNREACHABLE`, `DATABASE_REFUSED`, `MIGRATION_BUSY`, or `STATEMENT_FAILED` whose `details.index` is the
 * position of the statement in the list that was handed in.
 */
export interface Database {
  readonly location: DatabaseConfig["location"];
  /** Host or file, for messages; never a credential. */
  readonly name: string;
  /** Runs queries over one and the same state of the database. */
  read(statements: readonly Statement[]): Promise<readonly (readonly Row[])[]>;
  /** Runs statements in one transaction that holds the write lock from its beginning. */
  write(statements: readonly Statement[]): Promise<readonly (readonly Row[])[]>;
  /**
   * Runs statements in one transaction with foreign keys off; also throws `MIGRATION_LOCK_STOLEN` (nothing was
   * applied) and `OUTCOME_UNKNOWN` (the answer was lost).
   */
  migrate(statements: readonly Statement[]): Promise<void>;
  close(): void;
}

/** How long a file that another process writes is waited for, in milliseconds; the process stands still meanwhile. */
const fileWaitMs = 1_000;

/**
 * Opens a database. Over HTTP nothing is sent yet; a file is opened, and made if it is missing.
 *
 * @param prefix stands in the names of the tool's own tables, so that a second history can live in one database.
 */
export function openDatabase(config: DatabaseConfig, prefix = ""): Database {
  const { location, url, authToken, plainHttpHosts } = config;
  const isAllowed = (address: string) => isAllowedAddress(address, plainHttpHosts);
  const name = location === "file" ? url : new URL(url).host;
  const attempt = async <T>(intent: Intent, statements: readonly Statement[], run: () => Promise<T>) => {
    try {
      return await run();
    } catch (cause) {
      // After SQLITE_BUSY the driver leaves the statement open, and its connection can never commit again.
      if (location === "file" && !isMissing()) reopen(client);
      throw translateFailure(cause, { name, intent, statements });
    }
  };
  const input = (statement: Statement) => toInput(statement, prefix);
  // A file that is not there is an empty database; a read does not make it, since its name may be a mistake.
  const empty = openClient({ url: ":memory:" }, isAllowed);
  const isMissing = () => location === "file" && !existsSync(fileURLToPath(url));
  const client = openClient({ url, ...(authToken === undefined ? {} : { authToken }) }, isAllowed);
  const run = (mode: "read" | "write") => (statements: readonly Statement[]) =>
    attempt(mode, statements, async () => {
      const opened = mode === "read" && isMissing() ? empty() : client();
      const results = await opened.batch(statements.map(input), mode);
      return results.map(({ rows }) => rows);
    });
  return {
    location,
    name,
    read: run("read"),
    write: run("write"),
    migrate: (statements) =>
      attempt("migrate", statements, async () => void (await client().migrate(statements.map(input)))),
    close: () => {
      if (!isMissing()) client().close();
    },
  };
}

/** The client opens a file at once: done at the first use, so that the failure is translated like any other. */
function openClient(
  settings: { url: string; authToken?: string },
  isAllowed: (address: string) => boolean,
): () => Client {
  let client: Client | undefined;
  return () =>
    (client ??= createClient({
      ...settings,
      intMode: "bigint",
      timeout: fileWaitMs,
      // The type says `Function`, the client calls it with one request.
      fetch: (request: Request) => fetchAnswer(request, isAllowed),
    }));
}

/** A file that could not be opened in the first place has no connection to replace. */
function reopen(client: () => Client): void {
  try {
    const opened = client();
    if (!opened.closed) opened.reconnect();
  } catch {
    // The failure that led here says more.
  }
}

/** The tool's own tables, archives included, as statements name them. */
const ownTables = /__(?=drizzle_migrations\b|eaves_(?:revisions|guard|schema|archive_\w*)\b)/g;

function toInput(statement: Statement, prefix: string): InStatement {
  const rename = (sql: string) => (prefix === "" ? sql : sql.replace(ownTables, `__${prefix}`));
  if (typeof statement === "string") return rename(statement);
  return { sql: rename(statement.sql), args: [...statement.args] };
}
