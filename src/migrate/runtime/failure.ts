// Translates what libSQL's client throws into the tool's errors. Never puts a credential into a message.
import { LibsqlError } from "@libsql/client";
import { MigrationError } from "../errors.ts";
import { AnswerError } from "./answer.ts";

/** What was being done: after a lost answer only a query is known to have changed nothing. */
export type Intent = "read" | "write" | "migrate";

interface Attempt {
  readonly name: string;
  readonly intent: Intent;
  readonly statements: readonly (string | { readonly sql: string })[];
}

/** Says what a failure of the client means. Anything that is no failure of the database comes back unchanged. */
export function translateFailure(error: unknown, attempt: Attempt): unknown {
  const answer = findCause(error, AnswerError);
  if (answer !== undefined) return translateAnswer(answer, attempt);
  const failure = findCause(error, LibsqlError);
  if (failure === undefined) return error;
  return translateStatement(failure, attempt);
}

function translateAnswer(cause: AnswerError, { name, intent }: Attempt): MigrationError {
  if (cause.kind === "denied") {
    const hint = cause.status === 429 ? "it is overloaded, try again later" : denialHint(cause.status);
    return new MigrationError(
      "DATABASE_REFUSED",
      `The database at ${name} refused the request${cause.status === undefined ? "" : ` with status ${cause.status}`}: ${hint}`,
      { cause, details: { status: cause.status } },
    );
  }
  if (cause.kind === "lost" && intent !== "read") {
    return new MigrationError(
      "OUTCOME_UNKNOWN",
      `The answer of the database at ${name} was lost, and so it is unknown whether the statements ran: ` +
        "look with `current` before running anything again",
      { cause },
    );
  }
  return new MigrationError(
    "DATABASE_UNREACHABLE",
    `The database at ${name} does not answer${cause.status === undefined ? "" : ` (status ${cause.status})`}: ` +
      "check that it runs and that DATABASE_URL names it",
    { cause },
  );
}

function denialHint(status: number | undefined): string {
  if (status === 401) return "set DATABASE_AUTH_TOKEN to a token that is valid";
  if (status === 403) return "the token may only read; migrations need one that may write";
  if (status === undefined)
    return "it named another address that DATABASE_URL could not name, such as one without TLS";
  if (status >= 300 && status < 400)
    return "redirects are not followed; set DATABASE_URL to the libSQL server itself";
  return "check that DATABASE_URL names a libSQL database";
}

function translateStatement(cause: LibsqlError, { name, statements }: Attempt): MigrationError {
  const code = `${cause.code} ${cause.extendedCode ?? ""}`;
  if (code.includes("TRANSACTION_TIMEOUT")) {
    return new MigrationError(
      "MIGRATION_LOCK_STOLEN",
      "Nothing was applied: the statements ran for more than 5 seconds while another client waited to write, and the " +
        "server took the lock away. Run them while nobody writes, split them into smaller revisions, or raise " +
        "`txn_timeout_s` of a server of your own",
      { cause },
    );
  }
  if (code.includes("SQLITE_BUSY") || code.includes("SQLITE_LOCKED")) {
    return new MigrationError(
      "MIGRATION_BUSY",
      `Nothing was applied: another client holds the write lock of ${name}. Try again when it has finished`,
      { cause },
    );
  }
  const index = "statementIndex" in cause ? Number(cause.statementIndex) : undefined;
  const failed = index === undefined ? undefined : statements[index];
  const statement = typeof failed === "string" ? failed : failed?.sql;
  return new MigrationError("STATEMENT_FAILED", plainMessage(cause.message), {
    cause,
    place: statement === undefined ? {} : { statement },
    details: { index, sqliteCode: cause.code },
  });
}

/** The client repeats its code before what SQLite said, twice at times. */
function plainMessage(message: string): string {
  return message.replace(/^(?:[A-Z][A-Z0-9_]+: )+/, "").replace(/^SQLite error: /, "");
}

function findCause<T extends Error>(error: unknown, type: new (...args: never[]) => T): T | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) if (at instanceof type) return at;
  return undefined;
}
