// Makes the static files that the Worker is served with: the description of the API and the page to try it.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { DevError } from "../command/dev-error.ts";

/**
 * Runs the build step of the static files, silently; it is a program of its own, as this folder does not know the
 * Worker. `signal` ends it.
 *
 * @returns its warnings, such as routes without words for /docs.
 * @throws {DevError} `ASSETS_NOT_MADE`, with what the step printed.
 */
export async function makeAssets(projectFolder: string, signal: AbortSignal): Promise<readonly string[]> {
  const entry = join(projectFolder, "src/api-docs/main.ts");
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", entry], {
    cwd: projectFolder,
    // Its own group, so that a Ctrl-C reaches it through us only.
    detached: true,
    signal,
    // As the migration tool does: what one run compiles, the next finds done. A quarter of what the step costs.
    env: { ...process.env, NODE_COMPILE_CACHE: join(projectFolder, "node_modules/.cache/node") },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (part: string) => (printed += part));
  }
  const how = await new Promise<string | undefined>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, ended) => resolve(code === 0 ? undefined : (ended ?? `exit code ${code}`)));
  });
  if (how === undefined) return printed.split("\n").filter((line) => line.startsWith("warning: "));
  throw new DevError(
    "ASSETS_NOT_MADE",
    `The description of the API could not be made (${how}):\n${printed.trim()}`,
  );
}
