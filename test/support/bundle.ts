// Builds the Worker as a deployment would, without an account and offline, and measures it.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { runWrangler } from "./wrangler.ts";

/** The Worker's code as it would be uploaded. */
export interface Bundle {
  readonly bytes: number;
  readonly gzipBytes: number;
  /** The code itself. */
  readonly text: string;
  /** Modules of the runtime that the code asks for, such as `node:crypto`. */
  readonly runtimeModules: readonly string[];
  /** Packages of which anything is in the code. */
  readonly packages: readonly string[];
}

/** Bundles the Worker into a folder that is removed again. @throws with wrangler's output when it fails. */
export async function bundleWorker(): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), "eaves-bundle-"));
  try {
    await runWrangler(["deploy", "--dry-run", "--minify", "--metafile", "--outdir", folder], folder);
    const names = (await readdir(folder)).filter((name) => name.endsWith(".js") || name.endsWith(".mjs"));
    const files = await Promise.all(names.map((name) => readFile(join(folder, name))));
    if (files.length === 0) throw new Error("The bundle holds no code");
    const code = Buffer.concat(files);
    return {
      bytes: code.length,
      gzipBytes: gzipSync(code).length,
      text: code.toString(),
      runtimeModules: findRuntimeModules(code),
      packages: findPackages(await readFile(join(folder, "bundle-meta.json"), "utf8")),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function findRuntimeModules(code: Buffer): string[] {
  const asked = /(?:from|import|require)\s*\(?\s*["'`]((?:node|cloudflare):[\w/.-]+)["'`]/g;
  return [...new Set([...code.toString().matchAll(asked)].map(([, name = ""]) => name))].toSorted();
}

/** From what esbuild says it has bundled; a module of which nothing is left does not count. */
function findPackages(metadata: string): string[] {
  const { outputs } = JSON.parse(metadata) as {
    readonly outputs: Readonly<
      Record<string, { readonly inputs: Readonly<Record<string, { bytesInOutput: number }>> }>
    >;
  };
  const kept = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  const names = kept.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  return [...new Set(names)].toSorted();
}
