// The drizzle-kit that a project has installed, and what is different between 0.31 and 1.0: the place of the bookkeeping.
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { MigrationError } from "../errors.ts";
import { folderTime } from "../history/record.ts";
import type { Layout } from "../history/revision.ts";

/** drizzle-kit's script, and the layout that it writes. */
export interface InstalledKit {
  readonly script: string;
  readonly layout: Layout;
  readonly version: string;
}

/** @throws {MigrationError} `GENERATE_FAILED` if there is none. */
export async function findDrizzleKit(folder: string): Promise<InstalledKit> {
  try {
    const home = dirname(createRequire(join(folder, "package.json")).resolve("drizzle-kit"));
    const {
      bin,
      version = "0",
    }: { readonly bin?: string | Readonly<Record<string, string>>; version?: string } = JSON.parse(
      await readFile(join(home, "package.json"), "utf8"),
    );
    const script = join(home, typeof bin === "string" ? bin : (bin?.["drizzle-kit"] ?? "bin.cjs"));
    return { script, layout: version.startsWith("0.") ? "journal" : "folders", version };
  } catch (cause) {
    throw new MigrationError(
      "GENERATE_FAILED",
      `drizzle-kit is not installed in ${folder}: run npm install -D drizzle-kit`,
      { cause },
    );
  }
}

/** What the wrapper around a configuration has seen of the project's folder. */
export interface SeenFolder {
  /** The names in the bookkeeping after it was copied. */
  readonly before: readonly string[];
  /** The layout that the project's folder has; null for an empty one. */
  readonly found: Layout | null;
}

/**
 * Statements of a CommonJS module that copy the bookkeeping of `config.out` into `out` if `copies`, and leave `before`
 * and `found` behind for a {@link SeenFolder}.
 */
export function copyText(layout: Layout, out: string, copies: boolean): string[] {
  const home = JSON.stringify(layout === "journal" ? `${out}/meta` : out);
  return [
    `const from = config.out ?? "drizzle";`,
    `const names = fs.existsSync(from) ? fs.readdirSync(from) : [];`,
    `const folders = names.filter((name) => fs.existsSync(from + "/" + name + "/snapshot.json"));`,
    `const journal = fs.existsSync(from + "/meta/_journal.json");`,
    `const found = journal ? "journal" : folders.length > 0 ? "folders" : null;`,
    ...(layout === "journal"
      ? [
          `if (${copies} && fs.existsSync(from + "/meta")) fs.cpSync(from + "/meta", ${home}, { recursive: true });`,
          `if (!fs.existsSync(${home} + "/_journal.json"))`,
          `  fs.writeFileSync(${home} + "/_journal.json", ${JSON.stringify(emptyJournal)});`,
        ]
      : [
          `for (const name of ${copies} ? folders : []) {`,
          `  fs.mkdirSync(${home} + "/" + name);`,
          `  fs.copyFileSync(from + "/" + name + "/snapshot.json", ${home} + "/" + name + "/snapshot.json");`,
          `}`,
        ]),
    `const before = fs.readdirSync(${home});`,
  ];
}

const emptyJournal = JSON.stringify({ version: "7", dialect: "sqlite", entries: [] });

/** @throws {MigrationError} `GENERATE_FAILED` if drizzle-kit and the folder are of different generations. */
export function refuseOtherLayout({ layout, version }: InstalledKit, { found }: SeenFolder): void {
  if (found === null || found === layout) return;
  throw new MigrationError(
    "GENERATE_FAILED",
    found === "journal"
      ? `The revisions are in the layout of drizzle-kit 0.31, and drizzle-kit ${version} is installed: run \`drizzle-kit up\`, ` +
          "then move each NNNN_name.down.sql to down.sql in the folder that it made; or install drizzle-kit 0.31 again"
      : `The revisions are in the layout of drizzle-kit 1.0, and drizzle-kit ${version} is installed: install drizzle-kit 1.0`,
    { details: { found, installed: version } },
  );
}

/** What drizzle-kit has written into `out` for a new revision. */
export interface WrittenByKit {
  readonly tag: string;
  readonly when: number;
  readonly index: number;
  readonly version: string;
  readonly breakpoints: boolean;
  readonly sql: string;
  readonly snapshot: string;
  readonly snapshotName: string;
}

/** Reads the new revision; undefined if there is none. */
export async function readWritten(
  layout: Layout,
  out: string,
  { before }: SeenFolder,
): Promise<WrittenByKit | undefined> {
  const home = layout === "journal" ? join(out, "meta") : out;
  const added = (await readdir(home)).find((name) => !before.includes(name));
  if (added === undefined) return undefined;
  return layout === "journal" ? readJournal(out, added) : readFolder(out, added, before);
}

async function readJournal(out: string, snapshotName: string): Promise<WrittenByKit | undefined> {
  const journal: { readonly entries: readonly (WrittenByKit & { readonly idx: number })[] } = JSON.parse(
    await readFile(join(out, "meta/_journal.json"), "utf8"),
  );
  const entry = journal.entries.at(-1);
  if (entry === undefined) return undefined;
  const { tag, when, idx: index, version, breakpoints } = entry;
  const sql = await readFile(join(out, `${tag}.sql`), "utf8");
  const snapshot = await readFile(join(out, "meta", snapshotName), "utf8");
  return { tag, when, index, version, breakpoints, sql, snapshot, snapshotName };
}

async function readFolder(out: string, name: string, before: readonly string[]): Promise<WrittenByKit> {
  const when = momentAfter(timeOf(name), before);
  const tag = `${folderTime(when)}${name.slice(14)}`;
  const sql = await readFile(join(out, name, "migration.sql"), "utf8");
  const snapshot = await readFile(join(out, name, "snapshot.json"), "utf8");
  const snapshotName = `${tag}/snapshot.json`;
  return { tag, when, index: before.length, version: "7", breakpoints: true, sql, snapshot, snapshotName };
}

/** A moment whose folder comes after all others: drizzle-kit takes the clock's, which may be behind. */
export function momentAfter(now: number, folders: readonly string[]): number {
  const second = Math.floor(now / 1000) * 1000;
  return Math.max(
    second,
    ...folders.map((name) => timeOf(name) + 1000).filter((time) => !Number.isNaN(time)),
  );
}

function timeOf(name: string): number {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(name) ?? [];
  const [year = Number.NaN, month = 1, ...rest] = parts.map(Number);
  return Date.UTC(year, month - 1, ...rest);
}
