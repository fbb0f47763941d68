// Writes into the folder of revisions: all files of a revision, or none of them.
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { MigrationError } from "../plan/errors.ts";
import type { Tag } from "../plan/revision.ts";
import { changeFiles } from "./file-changes.ts";
import { addEntry, emptyJournal, parseJournal, renderJournal } from "./journal.ts";
import type { Dialect, Journal, JournalEntry } from "./journal.ts";
import { snapshotName } from "./script-directory.ts";

/** Everything that makes a revision. Texts are written with LF ends, as the repository keeps them. */
export interface RevisionFiles {
  /** Its idx is given by the folder. */
  readonly entry: Omit<JournalEntry, "idx">;
  /** The snapshot's text, as drizzle-kit lays it out. */
  readonly snapshot: string;
  readonly up: string;
  /** Undefined where there is no downgrade script to be written. */
  readonly down: string | undefined;
}

/** The names of a revision's files in the folder. */
export interface WrittenFiles {
  readonly entry: JournalEntry;
  readonly files: readonly string[];
}

/**
 * Adds a revision at the end of the history. The journal comes last: until it names the revision, nobody sees one.
 *
 * @param dialect of a folder that has no journal yet.
 * @throws {MigrationError} REVISION_DUPLICATE for files that are there already, JOURNAL_INVALID.
 */
export async function writeRevision(
  folder: string,
  revision: RevisionFiles,
  dialect: Dialect,
): Promise<WrittenFiles> {
  const made = await mkdir(join(folder, "meta"), { recursive: true });
  try {
    return await addRevision(folder, revision, dialect);
  } catch (error) {
    if (made !== undefined) await rm(made, { recursive: true, force: true });
    throw error;
  }
}

async function addRevision(folder: string, revision: RevisionFiles, dialect: Dialect): Promise<WrittenFiles> {
  const journal = addEntry(await readJournal(folder, dialect), revision.entry);
  const entry = journal.entries.at(-1);
  if (entry === undefined) throw new TypeError("a journal has no entry after one was added");
  const files = [
    { name: `${entry.tag}.sql`, text: revision.up },
    ...(revision.down === undefined ? [] : [{ name: `${entry.tag}.down.sql`, text: revision.down }]),
    { name: `meta/${snapshotName(entry)}`, text: revision.snapshot },
  ];
  for (const { name } of files) await refuseExisting(folder, name, entry.tag);
  await changeFiles(
    folder,
    [...files, { name: journalName, text: renderJournal(journal) }].map(withUnixEnds),
  );
  return { entry, files: files.map(({ name }) => name) };
}

/** Writes downgrade scripts, new ones or others in place of those that are there: all of them, or none. */
export async function writeDowngrades(
  folder: string,
  downgrades: readonly { readonly tag: Tag; readonly text: string }[],
): Promise<readonly string[]> {
  const files = downgrades.map(({ tag, text }) => ({ name: `${tag}.down.sql`, text }));
  await changeFiles(folder, files.map(withUnixEnds));
  return files.map(({ name }) => name);
}

const journalName = "meta/_journal.json";

async function readJournal(folder: string, dialect: Dialect): Promise<Journal> {
  const file = join(folder, journalName);
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  return text === undefined ? emptyJournal(dialect) : parseJournal(text, file);
}

async function refuseExisting(folder: string, name: string, revision: Tag): Promise<void> {
  const file = join(folder, name);
  const found = await readFile(file).then(
    () => true,
    () => false,
  );
  if (!found) return;
  const message =
    `${file} exists already, though the journal does not know ${revision}. Nothing was written. ` +
    `Remove the file if it is left over, or choose another name for the revision.`;
  throw new MigrationError("REVISION_DUPLICATE", message, { place: { revision, file } });
}

function withUnixEnds({ name, text }: { name: string; text: string }): { name: string; text: string } {
  return { name, text: text.replaceAll("\r\n", "\n") };
}
