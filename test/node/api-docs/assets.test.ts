// The static files: complete, written only where they changed, and nothing in them loads anything from elsewhere.
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type Assets, writeAssets } from "../../../src/api-docs/assets.ts";

let project: string;
let made: Assets;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "eaves-assets-"));
  made = await writeAssets(project);
});

afterAll(() => rm(project, { recursive: true, force: true }));

const read = (name: string): Promise<string> => readFile(join(project, ".assets", name), "utf8");

describe("writeAssets", () => {
  it("writes the document, the page with all that it loads, and the headers", async () => {
    expect(await read("openapi.json")).toBe(made.document);
    const page = await read("docs/index.html");
    const loaded = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address = ""]) => address);
    expect(loaded).toContain("/docs/swagger-ui-bundle.js");
    for (const address of loaded)
      expect((await stat(join(project, ".assets", address))).size).toBeGreaterThan(0);
  });

  it("has no inline script, style or handler, which its policy would forbid", async () => {
    const page = await read("docs/index.html");
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:/i);
    expect(await read("_headers")).toMatch(/Content-Security-Policy: default-src 'none'; script-src 'self';/);
    expect(await read("_headers")).not.toMatch(/unsafe|\*\./);
  });

  it("has styles that load nothing but what is in them", async () => {
    for (const name of ["docs/swagger-ui.css", "docs/viewer.css"]) {
      const addresses = [...(await read(name)).matchAll(/url\(["']?([^"')]{0,40})|@import/g)];
      expect(
        addresses.map(([, address]) => address).filter((address) => address?.startsWith("data:") !== true),
      ).toEqual([]);
    }
  });

  it("leaves what has not changed alone, and removes what is no longer made", async () => {
    const file = join(project, ".assets/docs/index.html");
    const before = await stat(file);
    await writeFile(join(project, ".assets/docs/old.js"), "");
    await writeFile(join(project, ".assets/openapi.json"), "{}");
    await writeAssets(project);
    expect((await stat(file)).mtimeMs).toBe(before.mtimeMs);
    expect(await read("openapi.json")).toBe(made.document);
    const names = await readdir(join(project, ".assets"), { recursive: true });
    expect(names).not.toContain("docs/old.js");
    expect(names.filter((name) => name.split("/").at(-1)?.startsWith("."))).toEqual([]);
  });
});
