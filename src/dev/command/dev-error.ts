// What stops a command of this folder, as one type. `code` is public API.

/** What was in the way. */
export type DevErrorCode =
  | "PORT_INVALID" // `PORT` is no port number
  | "PORT_TAKEN" // another program listens on `PORT`
  | "DATABASE_URL_UNUSABLE" // `DATABASE_URL` names what the Worker cannot reach
  | "ALREADY_RUNNING" // another `npm run dev` of this project runs
  | "WORKER_ENDED" // wrangler ended by itself
  | "WORKER_TIMEOUT" // the Worker did not answer
  | "SERVER_ENDED" // the local libSQL server ended by itself
  | "REVISIONS_NOT_APPLIED" // the migration tool refused or failed to bring the database to head
  | "PUSH_REFUSED" // drizzle-kit push did not lead to the schema of head
  | "DEPLOY_REFUSED" // the deployment cannot work as it is asked for
  | "DEMO_ENDED" // a step of the demonstration failed, or it was stopped
  | "ASSETS_NOT_MADE" // the build step of the static files failed
  | "TOKEN_SECRET_UNUSABLE" // the file that keeps the secret for tokens holds something else
  | "USAGE_INVALID" // the command line is wrong
  | "PASSWORD_REFUSED" // the password is too short, too long, too common or mistyped
  | "EMAIL_TAKEN" // an account has this email
  | "ACCOUNT_MISSING" // no account has this email
  | "SCHEMA_BEHIND" // revisions are pending that the command needs
  | "DATABASE_FAILED" // the database could not be reached, or refused
  | "FILE_EXISTS" // a backup would overwrite a file
  | "BACKUP_UNUSABLE" // a file is no backup, was cut off or was changed
  | "DATABASE_NOT_EMPTY" // a backup is restored into an empty database only
  | "RESTORE_FAILED" // what was restored is not what the backup holds; nothing was kept
  | "OUTCOME_UNKNOWN" // the answer to the last statement of a restore was lost
  | "RESET_REFUSED" // the database is not a local one, or the answer was not yes
  | "DIAGRAM_REFUSED" // there is nothing to draw, in the words of the migration tool
  | "SMOKE_FAILED" // a check of a deployment failed, or something of it could not be removed
  | "STOPPED"; // a signal or Ctrl-C ended the command before it was done;

/** A command cannot go on; the message is one line that says what to do next. */
export class DevError extends Error {
  override readonly name = "DevError";
  readonly code: DevErrorCode;

  constructor(code: DevErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
