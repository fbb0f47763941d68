// Tells of saved files while `npm run dev` runs: one call for all that an editor or a switch of branches saves at once.
import { watch } from "node:fs";
import { join } from "node:path";

/** How long after the last save the files are told, in milliseconds. */
const quietMs = 200;

/** Calls `saved` with the files below `src` and `drizzle` that were saved, relative to the project. @returns what ends it. */
export function watchSources(projectFolder: string, saved: (files: ReadonlySet<string>) => void): () => void {
  let files = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const watchers = ["src", "drizzle"].map((folder) =>
    watch(join(projectFolder, folder), { recursive: true }, (_event, name) => {
      files.add(`${folder}/${(name ?? "").replaceAll("\\", "/")}`);
      clearTimeout(timer);
      timer = setTimeout(() => {
        saved(files);
        files = new Set();
      }, quietMs);
    }),
  );
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
