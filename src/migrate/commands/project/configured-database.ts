// The database that the project's drizzle.config.ts names, so that this tool works on the one that drizzle-kit does.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { MigrationError } from "../../errors.ts";

/** A database as a configuration names it; not looked at yet. */
export interface ConfiguredDatabase {
  readonly url: string;
  readonly authToken: string | undefined;
}

/**
 * Reads `dbCredentials`; undefined if there are none. What they lack is never made up, since the database that
 * would be worked on then is another one.
 *
 * @throws {MigrationError} `CONFIG_INVALID` if they name no database that this tool can reach.
 */
export function readConfiguredDatabase(
  config: unknown,
  { projectFolder, file }: { readonly projectFolder: string; readonly file: string },
): ConfiguredDatabase | undefined {
  const credentials = memberOf(config, "dbCredentials");
  if (credentials === undefined) return undefined;
  const url = memberOf(credentials, "url");
  if (typeof url !== "string" || url.trim() === "" || url.includes(":memory:")) {
    throw new MigrationError(
      "CONFIG_INVALID",
      `\`dbCredentials\` in ${file} ${typeof url === "string" && url !== "" ? `has the url ${JSON.stringify(url)}` : "has no url"}: ` +
        "expected that of a file or a libSQL server. Is the variable set that it is read from? --database-url names another database",
      { place: { file } },
    );
  }
  const authToken = memberOf(credentials, "authToken");
  return {
    // drizzle-kit takes plain paths too.
    url: /^[a-z][a-z\d+.-]+:/i.test(url) ? url : pathToFileURL(resolve(projectFolder, url)).href,
    authToken: typeof authToken === "string" && authToken !== "" ? authToken : undefined,
  };
}

/** A member of anything, undefined if there is none. */
export function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
