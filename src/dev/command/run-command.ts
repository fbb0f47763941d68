// The frame of every command: what it throws becomes one line and the exit code.
import { ConfigError } from "../../database/config.ts";
import { SqldError } from "../../migrate/server/errors.ts";
import { HelpRequest } from "./command-line.ts";
import { DevError } from "./dev-error.ts";

/** Runs a command to its end and exits: 0, or 1 with the message of an error that a user can correct. */
export async function runCommand(command: () => Promise<void>): Promise<never> {
  try {
    await command();
  } catch (error) {
    if (error instanceof HelpRequest) {
      console.log(error.message);
      process.exit(0);
    }
    console.error(messageOf(error) ?? error);
    process.exit(1);
  }
  process.exit(0);
}

/** The message of an error that a user can correct; undefined for any other. */
function messageOf(error: unknown): string | undefined {
  if (error instanceof DevError || error instanceof SqldError || error instanceof ConfigError)
    return error.message;
  const { code, path } = error as { readonly code?: unknown; readonly path?: unknown };
  if (typeof path !== "string" || typeof code !== "string" || !unusable.has(code)) return undefined;
  return `${path} cannot be used (${code}): correct its rights or free its disk, or name another folder with EAVES_HOME`;
}

/** Of a file or a folder: what its owner has to change. Source: errno(3). */
const unusable = new Set(["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT", "ENOTDIR", "EISDIR"]);
