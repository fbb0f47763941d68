// Prints what the Worker weighs: `npm run size`. With `-- --most KILOBYTES` it ends with 1 if that is more.
import { parseArgs } from "node:util";
import { bundleWorker } from "../../support/bundle.ts";

const { most = "Infinity" } = parseArgs({ options: { most: { type: "string" } } }).values;
const kilobytes = (count: number): string => `${(count / 1000).toFixed(1)} kB`;

const { bytes, gzipBytes, runtimeModules } = await bundleWorker();
process.stdout.write(
  `Worker bundle: ${kilobytes(bytes)}, compressed ${kilobytes(gzipBytes)}; ` +
    `runtime modules: ${runtimeModules.join(", ") || "none"}\n`,
);
if (!(gzipBytes <= Number(most) * 1000)) process.exitCode = 1;
