// What stops a local command, as one type. `code` is public API.

/**
 * - `PORT_INVALID`: `PORT` is no port number
 * - `PORT_TAKEN`: another program listens on `PORT`
 * - `DATABASE_URL_UNUSABLE`: `DATABASE_URL` names what the Worker cannot reach
 * - `ALREADY_RUNNING`: another `npm run dev` of this project runs
 * - `WORKER_ENDED`: wrangler ended by itself
 * - `WORKER_TIMEOUT`: the Worker did not answer
 * - `SERVER_ENDED`: the local libSQL server ended by itself
 * - `REVISIONS_NOT_APPLIED`: the migration tool refused or failed to bring the database to head
 * - `PUSH_REFUSED`: drizzle-kit push did not lead to the schema of head
 * - `DEMO_ENDED`: a step of the demonstration failed, or it was stopped
 */
export type LocalErrorCode =
  | "PORT_INVALID"
  | "PORT_TAKEN"
  | "DATABASE_URL_UNUSABLE"
  | "ALREADY_RUNNING"
  | "WORKER_ENDED"
  | "WORKER_TIMEOUT"
  | "SERVER_ENDED"
  | "REVISIONS_NOT_APPLIED"
  | "PUSH_REFUSED"
  | "DEMO_ENDED";

/** A local command cannot go on; the message is one line that says what to do next. */
export class LocalError extends Error {
  override readonly name = "LocalError";
  readonly code: LocalErrorCode;

  constructor(code: LocalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
