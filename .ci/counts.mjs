// Adds up the results of vitest's JSON reporter, one file a run, and prints them as one line.
// Ends with 1 if a run is missing, ran no test, or failed in any way, a file that did not load included.
import { readFileSync } from "node:fs";

const total = { passed: 0, failed: 0, skipped: 0 };
let sound = process.argv.length > 2;

for (const file of process.argv.slice(2)) {
  const run = readRun(file);
  total.passed += run.passed;
  total.failed += run.failed;
  total.skipped += run.skipped;
  if (run.passed === 0 || run.failed > 0 || !run.success) sound = false;
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = sound ? 0 : 1;

function readRun(file) {
  try {
    const run = JSON.parse(readFileSync(file, "utf8"));
    // A file that fails before its first test has no test to count: it counts as one.
    const unloaded = run.testResults.filter(
      ({ status, assertionResults }) =>
        status === "failed" && !assertionResults.some((test) => test.status === "failed"),
    );
    return {
      passed: run.numPassedTests,
      failed: run.numFailedTests + unloaded.length,
      skipped: run.numPendingTests + run.numTodoTests,
      success: run.success,
    };
  } catch (error) {
    console.log(`No results of a run: ${String(error)}`);
    return { passed: 0, failed: 1, skipped: 0, success: false };
  }
}
