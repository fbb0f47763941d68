// `npm run db:diagram` as it is typed, and the picture that is checked in.
import { cp, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drawDiagram } from "../../../src/migrate/index.ts";
import { npmRunOver } from "./npm-run.ts";

const root = join(import.meta.dirname, "../../..");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "eaves-diagram-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const draw = (...args: readonly string[]) => npmRunOver("", ["db:diagram", ...args], {});

describe("npm run db:diagram", () => {
  it("draws what is in drizzle/: where this fails, run `npm run db:diagram` and commit the file", async () => {
    const target = join(folder, "schema");
    const { code, output } = await draw(target);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(/^wrote \S+schema\.md$/m);
    const drawn = await readFile(join(target, "schema.md"), "utf8");
    expect(drawn).toBe(await readFile(join(root, "drizzle/schema.md"), "utf8"));
  });

  it("draws what a revision changes, before and after", async () => {
    const target = join(folder, "change");
    expect((await draw(target, "--revision", "close_accounts")).code).toBe(0);
    const names = await readdir(target);
    expect(names).toEqual(["0001_keep_user_ids_and_close_accounts.md"]);
    const text = await readFile(join(target, "0001_keep_user_ids_and_close_accounts.md"), "utf8");
    expect(text).toContain("- `added users: disabled_at integer null`\n");
    const [, before, after] = text.split("erDiagram");
    expect(before).not.toContain("disabled_at");
    expect(after).toContain('integer disabled_at "added; null"');
  });

  it("draws a first revision, which has nothing before it", async () => {
    const target = join(folder, "first");
    expect((await draw(target, "--revision", "0")).code).toBe(0);
    const text = await readFile(join(target, "0000_create_users.md"), "utf8");
    expect(text).toContain("- `added table users`\n\n## Before\n\nNo table of this revision.\n\n## After\n");
  });

  it.each([
    [["--revision", "nothing_like_it"], /"nothing_like_it"[^]*0003_throttle_logins/],
    [["--revision", "base"], /"base" is no revision: make one, or name one that `history` lists/],
    [["a", "b"], /Found 2 arguments: expected npm run db:diagram -- \[FOLDER\] \[--revision REV\]/],
    [["--svg"], /expected npm run db:diagram/],
  ])("refuses %j with one line", async (args, said) => {
    const { code, output } = await draw(...args);
    expect(code).toBe(1);
    expect(output).toMatch(/^[^\n]+\n$/);
    expect(output).toMatch(said);
  });
});

describe("drawDiagram", () => {
  it("names a snapshot that is missing, and draws again once it is back", async () => {
    const revisions = join(folder, "drizzle");
    await cp(join(root, "drizzle"), revisions, { recursive: true });
    const context = { projectFolder: folder, folder: revisions };
    const snapshot = join("meta", "0003_snapshot.json");
    await rm(join(revisions, snapshot));
    const failure = drawDiagram(context);
    await expect(failure).rejects.toMatchObject({ code: "SNAPSHOT_INVALID" });
    await expect(failure).rejects.toThrow("0003_throttle_logins has no snapshot, so that");
    await cp(join(root, "drizzle", snapshot), join(revisions, snapshot));
    expect((await drawDiagram(context)).revision).toBe("0003_throttle_logins");
  });
});
