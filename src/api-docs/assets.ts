// Makes the static files that are served beside the Worker: the description of the API, and the page to try it.
// Only what has changed is written, so that a server that watches the folder stays calm.
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { buildDescription } from "./document.ts";
import { formatHeaders } from "./headers.ts";

/** What was made. */
export interface Assets {
  readonly folder: string;
  /** openapi.json. */
  readonly document: string;
  readonly operations: number;
  /** Routes without words, by method and path. */
  readonly undocumented: readonly string[];
  readonly bytes: number;
}

const viewerFolder = join(import.meta.dirname, "viewer");
const viewerFiles = ["index.html", "viewer.css", "viewer.js"];
const swaggerFiles = [
  "favicon-32x32.png",
  "swagger-ui.css",
  "swagger-ui-bundle.js",
  "swagger-ui-bundle.js.LICENSE.txt",
  "LICENSE",
  "NOTICE",
];

/** Makes `.assets` in the project's folder. @throws {TypeError} for a route without a declaration. */
export async function writeAssets(projectFolder: string): Promise<Assets> {
  const folder = join(projectFolder, ".assets");
  const { document: description, undocumented } = await buildDescription();
  const document = `${JSON.stringify(description, null, 2)}\n`;
  const swaggerFolder = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  const read = (from: string, names: readonly string[]) =>
    names.map(async (name) => [`docs/${name}`, await readFile(join(from, name))] as const);
  const files = new Map<string, Buffer>([
    ["openapi.json", Buffer.from(document)],
    ["_headers", Buffer.from(formatHeaders())],
    ...(await Promise.all([...read(viewerFolder, viewerFiles), ...read(swaggerFolder, swaggerFiles)])),
  ]);
  await mkdir(join(folder, "docs"), { recursive: true });
  await removeOthers(folder, files);
  for (const [name, content] of files) await writeIfChanged(join(folder, name), content);
  const operations = Object.values(description.paths ?? {}).flatMap((path) => Object.keys(path ?? {})).length;
  const bytes = [...files.values()].reduce((sum, content) => sum + content.length, 0);
  return { folder, document, operations, undocumented, bytes };
}

/** What an earlier version has left; a file that another run is just writing begins with a dot. */
async function removeOthers(folder: string, files: ReadonlyMap<string, unknown>): Promise<void> {
  const present = await readdir(folder, { recursive: true, withFileTypes: true });
  const others = present
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !files.has(path.slice(folder.length + 1).replaceAll("\\", "/")));
  await Promise.all(others.map((path) => rm(path, { force: true })));
}

/** Written beside its place and then moved there: a reader sees the old file or the new one. */
async function writeIfChanged(file: string, content: Buffer): Promise<void> {
  const existing = await readFile(file).catch(() => undefined);
  if (existing?.equals(content) === true) return;
  const draft = join(dirname(file), `.${crypto.randomUUID()}`);
  await writeFile(draft, content);
  await rename(draft, file);
}
