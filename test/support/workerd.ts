// A Worker on bare `workerd serve`, as load needs it: wrangler dev would cost three quarters of the throughput.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

import { build } from "esbuild";

import { findFreePort } from "../../src/sqld/ports.ts";

/** What to serve. */
export interface WorkerdOptions {
  /** Absolute path of the Worker's entry; it is bundled as a deployment would. */
  readonly entry: string;
  /** Variables and secrets. */
  readonly bindings: Readonly<Record<string, string>>;
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

const root = join(import.meta.dirname, "../..");

/** Bundles and serves a Worker on a free port of 127.0.0.1. @throws with what workerd printed where it ends. */
export async function startWorkerd({ entry, bindings, onLine }: WorkerdOptions): Promise<RunningWorkerd> {
  const folder = await mkdtemp(join(tmpdir(), "eaves-workerd-"));
  const port = await findFreePort();
  await bundle(entry, join(folder, "worker.js"));
  await writeFile(join(folder, "config.capnp"), await configuration(port, bindings), { mode: 0o600 });
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
    await rm(folder, { recursive: true, force: true });
  };
  const origin = `http://127.0.0.1:${port}`;
  try {
    await untilAnswering(origin, () => how && `workerd ended (${how}):\n${printed.join("\n")}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { origin, pid: child.pid ?? 0, ended: () => how, stop };
}

async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2024",
    // As wrangler has them.
    conditions: ["workerd", "worker", "browser"],
    external: ["node:*", "cloudflare:*"],
    absWorkingDir: root,
    logLevel: "error",
  });
}

/** The date and the flags are those of wrangler.toml, so that the runtime behaves as in a deployment. */
async function configuration(port: number, bindings: Readonly<Record<string, string>>): Promise<string> {
  const settings = await readFile(join(root, "wrangler.toml"), "utf8");
  const date = /^compatibility_date = (".*")$/m.exec(settings)?.[1];
  const flags = /^compatibility_flags = (\[.*\])$/m.exec(settings)?.[1];
  if (date === undefined || flags === undefined) {
    throw new Error(
      "wrangler.toml has no compatibility_date and compatibility_flags where they are looked for",
    );
  }
  const variables = Object.entries(bindings).map(
    ([name, text]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(text)})`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    # The database is on this machine, which the runtime's default keeps Workers from.
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = ${date},
  compatibilityFlags = ${flags},
  bindings = [${variables.join(", ")}],
);
`;
}

/** workerd comes with wrangler, which pins it: one runtime for development, tests and load. */
function findWorkerd(): string {
  const ofWrangler = createRequire(
    createRequire(join(root, "package.json")).resolve("wrangler/package.json"),
  );
  const { default: path } = ofWrangler("workerd") as { readonly default: string };
  return path;
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
