// Which database a command works on: the one that is named, or the project's local server.
import { existsSync } from "node:fs";
import { type DatabaseConfig, parseDatabaseConfig } from "../../database/config.ts";
import { ensureLocalServer } from "../../sqld/local-server.ts";
import { dataFolderOf, stateFolderOf } from "../../sqld/state.ts";

/** A database that can be connected to, started for us where need was. */
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
  /** In place of `DATABASE_URL`. */
  readonly databaseUrl: string | undefined;
}

/**
 * Finds the database: without a URL the local server of the project, which is started where none runs.
 *
 * @throws {ConfigError} where the URL or the token cannot be used.
 * @throws {SqldError} where the local server cannot be started.
 */
export async function chooseDatabase(wish: DatabaseWish): Promise<ChosenDatabase> {
  const { projectFolder, variables } = wish;
  const stateFolder = stateFolderOf(projectFolder, variables);
  const url = urlOf(wish);
  const parse = (text: string): DatabaseConfig =>
    parseDatabaseConfig(
      { ...variables, DATABASE_URL: text },
      { runtime: "node", projectFolder, serverFolder: dataFolderOf(stateFolder) },
    );
  if (wish.databaseUrl !== undefined || url.trim() !== "") {
    return { config: parse(url), stop: () => Promise.resolve() };
  }
  const server = await ensureLocalServer(stateFolder);
  return { config: parse(server.url), stop: () => server.stop() };
}

/** Whether there is a database to be found: one that is named, or a local server that has been started before. */
export function isDatabaseThere(wish: DatabaseWish): boolean {
  if (wish.databaseUrl !== undefined || urlOf(wish).trim() !== "") return true;
  return existsSync(dataFolderOf(stateFolderOf(wish.projectFolder, wish.variables)));
}

function urlOf({ databaseUrl, variables }: DatabaseWish): string {
  return databaseUrl ?? variables["DATABASE_URL"] ?? "";
}
