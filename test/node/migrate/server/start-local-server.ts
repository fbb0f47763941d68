// A process of its own that starts the local server of a folder, says how that went, and waits to be ended.
// Started by local-server.test.ts; not a test.
import { startLocalServer } from "../../../../src/migrate/server/local-server.ts";
import { findFreePort } from "../../../../src/migrate/server/ports.ts";

const [stateFolder = ""] = process.argv.slice(2);
try {
  const server = await startLocalServer(stateFolder, { lifetime: "service", port: await findFreePort() });
  // Before the line is printed: whoever reads it may end us at once.
  process.once("SIGTERM", () => void server.stop().then(() => process.exit(0)));
  process.stdout.write(`started ${server.url}\n`);
} catch (error) {
  process.stdout.write(`${error instanceof Error && "code" in error ? String(error.code) : String(error)}\n`);
}
