// Reads everything the Worker is configured with, once; the database's part is read by database/config.ts.
// Pure, and it never stops at the first fault: what is wrong is collected, with safe values in its place.
import { parsePasswordCost } from "../auth/password-cost.ts";
import type { PasswordCost } from "../auth/password-cost.ts";
import { parseTokenKeys } from "../auth/token-keys.ts";
import type { TokenKeys } from "../auth/token-keys.ts";
import { ConfigError, parseDatabaseConfig } from "../database/config.ts";
import type { ConfigFault, DatabaseConfig } from "../database/config.ts";

const environments = ["development", "staging", "production"] as const;

/** The environment of the Worker. Only `development` takes weaker settings, for tests; it is never the default. */
export type Environment = (typeof environments)[number];

/** Cloudflare's rate-limit binding, as far as it is used. */
export interface RateLimit {
  limit(options: { readonly key: string }): Promise<{ readonly success: boolean }>;
}

/** The Worker's configuration. A part that is faulty throws when it is read, or has its safe value. */
export interface Settings {
  /** `production` if `ENVIRONMENT` is missing or faulty. */
  readonly environment: Environment;
  /** Origins that browsers may call from; none unless configured. */
  readonly corsOrigins: readonly string[];
  readonly serverTiming: boolean;
  /** Whether each statement is logged; only in development. */
  readonly logsStatements: boolean;
  /** Everything that is wrong, of all parts. */
  readonly faults: readonly ConfigFault[];
  /** Bounds the requests of one address that cost a password hash; undefined if development has none. */
  readonly signInLimit: RateLimit | undefined;
  /** @throws {ConfigError} if `TOKEN_SECRETS` is missing or weak. */
  readonly tokenKeys: TokenKeys;
  /** @throws {ConfigError} if `PASSWORD_SCRYPT` is faulty. */
  readonly passwordCost: PasswordCost;
  /** @throws {ConfigError} if a `DATABASE_*` variable is missing or faulty. */
  readonly database: DatabaseConfig;
}

type Variables = Readonly<Record<string, unknown>>;

/**
 * Reads `ENVIRONMENT`, `CORS_ORIGINS`, `SERVER_TIMING`, `DATABASE_LOG`, `SIGN_IN_LIMIT`, `TOKEN_SECRETS`, `PASSWORD_SCRYPT` and the
 * database's variables.
 * Does not throw: see {@link Settings.faults}.
 */
export function parseSettings(variables: Variables): Settings {
  const faults: ConfigFault[] = [];
  const environment = parseEnvironment(variables, faults);
  const corsOrigins = parseCorsOrigins(variables, faults);
  const serverTiming = parseSwitch(variables, "SERVER_TIMING", faults);
  const logsStatements = parseDatabaseLog(variables, environment, faults);
  const signInLimit = parseRateLimit(variables, environment, faults);
  const tokenKeys = attempt(() => parseTokenKeys(variables), faults);
  const passwordCost = attempt(() => parsePasswordCost(variables, environment === "development"), faults);
  const database = attempt(() => parseDatabaseConfig(variables, { runtime: "worker" }), faults);
  return {
    environment,
    corsOrigins,
    serverTiming,
    logsStatements,
    signInLimit,
    faults,
    get tokenKeys() {
      return valueOf(tokenKeys);
    },
    get passwordCost() {
      return valueOf(passwordCost);
    },
    get database() {
      return valueOf(database);
    },
  };
}

function attempt<T extends object>(parse: () => T, faults: ConfigFault[]): T | ConfigError {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    faults.push(...error.faults);
    return error;
  }
}

function valueOf<T extends object>(part: T | ConfigError): T {
  if (part instanceof ConfigError) throw part;
  return part;
}

function parseEnvironment(variables: Variables, faults: ConfigFault[]): Environment {
  const text = readText(variables, "ENVIRONMENT") ?? "production";
  const environment = environments.find((name) => name === text);
  if (environment !== undefined) return environment;
  faults.push({ variable: "ENVIRONMENT", message: `is "${text}": expected ${environments.join(", ")}` });
  return "production";
}

function parseCorsOrigins(variables: Variables, faults: ConfigFault[]): readonly string[] {
  const texts = (readText(variables, "CORS_ORIGINS") ?? "").split(",").map((text) => text.trim());
  const origins = texts.filter((text) => text !== "");
  const bad = origins.filter((origin) => !isOrigin(origin));
  if (bad.length === 0) return origins;
  const message = `has ${bad.map((text) => `"${text}"`).join(", ")}: expected origins like https://app.example, separated by commas`;
  faults.push({ variable: "CORS_ORIGINS", message });
  return [];
}

/** A wildcard is no origin: the origins that may call are named. */
function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

function parseSwitch(variables: Variables, variable: string, faults: ConfigFault[]): boolean {
  const text = readText(variables, variable) ?? "off";
  if (text !== "on" && text !== "off") {
    faults.push({ variable, message: `is "${text}": expected on or off` });
  }
  return text === "on";
}

/** `DATABASE_LOG`: `sql` logs each statement. Raw SQL may hold values, so that it is for development only. */
function parseDatabaseLog(variables: Variables, environment: Environment, faults: ConfigFault[]): boolean {
  const variable = "DATABASE_LOG";
  const text = readText(variables, variable) ?? "off";
  if (text !== "sql" && text !== "off")
    faults.push({ variable, message: `is "${text}": expected sql or off` });
  else if (text === "sql" && environment !== "development")
    faults.push({ variable, message: "is sql, which is for development only: remove it" });
  return text === "sql" && environment === "development";
}

function parseRateLimit(
  variables: Variables,
  environment: Environment,
  faults: ConfigFault[],
): RateLimit | undefined {
  const variable = "SIGN_IN_LIMIT";
  const binding = variables[variable];
  if (isRateLimit(binding)) return binding;
  if (binding !== undefined || environment !== "development") {
    const found = binding === undefined ? "is not bound" : "is no rate limit";
    faults.push({ variable, message: `${found}: expected a binding of [[ratelimits]] in wrangler.toml` });
  }
  return undefined;
}

function isRateLimit(value: unknown): value is RateLimit {
  return typeof value === "object" && value !== null && "limit" in value && typeof value.limit === "function";
}

/** An empty or blank variable counts as one that is not set, as shells and CI leave them. */
function readText(variables: Variables, name: string): string | undefined {
  const value = variables[name];
  const text = typeof value === "string" ? value.trim() : undefined;
  return text === "" ? undefined : text;
}
