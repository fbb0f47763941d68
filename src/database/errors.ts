// What can go wrong with the database, as types. `code` is public API.
// No message holds SQL or a parameter, since messages reach logs; the original error is only in `cause`.
import type { StorageFault } from "./storable.ts";

/** The base of every error that the database layer throws. */
export abstract class DatabaseError extends Error {
  abstract readonly code: string;
  /** Whether the same request may be sent again as it is. */
  readonly retryable: boolean = false;
  /** Which statement of a batch failed, counted from 0; undefined if it was no batch, or the server does not say. */
  statementIndex: number | undefined;
  #sql: string | undefined;

  /**
   * The statement that failed, or all that were sent together, with placeholders. Private behind its accessors, so that
   * printing an error does not print it.
   */
  get sql(): string | undefined {
    return this.#sql;
  }

  set sql(text: string | undefined) {
    this.#sql = text;
  }
}

/** Makes the base of an error that has nothing to tell beyond its code. */
function saying<const Code extends string>(name: string, code: Code, message: string, retryable = false) {
  return class extends DatabaseError {
    override readonly name = name;
    readonly code: Code = code;
    override readonly retryable = retryable;

    constructor(options?: ErrorOptions) {
      super(message, options);
    }
  };
}

/** A row with the same value of a unique key exists. `columns` are the columns of that key. */
export class UniqueViolationError extends DatabaseError {
  override readonly name = "UniqueViolationError";
  readonly code = "UNIQUE_VIOLATION";
  readonly table: string | undefined;
  readonly columns: readonly string[];

  constructor(table: string | undefined, columns: readonly string[], options?: ErrorOptions) {
    const key = columns.length > 0 ? ` of (${columns.join(", ")})` : "";
    super(`A row of ${table ?? "a table"} with the same value${key} exists already`, options);
    this.table = table;
    this.columns = columns;
  }
}

/** A required column was given no value. */
export class NotNullViolationError extends DatabaseError {
  override readonly name = "NotNullViolationError";
  readonly code = "NOT_NULL_VIOLATION";
  readonly table: string | undefined;
  readonly column: string | undefined;

  constructor(table: string | undefined, column: string | undefined, options?: ErrorOptions) {
    super(`${column ?? "A column"} of ${table ?? "a table"} needs a value`, options);
    this.table = table;
    this.column = column;
  }
}

/** A CHECK constraint refused the row. `constraint` is its name, if it has one. */
export class CheckViolationError extends DatabaseError {
  override readonly name = "CheckViolationError";
  readonly code = "CHECK_VIOLATION";
  readonly constraint: string | undefined;

  constructor(constraint: string | undefined, options?: ErrorOptions) {
    super(`A row breaks a check of its table`, options);
    this.constraint = constraint;
  }
}

/** A row names a parent that is missing, or is the parent of rows that would be left behind. */
export class ForeignKeyViolationError extends DatabaseError {
  override readonly name = "ForeignKeyViolationError";
  readonly code = "FOREIGN_KEY_VIOLATION";
  /** True when the statement was a DELETE: the row still has children. */
  readonly onDelete: boolean;

  constructor(onDelete: boolean, options?: ErrorOptions) {
    super(
      onDelete ? "Other rows still refer to this one" : "A row refers to one that does not exist",
      options,
    );
    this.onDelete = onDelete;
  }
}

/** The database could not take the statement now; nothing was done. */
export class DatabaseBusyError extends saying(
  "DatabaseBusyError",
  "DATABASE_BUSY",
  "The database is busy; nothing was written. Try again",
  true,
) {}

/** A transaction took longer than allowed, here or at the server; it was rolled back. */
export class TransactionTimeoutError extends saying(
  "TransactionTimeoutError",
  "TRANSACTION_TIMEOUT",
  "The transaction took too long and was rolled back. Try again, or do less in one transaction",
  true,
) {}

/** No answer within the statement's deadline or the session's budget; nothing was changed. */
export class DeadlineExceededError extends DatabaseError {
  override readonly name = "DeadlineExceededError";
  readonly code = "DEADLINE_EXCEEDED";
  override readonly retryable = true;
  readonly limitMs: number;

  constructor(limitMs: number, options?: ErrorOptions) {
    super(`The database did not answer within ${limitMs} ms`, options);
    this.limitMs = limitMs;
  }
}

/** The database could not be reached, or its answer was cut or unreadable; nothing was changed. */
export class DatabaseUnavailableError extends saying(
  "DatabaseUnavailableError",
  "DATABASE_UNAVAILABLE",
  "The database could not be reached",
  true,
) {}

/**
 * A write was sent and its answer was lost: it may have been applied, or may still be.
 * Never to be retried blindly: look first. Source: session rule S20.
 */
export class CommitUnknownError extends saying(
  "CommitUnknownError",
  "COMMIT_UNKNOWN",
  "The write was sent, and its answer was lost or cannot be read: it may have been applied. Look before repeating it",
) {}

/** The database refused the token, or the token does not allow this statement. */
export class DatabaseAccessError extends saying(
  "DatabaseAccessError",
  "DATABASE_ACCESS_DENIED",
  "The database refused access: check DATABASE_AUTH_TOKEN, its expiry and its rights",
) {}

