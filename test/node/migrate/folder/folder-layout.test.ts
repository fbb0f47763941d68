import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { recordOf } from "../../../../src/migrate/history/record.ts";
import { readScriptDirectory } from "../../../../src/migrate/folder/script-directory.ts";
import { makeFolder } from "./folder.ts";

const drizzle1 = createRequire(join(import.meta.dirname, "../../../labs/drizzle-1/package.json"));

const [a, b, c] = ["20260101000000_a", "20260101000001_b", "20260101000001_c"] as const;
const three = {
  [`${c}/migration.sql`]: "SELECT 3;",
  [`${a}/migration.sql`]: "CREATE TABLE a (id integer);\r\n--> statement-breakpoint\r\nSELECT 'é';",
  [`${a}/down.sql`]: "DROP TABLE a;",
  [`${b}/migration.sql`]: "SELECT 2;",
};

function snapshot(id: string, prevIds: readonly string[]): string {
  return JSON.stringify({ version: "7", dialect: "sqlite", id, prevIds, ddl: [], renames: [] });
}

describe("readScriptDirectory of folders", () => {
  it("reads revisions with both scripts, in the order of their names", async () => {
    const folder = await makeFolder({ ...three, "notes/x.txt": "", ".eaves-x/0": "", "README.md": "" });
    const { layout, history, strays } = await readScriptDirectory(folder, { relativeTo: folder });
    expect(layout).toBe("folders");
    expect(history.revisions.map(({ tag, index }) => [tag, index])).toEqual([
      [a, 0],
      [b, 1],
      [c, 2],
    ]);
    expect(history.revisions[0]).toMatchObject({
      up: { file: `${a}/migration.sql`, statements: [{ line: 1 }, { line: 3 }] },
      down: { kind: "script", script: { file: `${a}/down.sql` } },
    });
    expect(history.revisions[1]?.down).toMatchObject({
      kind: "irreversible",
      reason: expect.stringContaining(`${b}/down.sql`),
    });
    expect(strays).toEqual([]);
  });

  it("records the hashes, times and names that drizzle 1.0 records", async () => {
    const folder = await makeFolder(three);
    const { readMigrationFiles } = drizzle1("drizzle-orm/migrator");
    const theirs: readonly { hash: string; folderMillis: number; name: string }[] = readMigrationFiles({
      migrationsFolder: folder,
    });
    const { history } = await readScriptDirectory(folder);
    expect(history.revisions.map((revision) => recordOf(revision))).toEqual(
      theirs.map(({ hash, folderMillis: when, name }) => ({ hash, when, name })),
    );
  });

  it("says where a downgrade script belongs that drizzle-kit up has left behind", async () => {
    const folder = await makeFolder({ ...three, "0000_a.down.sql": "", "0007_lost.down.sql": "" });
    const { strays } = await readScriptDirectory(folder, { relativeTo: folder });
    expect(strays).toEqual([
      { file: "0000_a.down.sql", advice: expect.stringContaining(`move it to ${a}/down.sql`) },
      { file: "0007_lost.down.sql", advice: expect.stringContaining("no folder is named like it") },
    ]);
  });

  it("has no model of a snapshot that knows nothing of another branch, until one joins them", async () => {
    const folder = await makeFolder({
      ...three,
      [`${a}/snapshot.json`]: snapshot("1", ["0"]),
      [`${b}/snapshot.json`]: snapshot("2", ["1"]),
      [`${c}/snapshot.json`]: snapshot("3", ["1"]),
      "20260101000002_d/migration.sql": "SELECT 4;",
      "20260101000002_d/snapshot.json": snapshot("4", ["3", "2"]),
    });
    const { history, models, snapshots } = await readScriptDirectory(folder);
    const known = history.revisions.map(({ tag }) => [snapshots(tag)?.id, models(tag) !== undefined]);
    expect(known).toEqual([
      ["1", true],
      ["2", true],
      ["3", false],
      ["4", true],
    ]);
  });
});
