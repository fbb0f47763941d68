// The lint rule that matters most here: a Drizzle query that nobody awaits never runs.
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");

const source = `import type { LibSQLDatabase } from "drizzle-orm/libsql";
import { integer, sqliteTable } from "drizzle-orm/sqlite-core";
const notes = sqliteTable("notes", { id: integer("id") });
export async function forgetful(db: LibSQLDatabase): Promise<void> {
  db.insert(notes).values({ id: 1 });
  db.delete(notes);
  db.run("DELETE FROM notes");
  await db.insert(notes).values({ id: 2 });
}
`;

describe("lint", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "eaves-lint-"));
    for (const name of [".oxlintrc.json", ".config"])
      cpSync(join(root, name), join(folder, name), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    const tsconfig = { extends: "./.config/tsconfig.base.json", include: ["*.ts"] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
    writeFileSync(join(folder, "forgetful.ts"), source);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("flags every Drizzle query that is not awaited, and no other", async () => {
    const output = await new Promise<string>((resolve) => {
      const oxlint = join(root, "node_modules/oxlint/bin/oxlint");
      const options = { cwd: folder };
      execFile(process.execPath, [oxlint, "--format", "unix", "forgetful.ts"], options, (_error, stdout) =>
        resolve(stdout),
      );
    });
    const floating = output.split("\n").filter((line) => line.includes("no-floating-promises"));
    expect(floating.map((line) => Number(line.split(":")[1]))).toEqual([5, 6, 7]);
  });
});
