// Reads the results of vitest's JSON reporter, one file for each run.
//   counts.mjs FILE ...                    prints their sum as one line; ends with 1 if a run is missing, ran no test, or
//                                          failed in any way, a file that did not load included
//   counts.mjs --failed-files FILE         prints the test files that failed
//   counts.mjs --passed-again FILE AGAIN   FILE becomes the run without what failed in it and passed in AGAIN
import { readFileSync, writeFileSync } from "node:fs";

const words = process.argv.slice(2);
if (words[0] === "--failed-files") printFailedFiles(words[1]);
else if (words[0] === "--passed-again") mergeAgain(words[1], words[2]);
else printSum(words);

function printSum(files) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  let sound = files.length > 0;
  const unsteady = [];
  for (const file of files) {
    const run = readCounts(file);
    total.passed += run.passed;
    total.failed += run.failed;
    total.skipped += run.skipped;
    unsteady.push(...run.unsteady);
    if (run.passed === 0 || run.failed > 0 || !run.success) sound = false;
  }
  for (const name of unsteady) console.log(`failed beside other tests, passed alone: ${name}`);
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  process.exitCode = sound ? 0 : 1;
}

function readCounts(file) {
  try {
    const run = readRun(file);
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
      unsteady: run.unsteady ?? [],
    };
  } catch (error) {
    console.log(`No results of a run: ${String(error)}`);
    return { passed: 0, failed: 1, skipped: 0, success: false, unsteady: [] };
  }
}

function printFailedFiles(file) {
  for (const { name, status } of readRun(file).testResults) {
    if (status === "failed") console.log(name);
  }
}

/** Takes the files of the second run, which are the failed ones of the first, in place of these. */
function mergeAgain(file, againFile) {
  const [run, again] = [readRun(file), readRun(againFile)];
  const names = new Set(again.testResults.map(({ name }) => name));
  const unsteady = run.testResults
    .filter(({ name }) => names.has(name))
    .flatMap(({ name, assertionResults }) =>
      assertionResults
        .filter(({ status }) => status === "failed")
        .map(({ fullName }) => `${name}: ${fullName}`),
    );
  const testResults = [...run.testResults.filter(({ name }) => !names.has(name)), ...again.testResults];
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const count = (status) => tests.filter((test) => test.status === status).length;
  const merged = {
    testResults,
    unsteady,
    numPassedTests: count("passed"),
    numFailedTests: count("failed"),
    numPendingTests: count("skipped") + count("pending"),
    numTodoTests: count("todo"),
    success: again.success && testResults.every(({ status }) => status === "passed"),
  };
  writeFileSync(file, JSON.stringify(merged));
}

function readRun(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}
