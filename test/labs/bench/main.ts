// `npm run bench`: the service and then the migration tool, against what else there is. Ends with 1 where a target that
// decides is missed. `-- service` or `-- migrate` for one of them, `--quick`, `--seed N`, `--publish`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";

import { Command, InvalidArgumentError } from "commander";

import { publish } from "./publish.ts";
import { benchService } from "./service.ts";

interface Flags {
  readonly quick?: boolean;
  readonly publish?: boolean;
  readonly seed: number;
}

// The servers end with this process, if it ends in order.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

const parts: Readonly<Record<string, (flags: Flags) => Promise<boolean>>> = {
  service: ({ quick = false, seed }) => benchService({ isQuick: quick, seed }),
  migrate: benchMigrate,
};

const program = new Command("bench")
  .description(
    "Measures the service and the migration tool against the alternatives, by turns, on this machine",
  )
  .argument("[part]", "service or migrate; both where it is left out", parsePart)
  .option("--quick", "what CI runs: under a minute for the service")
  .option(
    "--publish",
    "copies the pictures to test/labs/bench/results and writes the tables into its README.md",
  )
  .option("--seed <number>", "for the order of turns and for the intervals", parseSeed, 20_261_101)
  .action(async (part: string | undefined, flags: Flags) => {
    const chosen = Object.entries(parts).filter(([name]) => part === undefined || name === part);
    for (const [, bench] of chosen) {
      if (!(await bench(flags))) process.exitCode = 1;
    }
    if (flags.publish === true) publish();
  });
await program.parseAsync();

/** A process of its own, as `npm run bench:migrate` is. */
async function benchMigrate({ quick = false, seed }: Flags): Promise<boolean> {
  const script = join(import.meta.dirname, "migrate/main.ts");
  const given = [...(quick ? ["--quick"] : []), "--seed", String(seed)];
  const child = spawn(process.execPath, [script, ...given], { stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  return code === 0;
}

function parsePart(text: string): string {
  if (Object.hasOwn(parts, text)) return text;
  throw new InvalidArgumentError(`expected ${Object.keys(parts).join(" or ")}`);
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new InvalidArgumentError("expected a whole number");
}
