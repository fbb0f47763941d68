#!/usr/bin/env node
// The entry of the command line: hands the process to the cli and sets its exit code.
// From its source it is `npm run db` of this project; built, the command of a package in somebody else's.
import { existsSync } from "node:fs";
import nodeModule from "node:module";
import { join } from "node:path";

const isPackage = import.meta.filename.endsWith(".js");
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`Node ${process.version} was found, and Node >= 22.18 is needed: see https://nodejs.org`);
  process.exit(1);
}

// What one run compiles, the next finds done: half of what a start costs. If it cannot be kept, nothing is lost.
const cache = isPackage ? "../../.cache/node" : "../../node_modules/.cache/node";
nodeModule.enableCompileCache(join(import.meta.dirname, cache));

// That Node's SQLite and its reading of TypeScript are young helps nobody who runs a migration.
const showWarnings = process.listeners("warning");
process.removeAllListeners("warning");
process.on("warning", (warning) => {
  const isNoise =
    warning.name === "ExperimentalWarning" || Reflect.get(warning, "code") === "MODULE_TYPELESS_PACKAGE_JSON";
  if (!isNoise) for (const show of showWarnings) show(warning);
});

// drizzle-kit reads this file before the configuration, which may name its database by it.
const environmentFile = join(process.cwd(), ".env");
if (isPackage && existsSync(environmentFile)) process.loadEnvFile(environmentFile);

const { run } = await import("./cli/run.ts");

process.exitCode = await run({
  given: process.argv.slice(2),
  program: isPackage ? "eaves-migrate" : "db",
  hasLocalServer: !isPackage,
  projectFolder: process.cwd(),
  nodePath: process.execPath,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  variables: process.env,
});
