// The frame of every local command: what it throws becomes one line and the exit code.
import { ConfigError } from "../database/config.ts";
import { SqldError } from "../sqld/errors.ts";
import { LocalError } from "./local-error.ts";

/** Runs a command to its end and exits: 0, or 1 with the message of an error that a user can mend. */
export async function runCommand(command: () => Promise<void>): Promise<never> {
  try {
    await command();
  } catch (error) {
    console.error(isExpected(error) ? error.message : error);
    process.exit(1);
  }
  process.exit(0);
}

function isExpected(error: unknown): error is Error {
  return error instanceof LocalError || error instanceof SqldError || error instanceof ConfigError;
}
