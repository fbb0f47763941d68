// Turns what a client throws, ours or libSQL's, into the errors of this folder; nothing else reads them.
import {
  CheckViolationError,
  CommitUnknownError,
  DatabaseAccessError,
  DatabaseAddressError,
  DatabaseBusyError,
  DatabaseError,
  DatabaseUnavailableError,
  DeadlineExceededError,
  ForeignKeyViolationError,
  NotNullViolationError,
  ResponseTooLargeError,
  ResultUnreadableError,
  StatementError,
  TransactionTimeoutError,
  UniqueViolationError,
} from "./errors.ts";
import { ResultError } from "./hrana.ts";
import { TransportError } from "./requests.ts";
import type { TransportFault } from "./requests.ts";
import type { Statement } from "./session-core.ts";
import { isDelete } from "./statement.ts";

/** What the failed request would have done, which decides what is known about its outcome. */
export interface FailedWork {
  /** The statements that were sent. */
  readonly statements: readonly Statement[];
  /** Whether the request could have changed the database for good: an autocommit write, or a COMMIT. */
  readonly mayHaveCommitted: boolean;
  /** Whether the request went on with a transaction, which a restart of the server loses. */
  readonly inTransaction: boolean;
}

/** The parts of a `LibsqlError` that are read; it is recognised by its shape, since bundles may hold two copies. */
interface ServerError {
  readonly code: string;
  readonly message: string;
  readonly statementIndex?: number;
}

/**
 * Translates an error of the driver. Errors of this folder are returned as they are; what is not the
 * database's (a fault in a row mapper, say) too.
 */
export function translateError(error: unknown, work: FailedWork): unknown {
  if (error instanceof DatabaseError) return error;
  const translated = translate(error, work);
  if (!(translated instanceof DatabaseError)) return translated;
  const failed = isServerError(error) ? failedOf(error, work) : undefined;
  if (isServerError(error) && failed !== undefined && work.statements.length > 1)
    translated.statementIndex = error.statementIndex;
  const texts = (failed === undefined ? work.statements : [failed]).map(({ sql }) => sql);
  if (texts.length > 0) translated.sql = texts.join(";\n");
  return translated;
}

function translate(error: unknown, work: FailedWork): unknown {
  const fault = findTransportError(error);
  if (fault !== undefined) return translateTransport(fault, work);
  if (isUnreadable(error)) return translateUnreadable(error, work);
  return isServerError(error) ? translateServer(error, work) : error;
}

/** The statement that failed; undefined if the server does not say. */
function failedOf({ statementIndex = -1 }: ServerError, { statements }: FailedWork): Statement | undefined {
  return statements[statementIndex];
}

/** libSQL's own client, which opens files, throws a RangeError for an integer; it has run the statement by then. */
function isUnreadable(error: unknown): error is Error {
  return (
    error instanceof ResultError ||
    (error instanceof RangeError && error.message.includes("safely represented"))
  );
}

/** Only the answer cannot be read: a write has been done. */
function translateUnreadable(error: Error, work: FailedWork): DatabaseError {
  const reason = error instanceof ResultError ? error.message : "an integer is beyond 2^53: read it as text";
  const unreadable = new ResultUnreadableError(reason, { cause: error });
  return work.mayHaveCommitted ? new CommitUnknownError({ cause: unreadable }) : unreadable;
}

/** libSQL wraps what `fetch` threw when later work was queued behind it. */
function findTransportError(error: unknown): TransportError | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof TransportError) return at;
  }
  return undefined;
}

function translateTransport(error: TransportError, work: FailedWork): DatabaseError {
  const { fault } = error;
  const options = { cause: error };
  if (fault.kind === "status") return translateStatus(fault, work, options);
  if (fault.kind === "redirect" || fault.kind === "elsewhere") {
    return new DatabaseAddressError(fault.host, fault.kind, options);
  }
  if (fault.kind === "refused") return new DatabaseUnavailableError(options);
  // No time was left, so nothing was sent.
  if (fault.kind === "deadline" && fault.limitMs === 0) return new DeadlineExceededError(0, options);
  if (work.mayHaveCommitted) return new CommitUnknownError(options);
  return fault.kind === "deadline"
    ? new DeadlineExceededError(fault.limitMs, options)
    : new DatabaseUnavailableError(options);
}

/**
 * Statuses that pass: a request came late, or a proxy had no answer from the server. Any other would be
 * the same again. Source: RFC 9110, 15.5 and 15.6, RFC 8470 (425), and Cloudflare's own from 520 to 524.
 */
