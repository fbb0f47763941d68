// Follows the walk in src/README.md to its end, in a copy of the project.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askWorker, readExchanges } from "../support/exchanges.ts";
import { copyProject, type ProjectCopy } from "../support/project-copy.ts";
import { isLong } from "../support/tier.ts";
import { applyDiff, applyStep, readWalk } from "../support/walk.ts";

const root = join(import.meta.dirname, "../..");
let copy: ProjectCopy;
let folder: string;
let readme: string;

beforeAll(async () => {
  readme = await readFile(join(root, "src/README.md"), "utf8");
  copy = await copyProject(root);
  folder = copy.folder;
});

afterAll(() => copy[Symbol.asyncDispose]());

describe("the walk in src/README.md", () => {
  it("costs at most 6 files, 2 of them edits, and 90 lines without the test", () => {
    const files = readWalk(readme, "Add a resource").flatMap((step) => ("path" in step ? [step] : []));
    const written = files.filter(({ path }) => !path.startsWith("test/"));
    const lines = written.flatMap(({ kind, text }) =>
      text.split("\n").filter((line) => (kind === "diff" ? line.startsWith("+") : line.trim() !== "")),
    );
    expect(files.length).toBeLessThanOrEqual(6);
    expect(files.filter(({ kind }) => kind === "diff").length).toBeLessThanOrEqual(2);
    expect(lines.length).toBeGreaterThan(40);
    expect(lines.length).toBeLessThanOrEqual(90);
  });

  // A whole project is made, migrated, typed and served, which takes half a minute.
  it.runIf(isLong())("leads to a table and routes that work", async () => {
    const steps = readWalk(readme, "Add a resource");
    for (const kind of ["ts", "diff", "sh", "console"])
      expect(steps.map((step) => step.kind)).toContain(kind);
    for (const step of steps) await applyStep(folder, step);
    const exchanges = steps.flatMap((step) => (step.kind === "console" ? readExchanges(step.text) : []));
    const answers = await askWorker(folder, join(folder, ".eaves"), exchanges);
    expect(answers).toEqual(exchanges.map(({ answer }) => answer));
  });
});

describe("applyDiff", () => {
  it("changes what it shows", () => {
    expect(applyDiff("a\nb\nc\nd\n", " a\n-b\n+B\n@@\n c\n+x\n")).toBe("a\nB\nc\nx\nd\n");
  });

  it.each([
    ["is not there", "x\n"],
    ["is there twice", "a\nb\na\nb\n"],
  ])("refuses what %s", (_, text) => {
    expect(() => applyDiff(text, " a\n+c\n b\n")).toThrow("instead of once");
  });
});
