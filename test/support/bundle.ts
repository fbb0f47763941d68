// Builds the Worker as a deployment would, without an account and offline, and measures it.
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** The Worker's code as it would be uploaded. */
export interface Bundle {
  readonly bytes: number;
  readonly gzipBytes: number;
  /** Modules of the runtime that the code asks for, such as `node:crypto`. */
  readonly runtimeModules: readonly string[];
  /** Packages of which anything is in the code. */
  readonly packages: readonly string[];
}

const root = join(import.meta.dirname, "../..");

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

async function runWrangler(commandArguments: readonly string[], folder: string): Promise<void> {
  const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
  const child = spawn(process.execPath, [wrangler, ...commandArguments], {
    cwd: root,
    env: {
      ...process.env,
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_HIDE_BANNER: "true",
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      WRANGLER_LOG_PATH: join(folder, ".log"),
      XDG_CONFIG_HOME: join(folder, ".config"),
    },
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  child.stderr.on("data", (chunk) => (output += String(chunk)));
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`wrangler deploy --dry-run ended with ${String(code)}:\n${output}`);
}
