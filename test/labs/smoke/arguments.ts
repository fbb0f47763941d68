// Reads the command line of `npm run smoke`. Credentials come from the environment, never from arguments.
import { parseArgs } from "node:util";
import { type DatabaseConfig, parseDatabaseConfig } from "../../../src/database/config.ts";
import { DevError } from "../../../src/dev/command/dev-error.ts";

/** What is to be tried. */
export interface SmokeTarget {
  /** Origin of the deployed Worker. */
  readonly origin: string | undefined;
  readonly database: DatabaseConfig | undefined;
  /** Whether an account may be made through the Worker, in the table `users`. */
  readonly accounts: boolean;
}

type Variables = Readonly<Record<string, string | undefined>>;

const usage =
  "npm run smoke -- --url https://… --database-url libsql://… [--accounts], with the token in DATABASE_AUTH_TOKEN";
const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Reads the arguments behind the program's name.
 *
 * @throws {DevError} `USAGE_INVALID`.
 * @throws {ConfigError} where the database's URL or token cannot be used.
 */
export function parseSmokeTarget(given: readonly string[], variables: Variables): SmokeTarget {
  const values = parseOptions(given);
  const { url, accounts = false } = values;
  const databaseUrl = values["database-url"];
  if (url === undefined && databaseUrl === undefined)
    throw invalid("Neither --url nor --database-url is given");
  if (accounts && (url === undefined || databaseUrl === undefined)) {
    throw invalid(
      "--accounts wants --url, to make an account, and --database-url, to be sure that it goes away",
    );
  }
  return {
    origin: url === undefined ? undefined : parseOrigin(url),
    database:
      databaseUrl === undefined
        ? undefined
        : // As the Worker would read it: no file, and no plain http but to this machine.
          parseDatabaseConfig({ ...variables, DATABASE_URL: databaseUrl }, { runtime: "worker" }),
    accounts,
  };
}

function parseOptions(given: readonly string[]) {
  try {
    const text = { type: "string" } as const;
    const options = { url: text, "database-url": text, accounts: { type: "boolean" } } as const;
    return parseArgs({ args: [...given], options }).values;
  } catch (cause) {
    const found = cause instanceof Error ? cause.message.split(". ")[0] : String(cause);
    throw invalid(found ?? "", { cause });
  }
}

function parseOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw invalid("--url is no https: URL");
  if (url.username !== "" || url.password !== "") throw invalid("--url holds a credential");
  if (url.pathname !== "/" || url.search !== "")
    throw invalid("--url has a path: expected the Worker's origin");
  if (url.protocol === "http:" && !loopback.has(url.hostname))
    throw invalid(`--url speaks plain http to ${url.hostname}: use https:`);
  return url.origin;
}

function invalid(found: string, options?: ErrorOptions): DevError {
  return new DevError("USAGE_INVALID", `${found}. Expected ${usage}`, options);
}
