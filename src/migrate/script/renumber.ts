// Gives revisions other places in the folder: names, journal and the chain of snapshots; all of it, or nothing.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { renameArchives } from "../plan/rebase.ts";
import type { Tag } from "../plan/revision.ts";
import { changeFiles, type FileChange } from "./file-changes.ts";
import { isObject, type JsonObject } from "./json.ts";
import { type Journal, type JournalEntry, renderJournal } from "./journal.ts";
import { snapshotName } from "./script-directory.ts";

/** A revision with the place that it gets. */
export interface Renumbered {
  readonly from: Tag;
  readonly tag: Tag;
  readonly idx: number;
  readonly when: number;
  /** Text of its snapshot; undefined where it has none. */
  readonly snapshot: string | undefined;
}

/** The snapshot's file of a revision as it is, whoever wrote it; undefined where there is none. */
export async function readSnapshotFile(
  folder: string,
  entry: Pick<JournalEntry, "tag" | "idx">,
): Promise<string | undefined> {
  return readText(join(folder, "meta", snapshotName(entry)));
}

async function readText(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
}

/**
 * Writes the revisions at their places, in their order; what is as it is to be is left alone.
 *
 * @returns the names of the files that were written or removed, in the folder.
 */
export async function renumberRevisions(
  folder: string,
  journal: Journal,
  revisions: readonly Renumbered[],
): Promise<readonly string[]> {
  const wanted = new Map<string, string>();
  for (const revision of revisions) {
    for (const [name, text] of await readFiles(folder, revision)) wanted.set(name, text);
  }
  const before = journal.entries.flatMap((entry) => [
    `${entry.tag}.sql`,
    `${entry.tag}.down.sql`,
    `meta/${snapshotName(entry)}`,
  ]);
  const changes: FileChange[] = [];
  for (const name of new Set([...wanted.keys(), ...before])) {
    const found = await readText(join(folder, name));
    if (found !== wanted.get(name)) changes.push({ name, text: wanted.get(name) });
  }
  const text = renderJournal(reorder(journal, revisions));
  const isOrdered = text === renderJournal(journal);
  if (changes.length === 0 && isOrdered) return [];
  // Until the journal names it, nobody sees a file; and nobody misses one that it does not name any more.
  const all = [
    ...changes.filter((change) => change.text !== undefined),
    { name: journalName, text },
    ...changes.filter((change) => change.text === undefined),
  ];
  await changeFiles(folder, all);
  return [...changes.map(({ name }) => name), ...(isOrdered ? [] : [journalName])];
}

const journalName = "meta/_journal.json";

/** A snapshot's text behind another snapshot. Laid out as drizzle-kit does. */
export function chainSnapshot(text: string, changes: Readonly<Record<string, unknown>>): string {
  const content: unknown = JSON.parse(text);
  return JSON.stringify({ ...(isObject(content) ? content : {}), ...changes }, undefined, 2);
}

/** A revision's files under their new names. */
async function readFiles(
  folder: string,
  { from, tag, idx, snapshot }: Renumbered,
): Promise<ReadonlyMap<string, string>> {
  const scripts = [".sql", ".down.sql"].map(async (ending) => {
    const text = await readText(join(folder, `${from}${ending}`));
    return [`${tag}${ending}`, text === undefined ? undefined : renameArchives(text, from, tag)] as const;
  });
  const texts = [...(await Promise.all(scripts)), [`meta/${snapshotName({ tag, idx })}`, snapshot] as const];
  return new Map(texts.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])));
}

function reorder(journal: Journal, revisions: readonly Renumbered[]): Journal {
  const raw: readonly unknown[] = Array.isArray(journal.content["entries"]) ? journal.content["entries"] : [];
  const entries = revisions.map(({ from, tag, idx, when }) => {
    const own = raw.find((entry): entry is JsonObject => isObject(entry) && entry["tag"] === from) ?? {};
    return { ...own, idx, when, tag };
  });
  return { ...journal, content: { ...journal.content, entries } };
}
