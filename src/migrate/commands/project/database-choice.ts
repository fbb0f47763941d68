// Which database a command works on: the one that is named, or the project's local server.
import { existsSync } from "node:fs";
import { ConfigError, type DatabaseConfig, parseDatabaseConfig } from "../../../database/config.ts";
import { ensureLocalServer } from "../../server/local-server.ts";
import { dataFolderOf, stateFolderOf } from "../../server/state.ts";
import { MigrationError } from "../../errors.ts";
import type { ConfiguredDatabase } from "./configured-database.ts";

/** A database that can be connected to, started for us if needed. */
export interface ChosenDatabase {
  readonly config: DatabaseConfig;
  /** Ends what was started for us. */
  stop(): Promise<void>;
}

/** What decides which database it is. */
export interface DatabaseWish {
  readonly projectFolder: string;
  /** The environment: `DATABASE_URL`, `DATABASE_AUTH_TOKEN` and what else `parseDatabaseConfig` reads. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** In place of everything else. */
  readonly databaseUrl: string | undefined;
  /** What the project's configuration names, in place of `DATABASE_URL`: the database of drizzle-kit. */
  readonly configuredDatabase?: () => Promise<ConfiguredDatabase | undefined>;
  /** Default true: if nothing names a database, it is the local server of the project. */
  readonly hasLocalServer?: boolean;
}

/**
 * Finds the database: without a URL the local server of the project, which is started if none runs.
 *
 * @throws {ConfigError} if the URL or the token cannot be used.
 * @throws {MigrationError} `CONFIG_INVALID` if none is named, and there is no local server.
 * @throws {SqldError} if the local server cannot be started.
 */
export async function chooseDatabase(wish: DatabaseWish): Promise<ChosenDatabase> {
  const { projectFolder, variables, databaseUrl, configuredDatabase, hasLocalServer = true } = wish;
  const stateFolder = stateFolderOf(projectFolder, variables);
  const parse = (text: string, more: Variables = {}): DatabaseConfig =>
    parseDatabaseConfig(
      { ...variables, DATABASE_URL: text, ...more },
      { runtime: "node", projectFolder, serverFolder: dataFolderOf(stateFolder) },
    );
  const named = (config: DatabaseConfig): ChosenDatabase => ({ config, stop: () => Promise.resolve() });
  if (databaseUrl !== undefined) return named(parse(databaseUrl));
  const configured = await configuredDatabase?.();
  if (configured !== undefined) return named(parseConfigured(configured, parse));
  const url = variables["DATABASE_URL"] ?? "";
  if (url.trim() !== "") return named(parse(url));
  if (!hasLocalServer) throw noDatabase();
  const server = await ensureLocalServer(stateFolder);
  return { config: parse(server.url), stop: () => server.stop() };
}

type Variables = Readonly<Record<string, string | undefined>>;

/** What is wrong with it is said of the configuration, since no variable needs to be set. */
function parseConfigured(
  { url, authToken }: ConfiguredDatabase,
  parse: (url: string, more: Variables) => DatabaseConfig,
): DatabaseConfig {
  try {
    return parse(url, authToken === undefined ? {} : { DATABASE_AUTH_TOKEN: authToken });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const names = new Map([
      ["DATABASE_URL", "dbCredentials.url"],
      ["DATABASE_AUTH_TOKEN", "dbCredentials.authToken"],
    ]);
    throw new ConfigError(
      error.faults.map((fault) => ({ ...fault, variable: names.get(fault.variable) ?? fault.variable })),
    );
  }
}

function noDatabase(): MigrationError {
  return new MigrationError(
    "CONFIG_INVALID",
    "No database is named: expected `dbCredentials` in drizzle.config.ts, DATABASE_URL or --database-url",
  );
}

/**
 * Whether there is a database to be found: one that is named, or a local server that has been started before.
 *
 * @throws {MigrationError} if the configuration cannot be read.
 */
export async function isDatabaseThere(wish: DatabaseWish): Promise<boolean> {
  const { projectFolder, variables, databaseUrl, configuredDatabase, hasLocalServer = true } = wish;
  if (databaseUrl !== undefined || (variables["DATABASE_URL"] ?? "").trim() !== "") return true;
  if ((await configuredDatabase?.()) !== undefined) return true;
  return hasLocalServer && existsSync(dataFolderOf(stateFolderOf(projectFolder, variables)));
}