/** The rows are more than the server sends in one answer (10 MB). */
export class ResponseTooLargeError extends saying(
  "ResponseTooLargeError",
  "RESPONSE_TOO_LARGE",
  "The result is larger than the database sends in one answer: ask for fewer rows or columns",
) {}

/** The answer of a read arrived, and holds a value that JavaScript cannot hold, or is not a result. */
export class ResultUnreadableError extends DatabaseError {
  override readonly name = "ResultUnreadableError";
  readonly code = "RESULT_UNREADABLE";

  /** @param reason what is wrong with the result, without any of its values. */
  constructor(reason: string, options?: ErrorOptions) {
    super(`The result of a statement cannot be read: ${reason}`, options);
  }
}

/** The server sends requests to an address that the configuration does not allow; nothing was sent there. */
export class DatabaseAddressError extends DatabaseError {
  override readonly name = "DatabaseAddressError";
  readonly code = "DATABASE_ADDRESS_REFUSED";
  /** The host of `DATABASE_URL`. */
  readonly host: string;

  constructor(host: string, reason: "redirect" | "elsewhere", options?: ErrorOptions) {
    super(
      reason === "redirect"
        ? `${host} answered with a redirect, which is not followed: set DATABASE_URL to the URL of the libSQL server itself`
        : `${host} named an address for the rest of the transaction that DATABASE_URL could not name, such as one ` +
            "without TLS: correct the server's --http-self-url, or allow the host with DATABASE_ALLOW_HTTP",
      options,
    );
    this.host = host;
  }
}

/**
 * The database refused the statement itself, or another server at its address refused the request (`HTTP_404`): a fault
 * of the program or of its settings. The same request would be refused again.
 */
export class StatementError extends DatabaseError {
  override readonly name = "StatementError";
  readonly code = "STATEMENT_FAILED";
  /** The server's own code, such as `SQLITE_ERROR`; `HTTP_` and the status if it sent no more. */
  readonly serverCode: string | undefined;

  constructor(serverCode: string | undefined, options?: ErrorOptions) {
    super(`The database refused a statement (${serverCode ?? "no code"})`, options);
    this.serverCode = serverCode;
  }
}

const storageFaults: Record<StorageFault, string> = {
  text: "A text has half of a surrogate pair: expected well-formed text",
  number: "A number is infinite or none at all: expected a finite one",
  integer: "An integer is too large: expected one of 64 bits",
};

/** A value that cannot be stored as it is; nothing was sent. */
export class ValueNotStorableError extends DatabaseError {
  override readonly name = "ValueNotStorableError";
  readonly code = "VALUE_NOT_STORABLE";
  readonly reason: StorageFault;

  constructor(reason: StorageFault) {
    super(storageFaults[reason]);
    this.reason = reason;
  }
}

/** The session was used after its request had ended. Background work opens a session of its own. */
export class SessionClosedError extends DatabaseError {
  override readonly name = "SessionClosedError";
  readonly code = "SESSION_CLOSED";
  readonly requestId: string;

  constructor(requestId: string) {
    super(
      `The database session of request ${requestId} is closed: await the work before the handler returns, ` +
        "declare the route with stream: true if its response body reads the database, " +
        "or open a session for background work with withSession",
    );
    this.requestId = requestId;
  }
}

/** The caller's account was deleted or disabled, or lacks what the session's check asks for: nothing was run, and nothing will be. */
export class CallerRefusedError extends saying(
  "CallerRefusedError",
  "CALLER_REFUSED",
  "The caller's account may not do this any more; the session sends nothing for it",
) {}

/** Why a session does not take a statement that is not surely a read. */
export type ReadOnlyReason = "read-mode" | "read-transaction";

const readOnlyMessages: Record<ReadOnlyReason, string> = {
  "read-mode":
    'This session only reads (GET and HEAD do): register databaseSession({ mode: "write" }) on the route to write',
  "read-transaction":
    'This transaction only reads: open it with transaction(work, { mode: "write" }) to write',
};

/** A statement that may not be a read, in a session that only reads; it was not sent. */
export class ReadOnlySessionError extends DatabaseError {
  override readonly name = "ReadOnlySessionError";
  readonly code = "READ_ONLY_SESSION";
  readonly reason: ReadOnlyReason;

  constructor(reason: ReadOnlyReason) {
    super(readOnlyMessages[reason]);
    this.reason = reason;
  }
}

/** The transaction cannot go on: an earlier error, a timeout or an abort ended it; it was rolled back. */
export class TransactionAbortedError extends DatabaseError {
  override readonly name = "TransactionAbortedError";
  readonly code = "TRANSACTION_ABORTED";
  override readonly retryable: boolean;

  constructor(options?: ErrorOptions) {
    super("The transaction was rolled back, and takes no more statements", options);
    this.retryable = options?.cause instanceof DatabaseError && options.cause.retryable;
  }
}

/** A part of Drizzle that a session does not have. */
export class NotOfferedError extends DatabaseError {
  override readonly name = "NotOfferedError";
  readonly code = "NOT_OFFERED";
}

/** Transactions were used in a way whose outcome would depend on chance. */
export class TransactionUsageError extends DatabaseError {
  override readonly name = "TransactionUsageError";
  readonly code = "TRANSACTION_MISUSED";
}
