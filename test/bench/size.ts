// Prints what the Worker costs: its weight, and the round trips to the database of each request: `npm run size`.
// Ends with 1 where either is more than allowed.
import { bundleWorker } from "../support/bundle.ts";
import { type Cost, countRoundTrips } from "./round-trips.ts";

const limitBytes = 60_000;
const kilobytes = (count: number): string => `${(count / 1000).toFixed(1)} kB`;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

function isWithinBudget({ roundTrips, allowed, answered, status }: Cost): boolean {
  return roundTrips <= allowed && answered === status;
}

const { bytes, gzipBytes, runtimeModules } = await bundleWorker();
print(
  `Worker bundle: ${kilobytes(bytes)}, compressed ${kilobytes(gzipBytes)} (limit ${kilobytes(limitBytes)}); ` +
    `runtime modules: ${runtimeModules.join(", ") || "none"}`,
);

const costs = await countRoundTrips();
print("");
print("request          status  round trips  allowed");
for (const cost of costs) {
  const request = `${cost.method} ${cost.path}`.padEnd(17);
  const numbers = `${cost.answered}  ${String(cost.roundTrips).padStart(15)}${String(cost.allowed).padStart(9)}`;
  print(request + numbers + (isWithinBudget(cost) ? "" : "  too much, or not the answer expected"));
}
if (gzipBytes > limitBytes || !costs.every(isWithinBudget)) process.exitCode = 1;
