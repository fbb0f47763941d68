// What loading a Worker's module costs, as Cloudflare would measure it: `wrangler check startup`, offline.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { readCompatibility } from "../../support/workerd.ts";
import { runWrangler } from "../../support/wrangler.ts";

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
  await runWrangler(["check", "startup", "--config", config, "--outfile", profile], folder, folder);
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
