// The layout of drizzle-kit 0.31: scripts side by side, and `meta/` with a journal and snapshots.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Tag } from "../history/revision.ts";
import type { Contents, Stray } from "./contents.ts";
import { type Journal, parseJournal } from "./journal.ts";
import { journalFile, type Place, scriptFiles, snapshotPath } from "./place.ts";

/** Reads the journal. @throws {MigrationError} JOURNAL_INVALID. */
export async function readJournalLayout(place: Place): Promise<Contents> {
  const journal = parseJournal(
    await readFile(join(place.folder, journalFile), "utf8"),
    place.name(journalFile),
  );
  const snapshots = ownersOf(journal);
  return {
    dialect: journal.dialect,
    journal,
    entries: journal.entries.map(({ tag, idx, when }, at) => ({
      tag,
      index: idx,
      when,
      namedBy: `the journal, as entry ${at}`,
    })),
    snapshotFile: (tag) => [...snapshots].find(([, owner]) => owner === tag)?.[0],
    strays: findStrays(place, journal),
  };
}

/** A snapshot bears only the number of its revision; if revisions share one, the last has written it. */
function ownersOf(journal: Journal): Map<string, Tag> {
  return new Map(
    journal.entries.map((entry) => [
      snapshotPath("journal", { tag: entry.tag, index: entry.idx }),
      entry.tag,
    ]),
  );
}

function findStrays({ files, name }: Place, journal: Journal): Stray[] {
  const known = new Set(journal.entries.flatMap(({ tag }) => Object.values(scriptFiles("journal", tag))));
  const advice = "the journal does not know it: remove it, or put its entry back";
  return [...files]
    .filter((file) => /^\d+_[^/]*\.sql$/.test(file) && !known.has(file))
    .toSorted()
    .map((file) => ({ file: name(file), advice }));
}
