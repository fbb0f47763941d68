// Runs once around all tests: makes the static files, starts the control server and tells the tests where it is.
import { join } from "node:path";

import type { TestProject } from "vitest/node";

import { writeAssets } from "../../src/api-docs/assets.ts";
import { startControlServer } from "./control-server.ts";

/** Vitest's hook; what it returns runs after the last test. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  hideBrokenConnections();
  const { document } = await writeAssets(join(import.meta.dirname, "../.."));
  const control = await startControlServer();
  // Where the run ends by itself, Node 26.10 now and then never finishes tearing down what it holds (seen with all
  // tests passed and reported). Ending the process outright leaves that out, with the same exit code.
  process.once("beforeExit", () => process.exit());
  project.provide("controlUrl", control.url);
  project.provide("openapi", document);
  return () => control.close();
}

const brokenConnection = /^(?:uncaught )?exception\b.*(?:disconnected|connection lost)|^stack: \S*workerd/i;

/** workerd reports each connection that a test breaks on purpose, and the plugin prints that. */
function hideBrokenConnections(): void {
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    const writeOthers = (text: string | Uint8Array, ...rest: []): boolean =>
      (typeof text === "string" && brokenConnection.test(text)) || write(text, ...rest);
    stream.write = writeOthers;
  }
}
