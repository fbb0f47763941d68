// Workers in bare `workerd serve`, the runtime without wrangler around it: bundled by esbuild, with the bindings of a
// deployment. Node only.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

import { build } from "esbuild";
import { findFreePort } from "../../src/sqld/ports.ts";
import { poll } from "./poll.ts";

/** What to serve. */
export interface WorkerdOptions {
  /** The module whose default export is the Worker; absolute. */
  readonly entry: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Binds `SIGN_IN_LIMIT` to a rate limit that lets everybody in, as a deployment has one. */
  readonly hasRateLimit?: boolean;
}

/** A Worker that answers. */
export interface Workerd {
  readonly origin: string;
  readonly pid: number;
  /** What it has printed so far, on both streams, a line each. */
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

/** Bundles a Worker and serves it. Source of the settings: wrangler.toml. */
export async function startWorkerd(options: WorkerdOptions): Promise<Workerd> {
  const folder = await mkdtemp(join(tmpdir(), "eaves-workerd-"));
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  try {
    const port = await findFreePort();
    await bundle(options.entry, join(folder, "worker.js"));
    const text = configuration(options, port, await readCompatibilityDate());
    await writeFile(join(folder, "config.capnp"), text, { mode: 0o600 });
    await writeFile(join(folder, "rate-limit.js"), rateLimit);
    return await serve(folder, port, remove);
  } catch (error) {
    await remove();
    throw error;
  }
}

async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    mainFields: ["browser", "module", "main"],
    external: ["node:*", "cloudflare:*"],
    logLevel: "silent",
  });
}

async function serve(folder: string, port: number, remove: () => Promise<void>): Promise<Workerd> {
  const child = spawn(findWorkerd(), ["serve", "--experimental", join(folder, "config.capnp")], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on("line", (line) => void lines.push(line));
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = once(child, "exit");
  const stop = async (): Promise<void> => {
    kill();
    await ended;
    process.off("exit", kill);
    await remove();
  };
  const origin = `http://127.0.0.1:${port}`;
  const answers = () =>
    fetch(`${origin}/health`)
      .then(({ ok }) => ok)
      .catch(() => false);
  try {
    await poll(answers, (ok) => ok || child.exitCode !== null, 20_000);
    if (child.exitCode !== null) throw new Error(`workerd ended:\n${lines.join("\n")}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { origin, pid: child.pid ?? 0, lines, stop };
}

async function readCompatibilityDate(): Promise<string> {
  const settings = await readFile(join(import.meta.dirname, "../../wrangler.toml"), "utf8");
  const date = /^compatibility_date = "(.+)"$/m.exec(settings)?.[1];
  if (date === undefined) throw new Error("wrangler.toml has no compatibility_date");
  return date;
}

/** The binary itself: the script of its package would be one process more, which passes no signal on. */
function findWorkerd(): string {
  const resolve = createRequire(import.meta.url).resolve;
  const architecture = process.arch === "x64" ? "64" : process.arch;
  const folder = dirname(resolve(`@cloudflare/workerd-${process.platform}-${architecture}/package.json`));
  return join(folder, "bin/workerd");
}

function configuration(
  { variables, hasRateLimit = false }: WorkerdOptions,
  port: number,
  date: string,
): string {
  const texts = Object.entries(variables).map(
    ([name, value]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(value)})`,
  );
  const limit = '(name = "SIGN_IN_LIMIT", wrapped = (moduleName = "eaves:rate-limit"))';
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "worker", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "${date}",
      compatibilityFlags = ["nodejs_compat"],
      bindings = [${[...texts, ...(hasRateLimit ? [limit] : [])].join(", ")}],
    )),
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
