// What the project says about itself: drizzle.config.ts, and what the caller puts in its place.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { MigrationError } from "../../errors.ts";
import { type ConfiguredDatabase, memberOf, readConfiguredDatabase } from "./configured-database.ts";

/** Where a project keeps its revisions, and which database it names. */
export interface ProjectSettings {
  /** Absolute path of the revisions. */
  readonly folder: string;
  /** What the configuration names; undefined if it names none. @throws {MigrationError} `CONFIG_INVALID`. */
  readonly configuredDatabase: () => Promise<ConfiguredDatabase | undefined>;
}

const configNames = ["ts", "mts", "js", "mjs", "cjs", "json"].map((ending) => `drizzle.config.${ending}`);

/**
 * Finds the folder of the revisions: `dir`, else `out` of the configuration, else drizzle-kit's own `drizzle`.
 *
 * @throws {MigrationError} `CONFIG_INVALID` if there is no configuration, or it cannot be read.
 */
export async function readProjectSettings(
  projectFolder: string,
  nodePath: string,
  dir: string | undefined,
): Promise<ProjectSettings> {
  const file = configNames.map((name) => join(projectFolder, name)).find((name) => existsSync(name));
  let loaded: Promise<unknown> | undefined;
  const load = (configFile: string): Promise<unknown> =>
    (loaded ??= loadConfig(configFile, projectFolder, nodePath));
  const configuredDatabase = async (): Promise<ConfiguredDatabase | undefined> =>
    file === undefined ? undefined : readConfiguredDatabase(await load(file), { projectFolder, file });
  if (dir !== undefined) return { folder: resolve(projectFolder, dir), configuredDatabase };
  if (file === undefined) {
    throw new MigrationError(
      "CONFIG_INVALID",
      `There is no drizzle.config.ts in ${projectFolder}: run this in the project's folder, or name the folder of the revisions with --dir`,
    );
  }
  return { folder: resolve(projectFolder, readOut(await load(file), file)), configuredDatabase };
}

function readOut(config: unknown, file: string): string {
  const out = memberOf(config, "out") ?? "drizzle";
  if (typeof out === "string" && out !== "") return out;
  throw new MigrationError("CONFIG_INVALID", `\`out\` in ${file} is no path: expected one like "./drizzle"`, {
    place: { file },
  });
}

/** Loaded in this process, since a child would cost more than all that `current` does; by drizzle-kit if Node cannot. */
async function loadConfig(file: string, folder: string, node: string): Promise<unknown> {
  try {
    const load = createRequire(file);
    const loaded: unknown = load(file);
    return memberOf(loaded, "default") ?? loaded;
  } catch (cause) {
    const project = { node, folder, configFile: file };
    if (memberOf(cause, "code") === "ERR_REQUIRE_ASYNC_MODULE") {
      const { loadDrizzleConfig } = await import("../../kit/drizzle-config.ts");
      return await loadDrizzleConfig(project, file);
    }
    const { loadConfigByDrizzleKit } = await import("../../kit/drizzle-kit.ts");
    const loaded = await loadConfigByDrizzleKit(project, file);
    if (loaded === undefined) throw unreadable(file, cause);
    return loaded;
  }
}

function unreadable(file: string, cause: unknown): MigrationError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new MigrationError(
    "CONFIG_INVALID",
    `${file} cannot be read: ${said}. Fix it, or do without it: --dir names the folder of the revisions, and --database-url the database`,
    { cause, place: { file } },
  );
}
