// What can go wrong with the database, as types. `code` is public API.
// No message holds SQL or a parameter, since messages reach logs; the original error is only in `cause`.

/** The base of every error that the database layer throws. */
export abstract class DatabaseError extends Error {
  abstract readonly code: string;
  /** Whether the same request may be sent again as it is. */
  readonly retryable: boolean = false;
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

/** A CHECK constraint refused the row. `constraint` is its name, where it has one. */
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

/** The database had no room for the statement just now; nothing was done. */
export class DatabaseBusyError extends DatabaseError {
  override readonly name = "DatabaseBusyError";
  readonly code = "DATABASE_BUSY";
  override readonly retryable = true;

  constructor(options?: ErrorOptions) {
    super("The database is busy; nothing was written. Try again", options);
  }
}

/** A transaction took longer than allowed, here or at the server; it was rolled back. */
export class TransactionTimeoutError extends DatabaseError {
  override readonly name = "TransactionTimeoutError";
  readonly code = "TRANSACTION_TIMEOUT";
  override readonly retryable = true;

  constructor(options?: ErrorOptions) {
    super(
      "The transaction took too long and was rolled back. Try again, or do less in one transaction",
      options,
    );
  }
}

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
export class DatabaseUnavailableError extends DatabaseError {
  override readonly name = "DatabaseUnavailableError";
  readonly code = "DATABASE_UNAVAILABLE";
  override readonly retryable = true;

  constructor(options?: ErrorOptions) {
    super("The database could not be reached", options);
  }
}

/**
 * A write was sent and its answer was lost: it may have been applied, or may still be.
 * Never to be retried blindly: look first. Source: session rule S20.
 */
export class CommitUnknownError extends DatabaseError {
  override readonly name = "CommitUnknownError";
  readonly code = "COMMIT_UNKNOWN";

  constructor(options?: ErrorOptions) {
    super(
      "The write was sent but its answer was lost: it may have been applied. Look before repeating it",
      options,
    );
  }
}

/** The database refused the token, or the token does not allow this statement. */
export class DatabaseAccessError extends DatabaseError {
  override readonly name = "DatabaseAccessError";
  readonly code = "DATABASE_ACCESS_DENIED";

  constructor(options?: ErrorOptions) {
    super("The database refused access: check DATABASE_AUTH_TOKEN, its expiry and its rights", options);
  }
}

/** The rows are more than the server sends in one answer (10 MB). */
export class ResponseTooLargeError extends DatabaseError {
  override readonly name = "ResponseTooLargeError";
  readonly code = "RESPONSE_TOO_LARGE";

  constructor(options?: ErrorOptions) {
    super(
      "The result is larger than the database sends in one answer: ask for fewer rows or columns",
      options,
    );
  }
}

/** The database refused the statement itself: a fault of the program, not of the request. */
export class StatementError extends DatabaseError {
  override readonly name = "StatementError";
  readonly code = "STATEMENT_FAILED";
  /** The server's own code, such as `SQLITE_ERROR`. */
  readonly serverCode: string | undefined;

  constructor(serverCode: string | undefined, options?: ErrorOptions) {
    super(`The database refused a statement (${serverCode ?? "no code"})`, options);
    this.serverCode = serverCode;
  }
}

/** The session was used after its request had ended. Background work opens a session of its own. */
export class SessionClosedError extends DatabaseError {
  override readonly name = "SessionClosedError";
  readonly code = "SESSION_CLOSED";
  readonly requestId: string;

  constructor(requestId: string) {
    super(
      `The database session of request ${requestId} is closed: await the work before the response ends, ` +
        `or open a session for it with withSession`,
    );
    this.requestId = requestId;
  }
}

/** Why a session does not take a statement that is not surely a read. */
export type ReadOnlyReason = "read-mode" | "read-transaction" | "streaming";

const readOnlyMessages: Record<ReadOnlyReason, string> = {
  "read-mode":
    'This session only reads (GET and HEAD do): register databaseSession({ mode: "write" }) on the route to write',
  "read-transaction":
    'This transaction only reads: open it with transaction(work, { mode: "write" }) to write',
  streaming:
    "The response body is being sent: its session only reads, and holds no transaction. Write before the response begins",
};

/** A statement that is not surely a read, where only reads are allowed; it was not sent. */
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

/** Transactions were used in a way whose outcome would depend on chance. */
export class TransactionUsageError extends DatabaseError {
  override readonly name = "TransactionUsageError";
  readonly code = "TRANSACTION_MISUSED";
}
