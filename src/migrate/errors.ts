// What the migration tool refuses or fails to do, as one error type whose code is public API.

/** The closed set of reasons; the exit code of each stands in cli/exit-code.ts. */
export type MigrationErrorCode =
  // What is on disk.
  | "SCRIPT_DIRECTORY_MISSING"
  | "LAYOUT_MIXED"
  | "JOURNAL_INVALID"
  | "SNAPSHOT_INVALID"
  | "REVISION_FILE_MISSING"
  | "REVISION_DUPLICATE"
  | "REVISION_OUT_OF_ORDER"
  | "REVISION_INVALID"
  // What is asked for.
  | "TARGET_UNKNOWN"
  | "TARGET_AMBIGUOUS"
  | "TARGET_NOT_REACHABLE"
  | "USAGE_INVALID"
  | "DECISION_NEEDED"
  // What is in the database.
  | "REVISION_EDITED"
  | "REVISION_MISSING"
  | "REVISION_SKIPPED"
  | "SCHEMA_DRIFTED"
  | "VERSION_TABLE_MISSING"
  | "DOWNGRADE_IRREVERSIBLE"
  | "DOWNGRADE_REFUSED"
  | "ARCHIVE_OUT_OF_STEP"
  | "NEWER_DATA"
  | "HAZARD_REFUSED"
  // Applying.
  | "HEAD_MOVED"
  | "STATEMENT_FAILED"
  | "FOREIGN_KEYS_VIOLATED"
  | "MIGRATION_LOCK_STOLEN"
  | "MIGRATION_BUSY"
  | "OUTCOME_UNKNOWN"
  | "DATABASE_UNREACHABLE"
  | "DATABASE_REFUSED"
  // Making a revision.
  | "GENERATE_FAILED"
  | "RENAME_UNDECIDED"
  | "ARCHIVE_UNDECIDED"
  | "PROOF_FAILED"
  | "SQL_UNREADABLE"
  | "CONFIG_INVALID";

/** Where it happened, for the person who reads the message. */
export interface ErrorPlace {
  readonly revision?: string;
  /** The statement as written. */
  readonly statement?: string;
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
}

/**
 * Anything the tool cannot go on from. The message says what was found, what was expected and what to do next.
 * `details` holds what a program may want to read, by code.
 */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
  readonly code: MigrationErrorCode;
  readonly place: ErrorPlace;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: MigrationErrorCode,
    message: string,
    options: ErrorOptions & {
      readonly place?: ErrorPlace;
      readonly details?: Readonly<Record<string, unknown>>;
    } = {},
  ) {
    super(message, options);
    this.code = code;
    this.place = options.place ?? {};
    this.details = options.details ?? {};
  }
}
