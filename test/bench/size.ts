// Prints what the Worker weighs: `npm run size`.
import { bundleWorker } from "../support/bundle.ts";

const { bytes, gzipBytes, runtimeModules } = await bundleWorker();
const kilobytes = (count: number): string => `${(count / 1000).toFixed(1)} kB`;
process.stdout.write(
  `Worker bundle: ${kilobytes(bytes)}, compressed ${kilobytes(gzipBytes)} (limit 60.0 kB); ` +
    `runtime modules: ${runtimeModules.join(", ") || "none"}\n`,
);
if (gzipBytes > 60_000) process.exitCode = 1;
