// The files that the benchmark of the migration tools leaves: a page for people, and every number.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { listMissed, renderMarkdown, type Report } from "./report.ts";

/** Writes `migrate.md` and `migrate.json` into a folder, which is made where it is missing. */
export async function writeReport(folder: string, report: Report): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "migrate.md"), renderMarkdown(report));
  const numbers = { ...report, missed: listMissed(report.rows) };
  await writeFile(join(folder, "migrate.json"), `${JSON.stringify(numbers, undefined, 2)}\n`);
}
