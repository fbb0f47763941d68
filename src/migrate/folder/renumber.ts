// Gives revisions other places in the folder: names, journal and the chain of snapshots; all of it, or nothing.
import { readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { renameArchives } from "../planning/rebase.ts";
import type { Layout, Tag } from "../history/revision.ts";
import { changeFiles, type FileChange } from "./file-changes.ts";
import { isObject, type JsonObject } from "./json.ts";
import { type Journal, renderJournal } from "./journal.ts";
import { journalFile, scriptFiles, snapshotPath } from "./place.ts";

/** A revision with the place that it gets. */
export interface Renumbered {
  readonly from: Tag;
  readonly tag: Tag;
  readonly idx: number;
  readonly when: number;
  /** Text of its snapshot; undefined if it has none. */
  readonly snapshot: string | undefined;
}

/** The snapshot's file of a revision as it is, whoever wrote it; undefined if there is none. */
export async function readSnapshotFile(folder: string, name: string): Promise<string | undefined> {
  return readText(join(folder, name));
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
  journal: Journal | undefined,
  revisions: readonly Renumbered[],
): Promise<readonly string[]> {
  if (journal === undefined) return renumberFolders(folder, revisions);
  const wanted = new Map<string, string>();
  for (const revision of revisions) {
    for (const [name, text] of await readFiles(folder, "journal", revision)) wanted.set(name, text);
  }
  const before = journal.entries.flatMap(({ tag, idx: index }) => [
    ...Object.values(scriptFiles("journal", tag)),
    snapshotPath("journal", { tag, index }),
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
    { name: journalFile, text },
    ...changes.filter((change) => change.text === undefined),
  ];
  await changeFiles(folder, all);
  return [...changes.map(({ name }) => name), ...(isOrdered ? [] : [journalFile])];
}

/** A folder is renamed with all that is in it, the last first, so that none takes the name of one that still has it. */
async function renumberFolders(folder: string, revisions: readonly Renumbered[]): Promise<readonly string[]> {
  const moves = revisions.filter(({ from, tag }) => from !== tag).toReversed();
  const done: Renumbered[] = [];
  try {
    for (const move of moves) {
      await rename(join(folder, move.from), join(folder, move.tag));
      done.push(move);
    }
    const changes: FileChange[] = [];
    for (const revision of revisions) {
      const texts = await readFiles(folder, "folders", revision, revision.tag);
      for (const [name, text] of texts) {
        if ((await readText(join(folder, name))) !== text) changes.push({ name, text });
      }
    }
    await changeFiles(folder, changes);
    const names = new Set(changes.map(({ name }) => name));
    for (const { from, tag } of moves) {
      for (const file of await readdir(join(folder, tag))) names.add(`${from}/${file}`).add(`${tag}/${file}`);
    }
    return [...names];
  } catch (error) {
    for (const { from, tag } of done.toReversed()) await rename(join(folder, tag), join(folder, from));
    throw error;
  }
}

/** A snapshot's text behind another snapshot. Laid out as drizzle-kit does. */
export function chainSnapshot(text: string, changes: Readonly<Record<string, unknown>>): string {
  const content: unknown = JSON.parse(text);
  return JSON.stringify({ ...(isObject(content) ? content : {}), ...changes }, undefined, 2);
}

/** A revision's files under their new names; `at` is the tag that they have on disk. */
async function readFiles(
  folder: string,
  layout: Layout,
  { from, tag, idx, snapshot }: Renumbered,
  at = from,
): Promise<ReadonlyMap<string, string>> {
  const [old, next] = [scriptFiles(layout, at), scriptFiles(layout, tag)];
  const scripts = (["up", "down"] as const).map(async (kind) => {
    const text = await readText(join(folder, old[kind]));
    return [next[kind], text === undefined ? undefined : renameArchives(text, from, tag)] as const;
  });
  const texts = [
    ...(await Promise.all(scripts)),
    [snapshotPath(layout, { tag, index: idx }), snapshot] as const,
  ];
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
