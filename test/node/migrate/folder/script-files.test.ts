import { chmod, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { parseTag } from "../../../../src/migrate/history/revision.ts";
import { changeFiles } from "../../../../src/migrate/folder/file-changes.ts";
import { readScriptDirectory } from "../../../../src/migrate/folder/script-directory.ts";
import {
  type RevisionFiles,
  writeDowngrades,
  writeRevision,
} from "../../../../src/migrate/folder/script-files.ts";
import { entry, journal } from "../../../fixtures/bad-histories.ts";
import { makeFolder, readFolder } from "./folder.ts";

const one = { "0000_a.sql": "SELECT 1;", "meta/_journal.json": journal([entry(0, "0000_a")]) };

function revision(tag: string, changes: Partial<RevisionFiles> = {}): RevisionFiles {
  const added = { version: "6", when: 5000, tag: parseTag(tag), breakpoints: true };
  return { entry: added, snapshot: "{}", up: "SELECT 2;", down: "SELECT 3;", ...changes };
}

describe("writeRevision", () => {
  it("adds all files and the journal's entry", async () => {
    const folder = await makeFolder(one);
    const written = await writeRevision(folder, revision("0001_b"), "sqlite");
    expect(written).toEqual({
      entry: { idx: 1, version: "6", when: 5000, tag: "0001_b", breakpoints: true },
      files: ["0001_b.sql", "0001_b.down.sql", "meta/0001_snapshot.json"],
    });
    expect(await readFolder(folder)).toEqual({
      ...one,
      "meta/": "",
      "0001_b.sql": "SELECT 2;",
      "0001_b.down.sql": "SELECT 3;",
      "meta/0001_snapshot.json": "{}",
      "meta/_journal.json": journal([entry(0, "0000_a"), entry(1, "0001_b", 5000)]),
    });
    expect((await readScriptDirectory(folder)).history.head?.tag).toBe("0001_b");
  });

  it("makes the folder for a first revision", async () => {
    const folder = join(await makeFolder(), "drizzle");
    await writeRevision(folder, revision("0000_a", { down: undefined }), "turso");
    const { history, dialect } = await readScriptDirectory(folder);
    expect([dialect, history.head?.tag, history.head?.down.kind]).toEqual([
      "turso",
      "0000_a",
      "irreversible",
    ]);
  });

  it("makes a revision newer than the last where the clock went backwards", async () => {
    const folder = await makeFolder(one);
    const early = revision("0001_b");
    const { entry: added } = await writeRevision(
      folder,
      { ...early, entry: { ...early.entry, when: 3 } },
      "sqlite",
    );
    expect(added.when).toBe(1001);
    expect((await readScriptDirectory(folder)).history.revisions).toHaveLength(2);
  });

  it("writes LF ends whatever it is given", async () => {
    const folder = await makeFolder(one);
    await writeRevision(folder, revision("0001_b", { up: "A;\r\nB;\r\n" }), "sqlite");
    expect(await readFile(join(folder, "0001_b.sql"), "utf8")).toBe("A;\nB;\n");
  });

  it("keeps what else the journal says", async () => {
    const text = journal([{ ...entry(0, "0000_a"), note: "x" }], { more: 1 });
    const folder = await makeFolder({ ...one, "meta/_journal.json": text });
    await writeRevision(folder, revision("0001_b"), "sqlite");
    expect(JSON.parse(await readFile(join(folder, "meta/_journal.json"), "utf8"))).toMatchObject({
      more: 1,
      entries: [{ note: "x" }, { tag: "0001_b" }],
    });
  });

  it.each(["0001_b.sql", "0001_b.down.sql", "meta/0001_snapshot.json"])(
    "refuses to write over %s, and changes nothing",
    async (name) => {
      const folder = await makeFolder({ ...one, [name]: "mine" });
      const before = await readFolder(folder);
      await expect(writeRevision(folder, revision("0001_b"), "sqlite")).rejects.toMatchObject({
        code: "REVISION_DUPLICATE",
        place: { file: join(folder, name) },
      });
      expect(await readFolder(folder)).toEqual(before);
    },
  );

  it("leaves no folder behind when a first revision cannot be written", async () => {
    const folder = await makeFolder();
    const bad = {
      ...revision("0000_a"),
      entry: { ...revision("0000_a").entry, tag: parseTag("x".repeat(300)) },
    };
    await expect(writeRevision(join(folder, "a", "drizzle"), bad, "sqlite")).rejects.toThrow();
    expect(await readFolder(folder)).toEqual({});
  });
});

describe("writeRevision in the layout with folders", () => {
  const tag = parseTag("20260102000000_b");
  const added = { version: "7", when: Date.UTC(2026, 0, 2), tag, breakpoints: true };
  const next: RevisionFiles = { layout: "folders", entry: added, snapshot: "{}", up: "B;\r\n", down: "C;" };

  it("writes one folder for it, and nothing beside it", async () => {
    const before = { "20260101000000_a/migration.sql": "SELECT 1;" };
    const folder = await makeFolder(before);
    const files = [`${tag}/migration.sql`, `${tag}/down.sql`, `${tag}/snapshot.json`];
    expect(await writeRevision(folder, next, "sqlite")).toMatchObject({ entry: { tag }, files });
    expect(await readFolder(folder)).toEqual({
      ...before,
      "20260101000000_a/": "",
      [`${tag}/`]: "",
      [`${tag}/migration.sql`]: "B;\n",
      [`${tag}/down.sql`]: "C;",
      [`${tag}/snapshot.json`]: "{}",
    });
  });

  it("refuses a folder that is there, and leaves nothing behind", async () => {
    const folder = await makeFolder({ [`${tag}/mine.txt`]: "x" });
    await expect(writeRevision(folder, next, "sqlite")).rejects.toMatchObject({ code: "REVISION_DUPLICATE" });
    expect(await readFolder(folder)).toEqual({ [`${tag}/`]: "", [`${tag}/mine.txt`]: "x" });
    const missing = join(folder, "drizzle");
    const bad = { ...next, entry: { ...added, tag: parseTag("x".repeat(300)) } };
    await expect(writeRevision(missing, bad, "sqlite")).rejects.toThrow();
    expect(Object.keys(await readFolder(folder))).toHaveLength(2);
  });
});

describe("writeDowngrades", () => {
  it("writes new scripts, and others in place of old ones", async () => {
    const folder = await makeFolder({ ...one, "0000_a.down.sql": "old" });
    const files = await writeDowngrades(folder, [
      { tag: parseTag("0000_a"), text: "new" },
      { tag: parseTag("0001_b"), text: "first" },
    ]);
    expect(files).toEqual(["0000_a.down.sql", "0001_b.down.sql"]);
    expect(await readFolder(folder)).toMatchObject({ "0000_a.down.sql": "new", "0001_b.down.sql": "first" });
  });
});

describe("changeFiles", () => {
  const before = { "a.sql": "a", "b.sql": "b" };
  const changes = [
    { name: "a.sql", text: "A" },
    { name: "b.sql", text: undefined },
    { name: "c.sql", text: "C" },
  ];

  it("changes, removes and adds", async () => {
    const folder = await makeFolder(before);
    await changeFiles(folder, changes);
    expect(await readFolder(folder)).toEqual({ "a.sql": "A", "c.sql": "C" });
  });

  it("puts everything back when the last change fails", async () => {
    const folder = await makeFolder(before);
    // A folder in the place of a file: it can neither be read as one nor be replaced by one.
    await mkdir(join(folder, "last.sql"));
    await expect(changeFiles(folder, [...changes, { name: "last.sql", text: "x" }])).rejects.toThrow();
    expect(await readFolder(folder)).toEqual({ ...before, "last.sql/": "" });
  });

  it("puts everything back when a change fails after others were made", async () => {
    const folder = await makeFolder({ ...before, "meta/x": "x" });
    const missing = { name: "nowhere/d.sql", text: "D" };
    await expect(changeFiles(folder, [...changes, missing])).rejects.toMatchObject({ code: "ENOENT" });
    expect(await readFolder(folder)).toEqual({ ...before, "meta/": "", "meta/x": "x" });
  });

  it.skipIf(process.getuid?.() === 0)("changes nothing in a folder that cannot be written", async () => {
    const folder = await makeFolder(before);
    await chmod(folder, 0o555);
    await expect(changeFiles(folder, changes)).rejects.toMatchObject({ code: "EACCES" });
    await chmod(folder, 0o755);
    expect(await readFolder(folder)).toEqual(before);
  });
});
