// The folders of this project.
import { dirname, join, resolve } from "node:path";
import { dataFolderOf, stateFolderOf } from "../../migrate/server/state.ts";

/** The folders that the commands work in. */
export interface Project {
  /** Holds wrangler.toml, drizzle/ and node_modules/. */
  readonly folder: string;
  /** Holds everything that runs leave behind: `.eaves`, or `EAVES_HOME`. */
  readonly stateFolder: string;
  /** The part of `stateFolder` that only the server may open. */
  readonly dataFolder: string;
  /** False if `EAVES_HOME` moved the state away: then nothing is written beside wrangler.toml either. */
  readonly isDefaultState: boolean;
}

/** A command as it has to be typed to work on the same state. */
export function commandOf(
  { stateFolder, isDefaultState }: Pick<Project, "stateFolder" | "isDefaultState">,
  command: string,
): string {
  if (isDefaultState) return command;
  const path = /^[\w@%+=:,./-]+$/.test(stateFolder)
    ? stateFolder
    : `'${stateFolder.replaceAll("'", `'\\''`)}'`;
  return `EAVES_HOME=${path} ${command}`;
}

/** The project this file belongs to. */
export function findProject(variables: Readonly<Record<string, string | undefined>>): Project {
  const folder = resolve(dirname(import.meta.dirname), "../..");
  const stateFolder = stateFolderOf(folder, variables);
  return {
    folder,
    stateFolder,
    dataFolder: dataFolderOf(stateFolder),
    isDefaultState: stateFolder === join(folder, ".eaves"),
  };
}