const passingStatuses = new Set([408, 425, 502, 504, 520, 521, 522, 523, 524]);

function translateStatus(fault: StatusFault, work: FailedWork, options: ErrorOptions): DatabaseError {
  const { status, text } = fault;
  if (status === 401 || status === 403) return new DatabaseAccessError(options);
  if (status === 429 || status === 503) return new DatabaseBusyError(options);
  // Whether the server has done it is not known: it may have failed behind that, or its answer may have.
  if (work.mayHaveCommitted && (status >= 500 || status === 408)) return new CommitUnknownError(options);
  if (passingStatuses.has(status)) return new DatabaseUnavailableError(options);
  if (work.inTransaction && isLostStream(fault)) {
    // A request that arrives twice finds its baton used: the first one may have committed.
    const isRepeated = work.mayHaveCommitted && text.includes("already been used");
    return isRepeated ? new CommitUnknownError(options) : new DatabaseUnavailableError(options);
  }
  return new StatementError(`HTTP_${status}`, options);
}

type StatusFault = Extract<TransportFault, { readonly kind: "status" }>;

/**
 * A server that has started again, or has waited too long, does not know the transaction's baton: what was not committed
 * is gone. It says so as 400, Turso as 404; the same statuses also mean requests that it can never accept.
 */
function isLostStream({ status, text }: StatusFault): boolean {
  return (status === 400 || status === 404) && /\b(?:baton|stream)\b/i.test(text) && !text.startsWith("<");
}

function translateServer(error: ServerError, work: FailedWork): DatabaseError {
  const options = { cause: error };
  if (error.code.startsWith("SQLITE_CONSTRAINT") || error.message.includes("constraint failed")) {
    return translateConstraint(error, work, options);
  }
  if (error.code.startsWith("SQLITE_BUSY") || error.code.startsWith("SQLITE_LOCKED")) {
    return new DatabaseBusyError(options);
  }
  switch (error.code) {
    case "TRANSACTION_TIMEOUT":
      return new TransactionTimeoutError(options);
    case "STREAM_EXPIRED":
      return new DatabaseUnavailableError(options);
    case "RESPONSE_TOO_LARGE":
      // Measured: a lone INSERT … RETURNING whose rows are too large has been applied nevertheless.
      return work.mayHaveCommitted ? new CommitUnknownError(options) : new ResponseTooLargeError(options);
    case "SQLITE_AUTH":
    case "BLOCKED":
      return new DatabaseAccessError(options);
    case "HRANA_PROTO_ERROR":
    case "HRANA_CLOSED_ERROR":
      return work.mayHaveCommitted ? new CommitUnknownError(options) : new DatabaseUnavailableError(options);
    default:
      return new StatementError(error.code, options);
  }
}

const uniqueMessage = /UNIQUE constraint failed: ([^:\n]+?)\s*$/m;
const notNullMessage = /NOT NULL constraint failed: (\S+)/;
const checkMessage = /CHECK constraint failed: (.+?)\s*$/m;

/** Over HTTP the code is only `SQLITE_CONSTRAINT`: the message says which one it was. */
function translateConstraint(error: ServerError, work: FailedWork, options: ErrorOptions): DatabaseError {
  const unique = uniqueMessage.exec(error.message)?.[1];
  if (unique !== undefined) {
    const keys = unique.startsWith("index ") ? [] : unique.split(", ").map(splitColumn);
    return new UniqueViolationError(
      keys[0]?.table,
      keys.map((key) => key.column),
      options,
    );
  }
  const required = notNullMessage.exec(error.message)?.[1];
  if (required !== undefined) {
    const { table, column } = splitColumn(required);
    return new NotNullViolationError(table, column, options);
  }
  const check = checkMessage.exec(error.message)?.[1];
  if (check !== undefined) return new CheckViolationError(check, options);
  if (error.message.includes("FOREIGN KEY constraint failed")) {
    const failed = failedOf(error, work);
    const suspects = failed === undefined ? work.statements : [failed];
    return new ForeignKeyViolationError(
      suspects.some(({ sql }) => isDelete(sql)),
      options,
    );
  }
  return new StatementError(error.code, options);
}

function splitColumn(name: string): { table: string; column: string } {
  const dot = name.indexOf(".");
  return { table: name.slice(0, dot), column: name.slice(dot + 1) };
}

function isServerError(error: unknown): error is Error & ServerError {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}
