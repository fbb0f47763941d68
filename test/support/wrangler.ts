// Runs wrangler without an account and offline, and keeps what it writes for itself out of the way.
import { spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";

const root = join(import.meta.dirname, "../..");
const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");

/**
 * Runs a command of wrangler to its end.
 *
 * @param folder for its log and its settings.
 * @param cwd where it runs; default: the project.
 * @throws with its output when it fails.
 */
export async function runWrangler(given: readonly string[], folder: string, cwd = root): Promise<void> {
  const child = spawn(process.execPath, [wrangler, ...given], {
    cwd,
    env: {
      ...process.env,
      // Nobody is there to be asked.
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
  if (code !== 0) throw new Error(`wrangler ${given.join(" ")} ended with ${String(code)}:\n${output}`);
}
