// The build step of the static files as dev and deploy run it, with steps of our own in its place.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeAssets } from "../../../src/dev/service/api-assets.ts";
import { makeStateFolder } from "./npm-run.ts";

/** A project whose build step is this program. */
async function makeProject(step: string) {
  const home = await makeStateFolder();
  await mkdir(join(home.path, "src/api-docs"), { recursive: true });
  await writeFile(join(home.path, "src/api-docs/main.ts"), step);
  return home;
}

const never = new AbortController().signal;

describe("makeAssets", () => {
  it("runs the step in the project's folder, and gives its warnings alone", async () => {
    await using project = await makeProject(
      `import { mkdirSync } from "node:fs";\nmkdirSync(".assets" satisfies string);\nconsole.log("made");\nconsole.error("warning: no words");\n`,
    );
    expect(await makeAssets(project.path, never)).toEqual(["warning: no words"]);
    await expect(mkdir(join(project.path, ".assets"))).rejects.toMatchObject({ code: "EEXIST" });
  });

  it("shows what the step printed where it fails", async () => {
    await using project = await makeProject(
      `console.error("GET /x has no operation");\nprocess.exitCode = 1;\n`,
    );
    await expect(makeAssets(project.path, never)).rejects.toMatchObject({
      code: "ASSETS_NOT_MADE",
      message: "The description of the API could not be made (exit code 1):\nGET /x has no operation",
    });
  });

  it("ends the step when it is not wanted any more", async () => {
    await using project = await makeProject("setInterval(() => undefined, 1000);\n");
    const ended = new AbortController();
    const made = makeAssets(project.path, ended.signal);
    ended.abort();
    await expect(made).rejects.toMatchObject({ code: "ASSETS_NOT_MADE" });
  });
});
