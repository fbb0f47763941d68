// The command lines of the restore point commands: at most one file, and nothing else.
import { parseArgs } from "node:util";
import { LocalError } from "../local-error.ts";

/** The file that is named, or undefined where none is. @throws {LocalError} `USAGE_INVALID`. */
export function parseFile(given: readonly string[], usage: string): string | undefined {
  const { positionals } = parse(given, [], usage);
  if (positionals.length <= 1) return positionals[0];
  throw new LocalError("USAGE_INVALID", `Found ${positionals.length} files, expected one: ${usage}`);
}

/** Which of the named flags are given. @throws {LocalError} `USAGE_INVALID`. */
export function parseFlags<Flag extends string>(
  given: readonly string[],
  flags: readonly Flag[],
  usage: string,
): ReadonlySet<Flag> {
  const { values, positionals } = parse(given, flags, usage);
  if (positionals.length === 0) return new Set(flags.filter((flag) => values[flag] === true));
  throw new LocalError("USAGE_INVALID", `Found ${positionals.join(" ")}: expected ${usage}`);
}

function parse(given: readonly string[], flags: readonly string[], usage: string) {
  try {
    const options = Object.fromEntries(flags.map((flag) => [flag, { type: "boolean" as const }]));
    return parseArgs({ args: [...given], options, allowPositionals: true });
  } catch (cause) {
    const found = cause instanceof Error ? cause.message.split(". ")[0] : String(cause);
    throw new LocalError("USAGE_INVALID", `${found ?? ""}: expected ${usage}`, { cause });
  }
}
