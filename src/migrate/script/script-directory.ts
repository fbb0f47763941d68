// The folder of revisions as drizzle-kit 0.31 keeps it, read into a history. Another layout would be another reader.
import { readdirSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { MigrationError } from "../plan/errors.ts";
import { buildHistory } from "../plan/history.ts";
import type { History } from "../plan/history.ts";
import type { Model } from "../plan/model.ts";
import type { Revision, Script, Tag } from "../plan/revision.ts";
import { buildScript, readDown } from "../plan/script-text.ts";
import { checksumOf, checksumsOf } from "./checksum.ts";
import { emptyJournal, parseJournal } from "./journal.ts";
import type { Dialect, Journal, JournalEntry } from "./journal.ts";
import { parseSnapshot } from "./snapshot.ts";
import type { Snapshot } from "./snapshot.ts";

/** What is on disk, in the order of the journal, which need not be one line. */
export interface RevisionFolder {
  /** As it was given. */
  readonly folder: string;
  readonly dialect: Dialect;
  readonly journal: Journal;
  readonly revisions: readonly Revision[];
  /** The snapshot after a revision; undefined where there is none. @throws {MigrationError} SNAPSHOT_INVALID. */
  readonly snapshots: (tag: Tag) => Snapshot | undefined;
  /** Scripts named like revisions that the journal does not know: what a merge leaves behind. */
  readonly strays: readonly string[];
}

/** What is on disk, proven to be one line. Snapshots are read when they are asked for: most commands need none. */
export interface ScriptDirectory extends RevisionFolder {
  readonly history: History;
  /** The model of a revision's snapshot. */
  readonly models: (tag: Tag) => Model | undefined;
}

/** How to read a folder. */
export interface ReadOptions {
  /** Files are named relative to this folder; as `folder` was given, where it is missing. */
  readonly relativeTo?: string;
  /** Reads a folder without a journal as one without revisions, of this dialect. */
  readonly whenMissing?: Dialect;
}

/**
 * Reads a folder and proves that it holds one line of revisions.
 *
 * @throws {MigrationError} as readRevisionFolder and buildHistory.
 */
export async function readScriptDirectory(
  folder: string,
  options: ReadOptions = {},
): Promise<ScriptDirectory> {
  const read = await readRevisionFolder(folder, options);
  const models = (tag: Tag): Model | undefined => read.snapshots(tag)?.model;
  return { ...read, history: buildHistory(read.revisions), models };
}

/**
 * Reads a folder as it is.
 *
 * @throws {MigrationError} SCRIPT_DIRECTORY_MISSING, JOURNAL_INVALID, REVISION_FILE_MISSING.
 */
export async function readRevisionFolder(folder: string, options: ReadOptions = {}): Promise<RevisionFolder> {
  const place: Place = {
    folder,
    name: (file) =>
      options.relativeTo === undefined
        ? join(folder, file)
        : relative(options.relativeTo, join(folder, file)),
    files: new Set(await readdir(folder).catch(() => [])),
  };
  const journal = await readJournal(place, options.whenMissing);
  return {
    folder,
    dialect: journal.dialect,
    journal,
    revisions: await Promise.all(journal.entries.map((entry, at) => readRevision(place, entry, at))),
    snapshots: snapshotReader(place, journal),
    strays: findStrays(place, journal),
  };
}

interface Place {
  readonly folder: string;
  /** A file's name for messages. */
  readonly name: (file: string) => string;
  readonly files: ReadonlySet<string>;
}

async function readJournal(place: Place, whenMissing: Dialect | undefined): Promise<Journal> {
  const file = join("meta", "_journal.json");
  const text = await readFile(join(place.folder, file), "utf8").catch((cause: unknown) => {
    if (whenMissing !== undefined && isAbsent(cause)) return undefined;
    throw new MigrationError(
      "SCRIPT_DIRECTORY_MISSING",
      `There are no revisions to be read: ${place.name(file)} ${isAbsent(cause) ? "does not exist" : "cannot be read"}. ` +
        `Make a first revision, or name the folder that drizzle-kit writes to with --dir.`,
      { cause, place: { file: place.name(file) } },
    );
  });
  if (text !== undefined) return parseJournal(text, place.name(file));
  return emptyJournal(whenMissing ?? "sqlite");
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

async function readRevision(place: Place, entry: JournalEntry, position: number): Promise<Revision> {
  const { tag, idx, when } = entry;
  const up = await readScript(place, `${tag}.sql`);
  if (up === undefined) {
    throw new MigrationError(
      "REVISION_FILE_MISSING",
      `The journal names ${tag} as entry ${position}, but ${place.name(`${tag}.sql`)} does not exist. Take the file back ` +
        `from version control; if no database has the revision, remove its entry and its snapshot instead.`,
      { place: { revision: tag, file: place.name(`${tag}.sql`) } },
    );
  }
  const downFile = `${tag}.down.sql`;
  const down = readDown(place.name(downFile), await readScript(place, downFile));
  return { tag, index: idx, when, up, checksums: checksumsOf(up.text), down };
}

/** Decoded as drizzle decodes it, since that is what it hashes. */
async function readScript(place: Place, file: string): Promise<Script | undefined> {
  if (!place.files.has(file)) return undefined;
  const text = await readFile(join(place.folder, file), "utf8");
  return buildScript(place.name(file), text, checksumOf(text));
}

/** A snapshot bears only the number of its revision; where revisions share one, the last has written it. */
function snapshotReader(place: Place, journal: Journal): (tag: Tag) => Snapshot | undefined {
  const owners = new Map(journal.entries.map((entry) => [snapshotName(entry), entry.tag]));
  return (tag) => {
    const [name] = [...owners].find(([, owner]) => owner === tag) ?? [];
    const meta = join(place.folder, "meta");
    if (name === undefined || !readdirSync(meta).includes(name)) return undefined;
    return parseSnapshot(readFileSync(join(meta, name), "utf8"), place.name(join("meta", name)));
  };
}

/** The name of a revision's snapshot in `meta`, by drizzle-kit's rule: the number in front of its tag. */
export function snapshotName({ tag, idx }: Pick<JournalEntry, "tag" | "idx">): string {
  const prefix = /^\d+(?=_)/.exec(tag)?.[0] ?? String(idx).padStart(4, "0");
  return `${prefix}_snapshot.json`;
}

function findStrays(place: Place, journal: Journal): string[] {
  const known = new Set(journal.entries.flatMap(({ tag }) => [`${tag}.sql`, `${tag}.down.sql`]));
  const strays = [...place.files].filter((file) => /^\d+_.*\.sql$/.test(file) && !known.has(file));
  return strays.toSorted().map((file) => place.name(file));
}
