// Finds the sources of stack frames: the Worker runs as one file, which wrangler makes with a map beside it.
import { globSync, readFileSync, statSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, join, relative, resolve } from "node:path";

/** Translates frames such as `at f (index.js:12:34)`. */
export type MapFrame = (frame: string) => string;

/**
 * A frame with the file, line and column of its source, relative to the project; as it is if there is no map for it.
 * wrangler removes its map when it ends, so that the latest one is kept.
 */
export function createFrameMapper(projectFolder: string): MapFrame {
  let read: { readonly file: string; readonly at: number; readonly map: SourceMap } | undefined;
  const latest = (): typeof read => {
    const [file] = globSync(".wrangler/tmp/dev-*/index.js.map", { cwd: projectFolder })
      .map((name) => join(projectFolder, name))
      .toSorted((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs);
    if (file === undefined) return read;
    const at = statSync(file).mtimeMs;
    if (read?.file === file && read.at === at) return read;
    const payload = JSON.parse(readFileSync(file, "utf8")) as ConstructorParameters<typeof SourceMap>[0];
    return (read = { file, at, map: new SourceMap(payload) });
  };
  return (frame) => {
    const [, name = "", line, column] =
      /^\s*at (?:(.*?) )?\(?(?:\S*[/ ])?index\.js:(\d+):(\d+)\)?$/.exec(frame) ?? [];
    try {
      const known = latest();
      const found = known?.map.findEntry(Number(line) - 1, Number(column) - 1);
      if (known === undefined || found === undefined || !("originalSource" in found)) return frame.trim();
      const source = relative(projectFolder, resolve(dirname(known.file), found.originalSource));
      const place = `${source}:${found.originalLine + 1}:${found.originalColumn + 1}`;
      return /^(?:null\.)?<anonymous>$|^$/.test(name) ? `at ${place}` : `at ${name} (${place})`;
    } catch {
      // A map that is being written: the frame as it is says more than nothing.
      return frame.trim();
    }
  };
}
