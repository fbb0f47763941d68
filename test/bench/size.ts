// Prints what the Worker costs: its weight, and the round trips to the database of each request: `npm run size`.
// Ends with 1 where either is more than allowed.
import { access } from "../../src/worker/access.ts";
import { bundleWorker } from "../support/bundle.ts";
import { type Cost, countRoundTrips } from "./round-trips.ts";

const limitBytes = 65_000;
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
const width = Math.max(...costs.map(({ route }) => route.length));
print(`${"request".padEnd(width)}  status  round trips  allowed`);
for (const cost of costs) {
  const numbers = [
    String(cost.answered).padEnd(6),
    String(cost.roundTrips).padStart(11),
    String(cost.allowed).padStart(7),
  ];
  const verdict = isWithinBudget(cost) ? [] : ["too much, or not the answer expected"];
  print([cost.route.padEnd(width), ...numbers, ...verdict].join("  "));
}
const uncounted = Object.keys(access).filter((known) => costs.every(({ route }) => route !== known));
for (const route of uncounted) print(`${route} is not counted: add it to test/bench/round-trips.ts`);
if (gzipBytes > limitBytes || uncounted.length > 0 || !costs.every(isWithinBudget)) process.exitCode = 1;
