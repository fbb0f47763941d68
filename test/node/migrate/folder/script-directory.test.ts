import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { describe, expect, it } from "vitest";

import { readScriptDirectory } from "../../../../src/migrate/folder/script-directory.ts";
import { badHistories, entry, journal } from "../../../fixtures/bad-histories.ts";
import { makeFolder } from "./folder.ts";

const two = {
  "0000_a.sql": "CREATE TABLE a (id integer);\n--> statement-breakpoint\nCREATE TABLE b (id integer);",
  "0000_a.down.sql": "-- eaves:class exact\nDROP TABLE b;\n--> statement-breakpoint\nDROP TABLE a;\n",
  "0001_b.sql": "-- Custom SQL migration file, put your code below! --",
  "meta/_journal.json": journal([entry(0, "0000_a"), entry(1, "0001_b")]),
};

function snapshot(id: string, prevId: string): string {
  return JSON.stringify({
    version: "6",
    dialect: "sqlite",
    id,
    prevId,
    tables: {},
    views: {},
    enums: {},
    _meta: {},
  });
}

describe("readScriptDirectory", () => {
  it("reads revisions with both scripts", async () => {
    const folder = await makeFolder(two);
    const { history, dialect, strays } = await readScriptDirectory(folder, {
      relativeTo: join(folder, ".."),
    });
    const [first, second] = history.revisions;
    expect(first).toMatchObject({
      tag: "0000_a",
      index: 0,
      when: 1000,
      up: { statements: [{ line: 1 }, { sql: "CREATE TABLE b (id integer)", line: 3 }] },
      down: {
        kind: "script",
        script: { statements: [{ sql: "DROP TABLE b", line: 2 }, { sql: "DROP TABLE a" }] },
      },
    });
    expect(first?.up.file).toBe(join(folder.split("/").at(-1) ?? "", "0000_a.sql"));
    expect(second).toMatchObject({ up: { statements: [] }, down: { kind: "irreversible" } });
    expect(history.head).toBe(second);
    expect({ dialect, strays }).toEqual({ dialect: "sqlite", strays: [] });
  });

  it("records the hashes and times that drizzle records", async () => {
    const folder = await makeFolder({
      ...two,
      "0001_b.sql": "SELECT 'é';\r\n--> statement-breakpoint\r\nSELECT 2;\r\n",
    });
    const { history } = await readScriptDirectory(folder);
    const ours = history.revisions.map(({ up, when }) => ({ hash: up.checksum, when }));
    const theirs = readMigrationFiles({ migrationsFolder: folder });
    expect(ours).toEqual(theirs.map(({ hash, folderMillis }) => ({ hash, when: folderMillis })));
  });

  it.each(["A;\nB;\n", "A;\r\nB;\r\n"])("accepts the hash of %j with LF and with CRLF ends", async (text) => {
    const folder = await makeFolder({
      "0000_a.sql": text,
      "meta/_journal.json": journal([entry(0, "0000_a")]),
    });
    const [revision] = (await readScriptDirectory(folder)).history.revisions;
    const hashes = ["A;\nB;\n", "A;\r\nB;\r\n"].map((form) =>
      createHash("sha256").update(form).digest("hex"),
    );
    expect([...(revision?.checksums ?? [])].toSorted()).toEqual(hashes.toSorted());
    expect(revision?.up.checksum).toBe(createHash("sha256").update(text).digest("hex"));
  });

  it.each(badHistories)("refuses $what with $code", async ({ files, code }) => {
    const folder = await makeFolder(files);
    await expect(readScriptDirectory(folder)).rejects.toMatchObject({ name: "MigrationError", code });
  });

  it("refuses a folder that does not exist, and says what to do", async () => {
    const folder = join(await makeFolder(), "nothing");
    await expect(readScriptDirectory(folder)).rejects.toMatchObject({
      code: "SCRIPT_DIRECTORY_MISSING",
      message: expect.stringContaining("--dir"),
    });
  });

  it("takes a missing folder for an empty one where a first revision is made, but no broken one", async () => {
    const folder = await makeFolder();
    const read = await readScriptDirectory(join(folder, "nothing"), { whenMissing: "turso" });
    expect(read).toMatchObject({ dialect: "turso", history: { revisions: [], head: undefined } });
    await mkdir(join(folder, "meta", "_journal.json"), { recursive: true });
    await expect(readScriptDirectory(folder, { whenMissing: "turso" })).rejects.toMatchObject({
      code: "SCRIPT_DIRECTORY_MISSING",
    });
  });

  it("reads scripts that must not be run: that is told when they are to be run", async () => {
    const folder = await makeFolder({ ...two, "0000_a.sql": "BEGIN;\nSELECT 1;\nCOMMIT;" });
    const [first] = (await readScriptDirectory(folder)).history.revisions;
    expect(first?.up.faults.map(({ line }) => line)).toEqual([1, 3]);
  });

  it("finds scripts that the journal does not know, and leaves other files alone", async () => {
    const others = {
      "0002_lost.sql": "",
      "0009_lost.down.sql": "",
      "seed.sql": "",
      "README.md": "",
      "0003_x.txt": "",
    };
    const folder = await makeFolder({ ...two, ...others });
    const { strays } = await readScriptDirectory(folder);
    expect(strays.map(({ file }) => file)).toEqual(
      ["0002_lost.sql", "0009_lost.down.sql"].map((name) => join(folder, name)),
    );
  });

  it("finds a revision's snapshot by its number, and says nothing where there is none", async () => {
    const folder = await makeFolder({ ...two, "meta/0001_snapshot.json": snapshot("b", "a") });
    const { history, snapshots, models } = await readScriptDirectory(folder);
    const [first, second] = history.revisions.map(({ tag }) => tag);
    if (first === undefined || second === undefined) throw new TypeError("two revisions were written");
    expect([snapshots(first), models(first)]).toEqual([undefined, undefined]);
    expect(snapshots(second)).toMatchObject({ id: "b", prevIds: ["a"] });
    expect(models(second)).toEqual({ tables: [], views: [] });
  });

  it("gives a snapshot to the last of the revisions that share its number, which wrote it", async () => {
    const folder = await makeFolder({
      "0000_a.sql": "SELECT 1;",
      "0000_b.sql": "SELECT 2;",
      "meta/_journal.json": journal([entry(0, "0000_a"), entry(1, "0000_b")]),
      "meta/0000_snapshot.json": snapshot("b", "a"),
    });
    const { history, snapshots } = await readScriptDirectory(folder);
    expect(history.revisions.map(({ tag }) => snapshots(tag)?.id)).toEqual([undefined, "b"]);
  });
});
