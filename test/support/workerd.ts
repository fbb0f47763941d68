// Workers in bare `workerd serve`, the runtime without wrangler around it, as load and deployments have it: bundled by
// esbuild, with the settings of wrangler.toml. Node only.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

import { build } from "esbuild";

import { findFreePort } from "../../src/migrate/server/ports.ts";

/** What to serve. */
export interface WorkerdOptions {
  /** The module whose default export is the Worker; absolute. */
  readonly entry: string;
  /** Variables and secrets. */
  readonly variables: Readonly<Record<string, string>>;
  /** Binds `SIGN_IN_LIMIT` to a rate limit that lets everybody in, as a deployment has one. */
  readonly hasRateLimit?: boolean;
  /** Gets each line that the Worker or the runtime prints. */
  readonly onLine?: (line: string) => void;
}

/** A Worker that answers. */
export interface RunningWorkerd {
  readonly origin: string;
  readonly pid: number;
  /** How the runtime ended, once it has: nobody but `stop` should end it. */
  ended(): string | undefined;
  stop(): Promise<void>;
}

/** Which behaviour of the runtime a Worker is written for. */
export interface Compatibility {
  readonly date: string;
  readonly flags: string[];
}

const root = join(import.meta.dirname, "../..");

/** Bundles and serves a Worker on a free port of 127.0.0.1. @throws with what workerd printed where it ends. */
export async function startWorkerd(options: WorkerdOptions): Promise<RunningWorkerd> {
  const folder = await mkdtemp(join(tmpdir(), "eaves-workerd-"));
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  try {
    const port = await findFreePort();
    await bundleEntry(options.entry, join(folder, "worker.js"));
    const text = configuration(options, port, await readCompatibility());
    await writeFile(join(folder, "config.capnp"), text, { mode: 0o600 });
    await writeFile(join(folder, "rate-limit.js"), rateLimit);
    return await serve(folder, `http://127.0.0.1:${port}`, options.onLine, remove);
  } catch (error) {
    await remove();
    throw error;
  }
}

async function serve(
  folder: string,
  origin: string,
  onLine: WorkerdOptions["onLine"],
  remove: () => Promise<void>,
): Promise<RunningWorkerd> {
  const child = spawn(findWorkerd(), ["serve", "config.capnp"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      if (printed.length < 100) printed.push(line);
      onLine?.(line);
    });
  }
  let how: string | undefined;
  const exited = new Promise<void>((resolve) => {
    const end = (words: string) => {
      how = words;
      resolve();
    };
    child.once("error", (error) => end(error.message));
    child.once("exit", (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  const kill = () => void child.kill("SIGKILL");
  process.once("exit", kill);
  const stop = async (): Promise<void> => {
    kill();
    await exited;
    process.off("exit", kill);
    await remove();
  };
  try {
    await untilAnswering(origin, () => how && `workerd ended (${how}):\n${printed.join("\n")}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { origin, pid: child.pid ?? 0, ended: () => how, stop };
}

/** Bundles a Worker as it is served, minified. */
export async function bundleEntry(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2024",
    // As wrangler has them.
    conditions: ["workerd", "worker", "browser"],
    mainFields: ["browser", "module", "main"],
    external: ["node:*", "cloudflare:*"],
    absWorkingDir: root,
    logLevel: "error",
  });
}

/** Date and flags as wrangler.toml has them, so that the runtime behaves as in a deployment. */
export async function readCompatibility(): Promise<Compatibility> {
  const settings = await readFile(join(root, "wrangler.toml"), "utf8");
  const date = /^compatibility_date = (".*")$/m.exec(settings)?.[1];
  const flags = /^compatibility_flags = (\[.*\])$/m.exec(settings)?.[1];
  if (date === undefined || flags === undefined) {
    throw new Error(
      "wrangler.toml has no compatibility_date and compatibility_flags where they are looked for",
    );
  }
  return { date: JSON.parse(date), flags: JSON.parse(flags) };
}

function configuration(options: WorkerdOptions, port: number, { date, flags }: Compatibility): string {
  const compatibility = `compatibilityDate = ${JSON.stringify(date)}, compatibilityFlags = ${JSON.stringify(flags)}`;
  const texts = Object.entries(options.variables).map(
    ([name, text]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(text)})`,
  );
  const limit = '(name = "SIGN_IN_LIMIT", wrapped = (moduleName = "eaves:rate-limit"))';
  const bindings = [...texts, ...(options.hasRateLimit === true ? [limit] : [])];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "worker", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      ${compatibility},
      bindings = [${bindings.join(", ")}],
    )),
    # The database is on this machine, which the runtime's default keeps Workers from.
    (name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "worker")],
  extensions = [(modules = [
    (name = "eaves:rate-limit", internal = true, esModule = embed "rate-limit.js"),
  ])],
);
`;
}

const rateLimit = "export default () => ({ limit: () => Promise.resolve({ success: true }) });\n";

/** workerd comes with wrangler, which pins it: one runtime for development, tests and load. */
function findWorkerd(): string {
  return (requireOfWrangler("workerd") as { readonly default: string }).default;
}

/** Loads a package that wrangler depends on, in the version that it pins. */
export function requireOfWrangler(name: string): unknown {
  return createRequire(createRequire(join(root, "package.json")).resolve("wrangler/package.json"))(name);
}

async function untilAnswering(origin: string, whyNot: () => string | undefined): Promise<void> {
  const end = performance.now() + 20_000;
  for (;;) {
    try {
      await (await fetch(`${origin}/health`)).arrayBuffer();
      return;
    } catch (cause) {
      const reason = whyNot() ?? (performance.now() > end ? "workerd did not answer within 20 s" : undefined);
      if (reason !== undefined) throw new Error(reason, { cause });
    }
    await delay(20);
  }
}
