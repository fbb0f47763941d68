// `npm run soak`: load through faults, and whether everything that is promised held. Ends with 1 where something did not.
// `-- --seconds N` for the whole run (600), `--seed S` to repeat one, `--planted NAME` to see a fault of the Worker noticed.
import { randomInt } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";

import { renderReport } from "./render.ts";
import { aroundMs, soak } from "./run.ts";
import { plantedFaults } from "./worker/planted.ts";

const leastSeconds = 10;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "600" },
    seed: { type: "string", default: String(randomInt(1_000_000)) },
    planted: { type: "string" },
  },
});
const seconds = Number(values.seconds);
const seed = Number(values.seed);
const planted = plantedFaults.find((name) => name === values.planted);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

// The servers end with this process, if it ends in order.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

const fault = findFault();
if (fault === undefined) {
  print(`Soak for ${seconds} s with the seed ${seed}`);
  const report = await soak({
    seed,
    loadMs: seconds * 1_000 - aroundMs,
    ...(planted === undefined ? {} : { planted }),
  });
  print(renderReport(report));
  const folder = join(import.meta.dirname, "../../../dist");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "soak.json"), `${JSON.stringify(report, undefined, 2)}\n`);
  print("As JSON: dist/soak.json");
  if (report.verdicts.some(({ broken }) => broken > 0)) process.exitCode = 1;
} else {
  process.stderr.write(`${fault}\n`);
  process.exitCode = 2;
}

function findFault(): string | undefined {
  if (!Number.isInteger(seconds) || seconds < leastSeconds) {
    return `--seconds is "${values.seconds}": expected a whole number from ${leastSeconds} on`;
  }
  if (!Number.isSafeInteger(seed) || seed < 0) return `--seed is "${values.seed}": expected a whole number`;
  if (values.planted !== undefined && planted === undefined) {
    return `--planted is "${values.planted}": expected one of ${plantedFaults.join(", ")}`;
  }
  return undefined;
}
