// Hands the local variables to wrangler through files that only their owner can read.
import { join } from "node:path";
import type { DatabaseConfig } from "../../database/config.ts";
import { readIfPresent, writePrivately } from "./private-file.ts";

/** The variables of a Worker in local development. */
export type WorkerVariables = Readonly<Record<string, string>>;

const passedOn = [
  "TOKEN_SECRETS",
  "CORS_ORIGINS",
  "SERVER_TIMING",
  "DATABASE_LOG",
  "PASSWORD_SCRYPT",
  "DATABASE_ALLOW_HTTP",
];
const timeout = /^DATABASE_[A-Z]+_TIMEOUT_MS$/;
const marker = "# Written by `npm run db:start`; delete this line to keep your own changes.";

/** What the Worker gets: the database, `ENVIRONMENT=development`, and its own settings from our environment. */
export function workerVariablesFor(
  { url, authToken }: Pick<DatabaseConfig, "url" | "authToken">,
  variables: Readonly<Record<string, string | undefined>>,
): WorkerVariables {
  const own = Object.entries(variables).filter(([name]) => passedOn.includes(name) || timeout.test(name));
  return {
    ...Object.fromEntries(own.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
    ENVIRONMENT: "development",
    DATABASE_URL: url,
    ...(authToken === undefined ? {} : { DATABASE_AUTH_TOKEN: authToken }),
  };
}

/** Writes a file for wrangler's `--env-file`, readable by its owner only. */
export function writeEnvFile(file: string, variables: WorkerVariables): void {
  writePrivately(file, formatVariables(variables));
}

/**
 * Writes `.dev.vars`, which plain `wrangler dev` reads, unless there is one that we did not write.
 * Returns whether the file is ours.
 */
export function writeDevVars(projectFolder: string, variables: WorkerVariables): boolean {
  const file = join(projectFolder, ".dev.vars");
  const existing = readIfPresent(file);
  if (existing !== undefined && !existing.startsWith(marker)) return false;
  writePrivately(file, `${marker}\n${formatVariables(variables)}`);
  return true;
}

function formatVariables(variables: WorkerVariables): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${quote(value)}\n`)
    .join("");
}

/** dotenv has no escapes but picks any quote that is not in the value; wrangler expands a bare $ afterwards. */
function quote(value: string): string {
  const mark = ["'", '"', "`"].find((candidate) => !value.includes(candidate)) ?? "'";
  return `${mark}${value.replaceAll("$", "\\$")}${mark}`;
}
