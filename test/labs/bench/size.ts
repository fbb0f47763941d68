// Prints what the Worker weighs: `npm run size`. Ends with 1 if that is more than allowed.
import { bundleWorker } from "../../support/bundle.ts";

const limitBytes = 62_000;
const kilobytes = (count: number): string => `${(count / 1000).toFixed(1)} kB`;

const { bytes, gzipBytes, runtimeModules } = await bundleWorker();
process.stdout.write(
  `Worker bundle: ${kilobytes(bytes)}, compressed ${kilobytes(gzipBytes)} (limit ${kilobytes(limitBytes)}); ` +
    `runtime modules: ${runtimeModules.join(", ") || "none"}\n`,
);
if (gzipBytes > limitBytes) process.exitCode = 1;
