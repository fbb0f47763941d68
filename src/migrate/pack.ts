// `npm run package`: the migration tool as a tarball for other projects. It is bundled, since Node reads no TypeScript below
// node_modules, has its types, and is packed by npm. No scripts of npm's run, so that `ignore-scripts` changes nothing.
import { execFile } from "node:child_process";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { build } from "esbuild";

/** Where the package is, unpacked and packed. */
export interface ToolPackage {
  /** The folder that was packed. */
  readonly folder: string;
  /** The tarball, beside the folder. */
  readonly tarball: string;
  /** Of the tarball. */
  readonly bytes: number;
  /** What is in the tarball. */
  readonly files: readonly string[];
  /** The modules of the project that are bundled in it, such as `src/migrate/server/server.ts`. */
  readonly modules: readonly string[];
}

/**
 * Builds the package into `<target>/package`, and its tarball into `target`.
 *
 * @throws {Error} with what a step printed.
 */
export async function makePackage(projectFolder: string, target: string): Promise<ToolPackage> {
  const source = join(projectFolder, "src/migrate");
  const folder = join(target, "package");
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, "dist"), { recursive: true });
  const modules = await bundle(projectFolder, join(folder, "dist"));
  await writeTypes(projectFolder, join(folder, "dist/types"));
  // What is only for the place where it is built stays there.
  const { private: _private, scripts: _scripts, ...manifest } = await readManifest(source);
  await writeFile(join(folder, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  await copyFile(join(source, "README.md"), join(folder, "README.md"));
  await copyFile(join(projectFolder, "LICENSE"), join(folder, "LICENSE"));
  const npm = process.env["npm_execpath"];
  const packing = ["pack", "--json", "--ignore-scripts", "--pack-destination", target];
  const output = await (npm === undefined
    ? run("npm", packing, folder)
    : run(process.execPath, [npm, ...packing], folder));
  const [{ filename, size, files }]: readonly [Packed] = JSON.parse(output);
  return {
    folder,
    tarball: join(target, filename),
    bytes: size,
    files: files.map(({ path }) => path),
    modules,
  };
}

/** What npm says of what it has packed. */
interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

async function bundle(projectFolder: string, outdir: string): Promise<readonly string[]> {
  const source = join(projectFolder, "src/migrate");
  const { metafile } = await build({
    absWorkingDir: projectFolder,
    entryPoints: [join(source, "main.ts"), join(source, "index.ts")],
    outdir,
    bundle: true,
    // What a verb does not need is not loaded, as from the source.
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22.18",
    packages: "external",
    metafile: true,
    logLevel: "silent",
  });
  return Object.keys(metafile.inputs).toSorted();
}

/** The declarations that `index.d.ts` leads to; the others are nobody's business. */
async function writeTypes(projectFolder: string, target: string): Promise<void> {
  const all = `${target}.all`;
  const options = ["--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--stripInternal"];
  const places = ["--rootDir", "src", "--outDir", all, "--tsBuildInfoFile", join(all, "info.json")];
  const compiler = join(projectFolder, "node_modules/typescript/bin/tsc");
  await run(process.execPath, [compiler, "-p", "src/migrate", ...options, ...places], projectFolder);
  const wanted = [join("migrate", "index.d.ts")];
  for (const name of wanted) {
    const text = await readFile(join(all, name), "utf8");
    for (const [, path = ""] of text.matchAll(/"(\.{1,2}\/[^"]+)\.ts"/g)) {
      const found = join(dirname(name), `${path}.d.ts`);
      if (!wanted.includes(found)) wanted.push(found);
    }
    await mkdir(join(target, dirname(name)), { recursive: true });
    await writeFile(join(target, name), text.replaceAll(/("\.{1,2}\/[^"]+)\.ts"/g, '$1.js"'));
  }
  await rm(all, { recursive: true });
}

async function readManifest(folder: string): Promise<Readonly<Record<string, unknown>>> {
  return JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
}

async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    return (await promisify(execFile)(command, args, { cwd })).stdout;
  } catch (cause) {
    const said = cause instanceof Error ? [Reflect.get(cause, "stdout"), cause.message].join("\n") : "";
    throw new Error(`The package cannot be made: ${said.trim()}`, { cause });
  }
}

if (process.argv[1] === import.meta.filename) {
  const projectFolder = join(import.meta.dirname, "../..");
  const { tarball, bytes, files } = await makePackage(projectFolder, join(projectFolder, "dist"));
  process.stdout.write(
    `${relative(process.cwd(), tarball)}  ${files.length} files, ${Math.ceil(bytes / 1000)} kB\n`,
  );
}
