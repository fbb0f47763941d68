// Writes into the folder of revisions: all files of a revision, or none of them.
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MigrationError } from "../errors.ts";
import type { Layout, Tag } from "../history/revision.ts";
import { changeFiles } from "./file-changes.ts";
import { addEntry, emptyJournal, parseJournal, renderJournal } from "./journal.ts";
import type { Dialect, Journal, JournalEntry } from "./journal.ts";
import { journalFile, scriptFiles, snapshotPath } from "./place.ts";

/** Everything that makes a revision. Texts are written with LF ends, as the repository keeps them. */
export interface RevisionFiles {
  /** Default: the older one, with a journal. */
  readonly layout?: Layout;
  /** Its idx is given by the journal. */
  readonly entry: Omit<JournalEntry, "idx">;
  /** The snapshot's text, as drizzle-kit lays it out. */
  readonly snapshot: string;
  readonly up: string;
  /** Undefined if there is no downgrade script to be written. */
  readonly down: string | undefined;
}

/** The names of a revision's files in the folder. */
export interface WrittenFiles {
  readonly entry: Pick<JournalEntry, "tag" | "when">;
  readonly files: readonly string[];
}

/**
 * Adds a revision at the end of the history, so that nobody sees a part of it: the journal comes last, or the folder of
 * its own is filled under another name.
 *
 * @param dialect of a folder that has no journal yet.
 * @throws {MigrationError} REVISION_DUPLICATE for files that are there already, JOURNAL_INVALID.
 */
export async function writeRevision(
  folder: string,
  revision: RevisionFiles,
  dialect: Dialect,
): Promise<WrittenFiles> {
  if (revision.layout === "folders") return writeFolder(folder, revision);
  const made = await mkdir(join(folder, "meta"), { recursive: true });
  try {
    return await addRevision(folder, revision, dialect);
  } catch (error) {
    if (made !== undefined) await rm(made, { recursive: true, force: true });
    throw error;
  }
}

async function writeFolder(folder: string, revision: RevisionFiles): Promise<WrittenFiles> {
  const { tag, when } = revision.entry;
  const { up, down } = scriptFiles("folders", tag);
  const files = [
    { name: up, text: revision.up },
    ...(revision.down === undefined ? [] : [{ name: down, text: revision.down }]),
    { name: `${tag}/snapshot.json`, text: revision.snapshot },
  ];
  await refuseExisting(folder, tag, tag);
  const made = await mkdir(folder, { recursive: true });
  const scratch = await mkdtemp(join(folder, ".eaves-"));
  try {
    await mkdir(join(scratch, tag));
    for (const { name, text } of files.map(withUnixEnds)) await writeFile(join(scratch, name), text);
    await rename(join(scratch, tag), join(folder, tag));
  } catch (error) {
    await rm(made ?? scratch, { recursive: true, force: true });
    throw error;
  }
  await rm(scratch, { recursive: true, force: true });
  return { entry: { tag, when }, files: files.map(({ name }) => name) };
}

async function addRevision(folder: string, revision: RevisionFiles, dialect: Dialect): Promise<WrittenFiles> {
  const journal = addEntry(await readJournal(folder, dialect), revision.entry);
  const entry = journal.entries.at(-1);
  if (entry === undefined) throw new TypeError("a journal has no entry after one was added");
  const { up, down } = scriptFiles("journal", entry.tag);
  const files = [
    { name: up, text: revision.up },
    ...(revision.down === undefined ? [] : [{ name: down, text: revision.down }]),
    { name: snapshotPath("journal", { tag: entry.tag, index: entry.idx }), text: revision.snapshot },
  ];
  for (const { name } of files) await refuseExisting(folder, name, entry.tag);
  await changeFiles(
    folder,
    [...files, { name: journalFile, text: renderJournal(journal) }].map(withUnixEnds),
  );
  return { entry, files: files.map(({ name }) => name) };
}

/** Writes downgrade scripts, new ones or others in place of those that are there: all of them, or none. */
export async function writeDowngrades(
  folder: string,
  downgrades: readonly { readonly tag: Tag; readonly text: string }[],
  layout: Layout = "journal",
): Promise<readonly string[]> {
  const files = downgrades.map(({ tag, text }) => ({ name: scriptFiles(layout, tag).down, text }));
  await changeFiles(folder, files.map(withUnixEnds));
  return files.map(({ name }) => name);
}

async function readJournal(folder: string, dialect: Dialect): Promise<Journal> {
  const file = join(folder, journalFile);
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  return text === undefined ? emptyJournal(dialect) : parseJournal(text, file);
}

async function refuseExisting(folder: string, name: string, revision: Tag): Promise<void> {
  const file = join(folder, name);
  const found = await access(file).then(
    () => true,
    () => false,
  );
  if (!found) return;
  const message =
    `${file} exists already, though ${revision} is no revision that is known. Nothing was written. ` +
    `Remove the file if it is left over, or choose another name for the revision.`;
  throw new MigrationError("REVISION_DUPLICATE", message, { place: { revision, file } });
}

function withUnixEnds({ name, text }: { name: string; text: string }): { name: string; text: string } {
  return { name, text: text.replaceAll("\r\n", "\n") };
}
