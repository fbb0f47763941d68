// Reads what `npm run dev` is configured with; pure.
import { type DatabaseConfig, parseDatabaseConfig } from "../../database/config.ts";
import { DevError } from "../command/dev-error.ts";
import type { Project } from "../command/project.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** The port of the Worker: `PORT`, or 8787. @throws {DevError} `PORT_INVALID`. */
export function parsePort(variables: Variables): number {
  const text = variables["PORT"]?.trim() ?? "";
  if (text === "") return 8787;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new DevError("PORT_INVALID", `PORT is "${text}": expected a whole number from 1 to 65535`);
}

/**
 * The database that `DATABASE_URL` names, or undefined if it is not set: the local server is used then.
 *
 * @throws {ConfigError} if it is faulty.
 * @throws {DevError} `DATABASE_URL_UNUSABLE` for a file, which a Worker cannot open.
 */
export function parseOwnDatabase(variables: Variables, project: Project): DatabaseConfig | undefined {
  if ((variables["DATABASE_URL"]?.trim() ?? "") === "") return undefined;
  const database = databaseOf(variables, project);
  if (database.location === "remote") return database;
  throw new DevError(
    "DATABASE_URL_UNUSABLE",
    "DATABASE_URL is a file: URL, and a Worker has no files: " +
      "unset it for a local server over .eaves, or give a libsql:, https: or http: URL",
  );
}

/** As {@link parseDatabaseConfig} for this project on Node. */
export function databaseOf(variables: Variables, project: Project): DatabaseConfig {
  return parseDatabaseConfig(variables, {
    runtime: "node",
    projectFolder: project.folder,
    serverFolder: project.dataFolder,
  });
}
