// Runs once around all tests: starts the control server and tells the tests where it is.
import type { TestProject } from "vitest/node";

import { startControlServer } from "./control-server.ts";

/** Vitest's hook; what it returns runs after the last test. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const control = await startControlServer();
  project.provide("controlUrl", control.url);
  return () => control.close();
}
