// What loading a Worker's module costs, as Cloudflare would measure it: `wrangler check startup`, offline.
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";

import { readCompatibility } from "../support/workerd.ts";

const wrangler = join(import.meta.dirname, "../../node_modules/wrangler/bin/wrangler.js");

interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly functionName: string } }[];
  readonly samples: readonly number[];
  /** Microseconds from one sample to the next. */
  readonly timeDeltas: readonly number[];
}

/** Milliseconds of CPU until a bundled module is loaded. @param folder is written to. */
export async function measureStartUp(module: string, folder: string): Promise<number> {
  const { date, flags } = await readCompatibility();
  const config = join(folder, "wrangler.json");
  await writeFile(
    config,
    JSON.stringify({ name: "bench", main: module, compatibility_date: date, compatibility_flags: flags }),
  );
  const profile = join(folder, "startup.cpuprofile");
  await runWrangler(["check", "startup", "--config", config, "--outfile", profile], folder);
  return readProfile(JSON.parse(await readFile(profile, "utf8")) as Profile);
}

/** The time of all samples in which something ran. */
export function readProfile({ nodes, samples, timeDeltas }: Profile): number {
  const idle = new Set(
    nodes.filter(({ callFrame }) => callFrame.functionName === "(idle)").map(({ id }) => id),
  );
  const microseconds = samples.reduce(
    (sum, node, index) => sum + (idle.has(node) ? 0 : (timeDeltas[index] ?? 0)),
    0,
  );
  return microseconds / 1_000;
}

async function runWrangler(given: readonly string[], folder: string): Promise<void> {
  const child = spawn(process.execPath, [wrangler, ...given], {
    cwd: folder,
    env: {
      ...process.env,
      CI: "true",
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
  if (code !== 0) throw new Error(`wrangler check startup ended with ${String(code)}:\n${output}`);
}
