// The entry of the command line: hands the process to the cli and sets its exit code.
import { enableCompileCache } from "node:module";
import { join } from "node:path";

// What one run compiles, the next finds done: half of what a start costs. Where it cannot be kept, nothing is lost.
enableCompileCache(join(import.meta.dirname, "../../node_modules/.cache/node"));
const { run } = await import("./cli/run.ts");

process.exitCode = await run({
  given: process.argv.slice(2),
  projectFolder: process.cwd(),
  nodePath: process.execPath,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  variables: process.env,
});
