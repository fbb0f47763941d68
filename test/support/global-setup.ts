// Runs once around all tests: makes the static files, starts the control server and tells the tests where it is.
import { join } from "node:path";

import type { TestProject } from "vitest/node";

import { writeAssets } from "../../src/api-docs/assets.ts";
import { startControlServer } from "./control-server.ts";

/** Vitest's hook; what it returns runs after the last test. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { document } = await writeAssets(join(import.meta.dirname, "../.."));
  const control = await startControlServer();
  // Where the run ends by itself, Node 26.10 now and then never finishes tearing down what it holds (seen with all
  // tests passed and reported). Ending the process outright leaves that out, with the same exit code.
  process.once("beforeExit", () => process.exit());
  project.provide("controlUrl", control.url);
  project.provide("openapi", document);
  return () => control.close();
}
