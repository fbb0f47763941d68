// The closing line of a CI run: that it adds up, and that nothing that went wrong can look like a pass.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

const counts = join(import.meta.dirname, "../../../.ci/counts.mjs");

describe("counts", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "eaves-counts-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (passed: number, failed = 0, more: object = {}): object => ({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: 0,
    numTodoTests: 0,
    success: failed === 0,
    testResults: [],
    ...more,
  });
  const add = async (...runs: readonly object[]): Promise<{ last: string | undefined; code: number }> => {
    const files = runs.map((result, index) => {
      const file = join(folder, `${index}.json`);
      writeFileSync(file, JSON.stringify(result));
      return file;
    });
    return new Promise((resolve) => {
      const child = execFile(process.execPath, [counts, ...files], (_error, stdout) =>
        resolve({ last: stdout.trimEnd().split("\n").at(-1), code: child.exitCode ?? -1 }),
      );
    });
  };

  it("adds up two runs", async () => {
    const skipping = run(5, 0, { numPendingTests: 2, numTodoTests: 1 });
    expect(await add(run(3), skipping)).toEqual({ last: "8 passed, 0 failed, 3 skipped", code: 0 });
  });

  it.each([
    ["a test failed", run(3, 1), "6 passed, 1 failed, 0 skipped"],
    ["a run had no test", run(0), "3 passed, 0 failed, 0 skipped"],
    ["a run has no results", { broken: true }, "3 passed, 1 failed, 0 skipped"],
    ["vitest failed outside of a test", run(3, 0, { success: false }), "6 passed, 0 failed, 0 skipped"],
    [
      "a file did not load",
      run(3, 0, { success: false, testResults: [{ status: "failed", assertionResults: [] }] }),
      "6 passed, 1 failed, 0 skipped",
    ],
  ])("ends with 1 when %s", async (_what, second, last) => {
    expect(await add(run(3), second)).toEqual({ last, code: 1 });
  });

  /** A run of one file: its tests by name, and whether they passed. */
  const runOf = (name: string, tests: Readonly<Record<string, boolean>>): object => {
    const passed = Object.values(tests).filter(Boolean).length;
    const failed = Object.keys(tests).length - passed;
    const assertionResults = Object.entries(tests).map(([fullName, ok]) => ({
      fullName,
      status: ok ? "passed" : "failed",
    }));
    return run(passed, failed, {
      testResults: [{ name, status: failed > 0 ? "failed" : "passed", assertionResults }],
    });
  };
  const again = async (first: object, second: object): Promise<{ out: string; code: number }> => {
    const [file, secondFile] = [join(folder, "first.json"), join(folder, "second.json")];
    writeFileSync(file, JSON.stringify(first));
    writeFileSync(secondFile, JSON.stringify(second));
    await promisify(execFile)(process.execPath, [counts, "--passed-again", file, secondFile]);
    return new Promise((resolve) => {
      const child = execFile(process.execPath, [counts, file], (_error, out) =>
        resolve({ out, code: child.exitCode ?? -1 }),
      );
    });
  };

  it("names the files that failed", async () => {
    const file = join(folder, "failed.json");
    writeFileSync(file, JSON.stringify(runOf("a.test.ts", { one: false })));
    const { stdout } = await promisify(execFile)(process.execPath, [counts, "--failed-files", file]);
    expect(stdout).toBe("a.test.ts\n");
  });

  it("lists a test that failed beside others and passed alone", async () => {
    expect(
      await again(
        runOf("a.test.ts", { one: true, two: false }),
        runOf("a.test.ts", { one: true, two: true }),
      ),
    ).toEqual({
      out: "failed beside other tests, passed alone: a.test.ts: two\n2 passed, 0 failed, 0 skipped\n",
      code: 0,
    });
  });

  it.each([
    ["another file failed too", runOf("b.test.ts", { one: true })],
    ["it fails again", runOf("a.test.ts", { one: true, two: false })],
  ])("ends with 1 after a second run when %s", async (_what, second) => {
    const { code } = await again(runOf("a.test.ts", { one: true, two: false }), second);
    expect(code).toBe(1);
  });

  it("ends with 1 when there was no run", async () => {
    expect(await add()).toEqual({ last: "0 passed, 0 failed, 0 skipped", code: 1 });
  });
});
