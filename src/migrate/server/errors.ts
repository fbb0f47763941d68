// What can go wrong with the local libSQL server, as one type. `code` is public API.

/**
 * - `NO_BINARY`: no server binary is installed for this platform
 * - `PORT_TAKEN`: every port that may be used is taken
 * - `DATA_FOLDER_DAMAGED`: the server refuses the data it found
 * - `DATA_FOLDER_UNUSABLE`: the folder cannot be made, read or written
 * - `FOLDER_IN_USE`: another process serves this folder
 * - `START_TIMEOUT`: the server runs but does not answer
 * - `START_FAILED`: the server ended for a reason none of the others covers
 */
export type SqldErrorCode =
  | "NO_BINARY"
  | "PORT_TAKEN"
  | "DATA_FOLDER_DAMAGED"
  | "DATA_FOLDER_UNUSABLE"
  | "FOLDER_IN_USE"
  | "START_TIMEOUT"
  | "START_FAILED";

/** The local server cannot be used; the message is one line that says what to do next. */
export class SqldError extends Error {
  override readonly name = "SqldError";
  readonly code: SqldErrorCode;

  constructor(code: SqldErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
