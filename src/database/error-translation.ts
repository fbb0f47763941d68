// Turns what a client throws, ours or libSQL's, into the errors of this room; nothing else looks at them.
import {
  CheckViolationError,
  CommitUnknownError,
  DatabaseAccessError,
  DatabaseBusyError,
  DatabaseError,
  DatabaseUnavailableError,
  DeadlineExceededError,
  ForeignKeyViolationError,
  NotNullViolationError,
  ResponseTooLargeError,
  StatementError,
  TransactionTimeoutError,
  UniqueViolationError,
} from "./errors.ts";
import { TransportError } from "./transport.ts";

/** What the failed request would have done, which decides what is known about its outcome. */
export interface FailedWork {
  /** Whether the request could have changed the database for good: an autocommit write, or a COMMIT. */
  readonly mayHaveCommitted: boolean;
  /** Whether the request went on with a transaction, which a restart of the server loses. */
  readonly inTransaction: boolean;
  readonly isDelete: boolean;
}

/** The parts of a `LibsqlError` that are looked at; it is told by its shape since bundles may hold two copies. */
interface ServerError {
  readonly code: string;
  readonly message: string;
}

/**
 * Translates an error of the driver. Errors of this room are returned as they are; what is not the
 * database's (a fault in a row mapper, say) too.
 */
export function translateError(error: unknown, work: FailedWork): unknown {
  if (error instanceof DatabaseError) return error;
  const fault = findTransportError(error);
  if (fault !== undefined) return translateTransport(fault, work);
  return isServerError(error) ? translateServer(error, work) : error;
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
  if (fault.kind === "status") return translateStatus(fault.status, work, options);
  if (fault.kind === "refused") return new DatabaseUnavailableError(options);
  // No time was left, so nothing was sent.
  if (fault.kind === "deadline" && fault.limitMs === 0) return new DeadlineExceededError(0, options);
  if (work.mayHaveCommitted) return new CommitUnknownError(options);
  return fault.kind === "deadline"
    ? new DeadlineExceededError(fault.limitMs, options)
    : new DatabaseUnavailableError(options);
}

function translateStatus(status: number, work: FailedWork, options: ErrorOptions): DatabaseError {
  if (status === 401 || status === 403) return new DatabaseAccessError(options);
  if (status === 429 || status === 503) return new DatabaseBusyError(options);
  if (status >= 500) {
    return work.mayHaveCommitted ? new CommitUnknownError(options) : new DatabaseUnavailableError(options);
  }
  // A server that has started again does not know the transaction's baton: what was not committed is gone.
  if (status === 400 && work.inTransaction) return new DatabaseUnavailableError(options);
  return new StatementError(`HTTP_${status}`, options);
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

/** Over HTTP the code is only `SQLITE_CONSTRAINT`: which one it was stands in the message. */
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
    return new ForeignKeyViolationError(work.isDelete, options);
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
