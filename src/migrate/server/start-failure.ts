// Turns what the server printed before it ended into one line that says what to do.
import { SqldError } from "./errors.ts";

/** The folder and port of a start. */
export interface StartAttempt {
  readonly folder: string;
  readonly port: number;
}

/** The error for a server that ended before it answered. `output` is everything it printed. */
export function explainExit(output: string, attempt: StartAttempt): SqldError {
  const said = /^Error: (.+)$/m.exec(output)?.[1] ?? /panicked at .*\n(.+)/.exec(output)?.[1] ?? "nothing";
  if (/address already in use/i.test(output)) return portTaken(attempt.port, 1);
  if (/not a database|malformed|Error code (11|26)\b|replication log|valid UTF-8/i.test(output)) {
    return folderDamaged(attempt.folder, said);
  }
  if (/\(os error (1|2|13|17|20|21|28|30)\)/.test(output)) return folderUnusable(attempt.folder, said);
  return new SqldError(
    "START_FAILED",
    `The libSQL server over ${attempt.folder} ended at once and said "${said}": ` +
      "if the data was changed by hand, move the folder aside and start again",
  );
}

/** The error for ports that others listen on; `count` ports from `port` on were tried. */
export function portTaken(port: number, count: number, options?: ErrorOptions): SqldError {
  const which = count === 1 ? `Port ${port} is` : `Ports ${port} to ${port + count - 1} are`;
  return new SqldError(
    "PORT_TAKEN",
    `${which} taken by another program: stop it, or use another port`,
    options,
  );
}

/** The error for data that the server does not take. */
export function folderDamaged(folder: string, said: string, options?: ErrorOptions): SqldError {
  return new SqldError(
    "DATA_FOLDER_DAMAGED",
    `The data in ${folder} is damaged (the server says "${said}"): ` +
      "move the folder aside and start again with an empty one, or put a backup there",
    options,
  );
}

/** The error for a folder that cannot be made, read or written. */
export function folderUnusable(folder: string, said: string, options?: ErrorOptions): SqldError {
  return new SqldError(
    "DATA_FOLDER_UNUSABLE",
    `The folder ${folder} cannot be used (${said}): make it a folder that you may write to`,
    options,
  );
}
