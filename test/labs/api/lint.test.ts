// What the linter of Redocly finds in the document: nothing. It runs offline, and sends nothing home.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { describe, expect, it } from "vitest";

import { buildDocument } from "../../../src/api-docs/document.ts";

const program = join(
  dirname(createRequire(import.meta.url).resolve("@redocly/cli/package.json")),
  "bin/cli.js",
);

/** The rules that the document breaks, warnings included. */
async function lint(document: unknown): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "eaves-lint-"));
  try {
    await writeFile(join(folder, "openapi.json"), JSON.stringify(document));
    // /health and /ready refuse nobody, so that they have no 4xx.
    const rules = ["--format=json", "--skip-rule=operation-4xx-response"];
    const output = await run([program, "lint", "openapi.json", ...rules], folder);
    const { problems } = JSON.parse(output) as { problems: readonly { ruleId: string }[] };
    return problems.map(({ ruleId }) => ruleId);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What it prints; a document with errors makes it end with 1. */
function run(args: readonly string[], cwd: string): Promise<string> {
  const env = { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_NOTIFICATIONS: "true", CI: "1" };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (stdout.trim() === "") reject(error ?? new Error(`The linter said nothing:\n${stderr}`));
      else resolve(stdout);
    });
  });
}

describe("redocly lint", () => {
  it("finds nothing in the document", async () => {
    expect(await lint(await buildDocument())).toEqual([]);
  });

  it("notices what is broken", async () => {
    const document = await buildDocument();
    const { schemas: _, ...components } = document.components ?? {};
    expect(await lint({ ...document, components })).toContain("no-unresolved-refs");
    const { info: __, ...nameless } = document;
    expect(await lint(nameless)).toContain("struct");
  });
});
