import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { getTableName } from "drizzle-orm";
import { describe, expect, it } from "vitest";

import { parseTag } from "../../../../src/migrate/history/revision.ts";
import {
  addEntry,
  emptyJournal,
  parseJournal,
  renderJournal,
} from "../../../../src/migrate/folder/journal.ts";
import { readScriptDirectory } from "../../../../src/migrate/folder/script-directory.ts";
import * as schema from "../../../../src/schema/index.ts";
import { makeFolder } from "./folder.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const tables = Object.values(schema)
  .map((table) => getTableName(table))
  .toSorted();

/** Runs drizzle-kit on the project's schema, into a folder of the test's own, and gives the journal it wrote. */
async function generate(folder: string, dialect: string, ...options: readonly string[]): Promise<string> {
  const bin = join(root, "node_modules/drizzle-kit/bin.cjs");
  const places = ["--schema=src/schema/index.ts", `--out=${relative(root, folder)}`, `--dialect=${dialect}`];
  await promisify(execFile)(process.execPath, [bin, "generate", ...places, ...options], { cwd: root });
  return readFile(join(folder, "meta/_journal.json"), "utf8");
}

describe.each(["sqlite", "turso"] as const)("renderJournal, dialect %s", (dialect) => {
  it("writes byte for byte what drizzle-kit writes", async () => {
    const folder = await makeFolder();
    const first = await generate(folder, dialect, "--name=create");
    const second = await generate(folder, dialect, "--custom", "--name=more data");
    const theirs = parseJournal(second, "journal");
    expect(renderJournal(theirs)).toBe(second);
    const ours = theirs.entries.reduce(
      (journal, entry) => addEntry(journal, entry),
      emptyJournal(theirs.dialect),
    );
    expect(renderJournal(ours)).toBe(second);
    const [, added] = theirs.entries;
    if (added === undefined) throw new TypeError("drizzle-kit added no entry");
    expect(renderJournal(addEntry(parseJournal(first, "journal"), added))).toBe(second);
    const { history, models } = await readScriptDirectory(folder);
    expect(history.revisions.map(({ tag }) => [tag, models(tag)?.tables.map(({ name }) => name)])).toEqual([
      ["0000_create", tables],
      ["0001_more data", tables],
    ]);
  });
});

describe("addEntry", () => {
  it("numbers entries, and keeps each newer than the one before", () => {
    const entry = { version: "6", when: 1000, tag: parseTag("0000_a"), breakpoints: true };
    const journal = addEntry(addEntry(emptyJournal("sqlite"), entry), { ...entry, tag: parseTag("0001_b") });
    expect(journal.entries.map(({ idx, when }) => [idx, when])).toEqual([
      [0, 1000],
      [1, 1001],
    ]);
  });
});
