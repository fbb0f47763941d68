// What the project says about itself: drizzle.config.ts, and what the caller puts in its place.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { MigrationError } from "../plan/errors.ts";

/** Where a project keeps its revisions. */
export interface ProjectSettings {
  /** Absolute path of the revisions. */
  readonly folder: string;
  /** Absolute path of the configuration; undefined where `dir` made it needless and there is none. */
  readonly configFile: string | undefined;
}

const configNames = ["ts", "mts", "js", "mjs", "cjs", "json"].map((ending) => `drizzle.config.${ending}`);

/**
 * Finds the folder of the revisions: `dir`, else `out` of the configuration, else drizzle-kit's own `drizzle`.
 *
 * @throws {MigrationError} `CONFIG_INVALID` where there is no configuration, or it cannot be read.
 */
export async function readProjectSettings(
  projectFolder: string,
  nodePath: string,
  dir: string | undefined,
): Promise<ProjectSettings> {
  const configFile = configNames.map((name) => join(projectFolder, name)).find((file) => existsSync(file));
  if (dir !== undefined) return { folder: resolve(projectFolder, dir), configFile };
  if (configFile === undefined) {
    throw new MigrationError(
      "CONFIG_INVALID",
      `There is no drizzle.config.ts in ${projectFolder}: run this in the project's folder, or name the folder of the revisions with --dir`,
    );
  }
  return { folder: resolve(projectFolder, await readOut(configFile, projectFolder, nodePath)), configFile };
}

async function readOut(configFile: string, folder: string, node: string): Promise<string> {
  let out: unknown;
  try {
    out = readMember(loadConfig(configFile), "out") ?? "drizzle";
  } catch (cause) {
    if (readMember(cause, "code") !== "ERR_REQUIRE_ASYNC_MODULE") throw unreadable(configFile, cause);
    const { readDrizzleConfig } = await import("../autogenerate/drizzle-config.ts");
    ({ out } = await readDrizzleConfig({ node, folder, configFile }));
  }
  if (typeof out === "string" && out !== "") return out;
  throw new MigrationError(
    "CONFIG_INVALID",
    `\`out\` in ${configFile} is no path: expected one like "./drizzle"`,
    { place: { file: configFile } },
  );
}

/** Loaded in this process, since a child would cost more than all that `current` does; one that awaits needs a child. */
function loadConfig(configFile: string): unknown {
  const load = createRequire(configFile);
  const loaded: unknown = load(configFile);
  return readMember(loaded, "default") ?? loaded;
}

function unreadable(configFile: string, cause: unknown): MigrationError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new MigrationError(
    "CONFIG_INVALID",
    `${configFile} cannot be read: ${said}. Mend it, or name the folder of the revisions with --dir`,
    { cause, place: { file: configFile } },
  );
}

function readMember(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
