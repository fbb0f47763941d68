// The folder of revisions read into a history, whichever of drizzle-kit's layouts it has.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MigrationError } from "../errors.ts";
import { buildHistory } from "../history/history.ts";
import type { History } from "../history/history.ts";
import type { Model } from "../schema/model.ts";
import type { Layout, Revision, Tag } from "../history/revision.ts";
import { readDown } from "../history/script-text.ts";
import { followsAll } from "./branches.ts";
import { checksumsOf } from "./checksum.ts";
import type { Contents, Stray } from "./contents.ts";
import { readFolders } from "./folder-layout.ts";
import { readJournalLayout } from "./journal-layout.ts";
import type { Dialect, Journal } from "./journal.ts";
import { detectLayout, journalFile, openPlace, type Place, readScript, scriptFiles } from "./place.ts";
import { parseSnapshot } from "./snapshot.ts";
import type { Snapshot } from "./snapshot.ts";

/** What is on disk, in the order of the journal or of the folders' names, which need not be one line. */
export interface RevisionFolder {
  /** As it was given. */
  readonly folder: string;
  /** `journal` for a folder without revisions: what drizzle-kit writes there decides. */
  readonly layout: Layout;
  readonly dialect: Dialect;
  /** Undefined for folders. */
  readonly journal: Journal | undefined;
  readonly revisions: readonly Revision[];
  /** The snapshot after a revision; undefined if there is none. @throws {MigrationError} SNAPSHOT_INVALID. */
  readonly snapshots: (tag: Tag) => Snapshot | undefined;
  /** Scripts named like revisions that belong to none: what a merge leaves behind. */
  readonly strays: readonly Stray[];
}

/** What is on disk, proven to be one line. Snapshots are read when they are asked for: most commands need none. */
export interface ScriptDirectory extends RevisionFolder {
  readonly history: History;
  /** The model of a revision's snapshot; undefined, too, if that knows nothing of a branch that is older than it. */
  readonly models: (tag: Tag) => Model | undefined;
}

/** How to read a folder. */
export interface ReadOptions {
  /** Files are named relative to this folder; as `folder` was given, if it is missing. */
  readonly relativeTo?: string;
  /** Reads a folder without revisions as such, of this dialect. */
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
  const tags = read.revisions.map(({ tag }) => tag);
  const isWhole = (tag: Tag): boolean => read.layout !== "folders" || followsAll(tag, tags, read.snapshots);
  const models = (tag: Tag): Model | undefined => (isWhole(tag) ? read.snapshots(tag)?.model : undefined);
  return { ...read, history: buildHistory(read.revisions), models };
}

/**
 * Reads a folder as it is.
 *
 * @throws {MigrationError} SCRIPT_DIRECTORY_MISSING, LAYOUT_MIXED, JOURNAL_INVALID, REVISION_INVALID, REVISION_FILE_MISSING.
 */
export async function readRevisionFolder(folder: string, options: ReadOptions = {}): Promise<RevisionFolder> {
  const place = await openPlace(folder, options.relativeTo);
  const layout = detectLayout(place);
  const contents = await readContents(place, layout, options.whenMissing);
  const revisions = contents.entries.map((entry) => readRevision(place, layout ?? "journal", entry));
  return {
    folder,
    layout: layout ?? "journal",
    dialect: contents.dialect,
    journal: contents.journal,
    revisions: await Promise.all(revisions),
    snapshots: snapshotReader(place, contents),
    strays: contents.strays,
  };
}

function snapshotReader({ folder, files, name }: Place, { snapshotFile }: Contents) {
  const read = new Map<Tag, Snapshot>();
  return (tag: Tag): Snapshot | undefined => {
    const file = snapshotFile(tag);
    if (file === undefined || !files.has(file)) return undefined;
    const snapshot = read.get(tag) ?? parseSnapshot(readFileSync(join(folder, file), "utf8"), name(file));
    read.set(tag, snapshot);
    return snapshot;
  };
}

async function readContents(
  place: Place,
  layout: Layout | undefined,
  whenMissing: Dialect | undefined,
): Promise<Contents> {
  try {
    if (layout === "folders") return await readFolders(place);
    if (layout === "journal") return await readJournalLayout(place);
  } catch (cause) {
    if (cause instanceof MigrationError) throw cause;
    throw missing(place, "cannot be read", cause);
  }
  if (whenMissing === undefined) throw missing(place, "does not exist");
  return { dialect: whenMissing, entries: [], snapshotFile: () => undefined, strays: [] };
}

function missing({ name }: Place, found: string, cause?: unknown): MigrationError {
  return new MigrationError(
    "SCRIPT_DIRECTORY_MISSING",
    `There are no revisions to be read: ${name(journalFile)} ${found}, and no folder beside it has a migration.sql. ` +
      `Make a first revision, or name the folder that drizzle-kit writes to with --dir.`,
    { cause, place: { file: name(journalFile) } },
  );
}

async function readRevision(
  place: Place,
  layout: Layout,
  { tag, index, when, namedBy }: Contents["entries"][number],
): Promise<Revision> {
  const files = scriptFiles(layout, tag);
  const up = await readScript(place, files.up);
  if (up === undefined) {
    const file = place.name(files.up);
    throw new MigrationError(
      "REVISION_FILE_MISSING",
      `There is ${tag} by ${namedBy}, but ${file} does not exist. Take the file back from version control; if no database ` +
        `has the revision, remove ${layout === "journal" ? "its entry and its snapshot" : "its folder"} instead.`,
      { place: { revision: tag, file } },
    );
  }
  const down = readDown(place.name(files.down), await readScript(place, files.down));
  return { tag, layout, index, when, up, checksums: checksumsOf(up.text), down };
}
