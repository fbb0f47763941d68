// The command `npm run deploy`: builds the Worker and its static files and uploads them to Cloudflare.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { findProject } from "./command/project.ts";
import { runCommand } from "./command/run-command.ts";
import { parseDeployment, readStages, refuseIfBehind, wranglerArguments } from "./release/deployment.ts";
import { refusal } from "./release/release-stages.ts";
import { makeAssets } from "./service/api-assets.ts";

await runCommand(async () => {
  const project = findProject(process.env);
  const deployment = parseDeployment(process.argv.slice(2));
  if (deployment.stages) {
    const { expand = "", contract = "" } = await readStages(project, process.env);
    console.log(`expand=${expand}\ncontract=${contract}`);
    return;
  }
  const isNamed = (process.env["DATABASE_URL"]?.trim() ?? "") !== "";
  if (!deployment.dryRun && isNamed) refuseIfBehind(await readStages(project, process.env));
  if (!deployment.dryRun && !isNamed) {
    console.error(
      "DATABASE_URL is not set: whether the database has the revisions of this Worker is not looked at",
    );
  }
  const warnings = await makeAssets(project.folder, new AbortController().signal);
  if (warnings.length > 0)
    throw refusal(`The description of the API is not complete:\n${warnings.join("\n")}`);
  await runWrangler(project.folder, wranglerArguments(deployment));
});

/** wrangler gets the terminal, since it may ask for a login. */
async function runWrangler(folder: string, commandArguments: readonly string[]): Promise<void> {
  const entry = join(folder, "node_modules/wrangler/bin/wrangler.js");
  const child = spawn(process.execPath, [entry, ...commandArguments], {
    cwd: folder,
    stdio: "inherit",
    env: { WRANGLER_SEND_METRICS: "false", ...process.env },
  });
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  if (code === 0) return;
  const how = signal ?? `exit code ${String(code)}`;
  throw refusal(
    `wrangler deploy failed (${how}): what it printed above says why. The Worker that ran before still runs`,
  );
}
