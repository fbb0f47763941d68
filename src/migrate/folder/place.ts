// Where a folder of revisions is, what is in it, and which of drizzle-kit's two layouts it has.
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { MigrationError } from "../errors.ts";
import type { Layout, Revision, Script, Tag } from "../history/revision.ts";
import { buildScript } from "../history/script-text.ts";
import { checksumOf } from "./checksum.ts";

/** A folder of revisions. */
export interface Place {
  readonly folder: string;
  /** A file's name for messages. */
  readonly name: (file: string) => string;
  /** Paths in it, with `/`; of what is deeper only that which lies in a folder of its own. */
  readonly files: ReadonlySet<string>;
}

/** Looks what is there; a folder that is missing is an empty one. */
export async function openPlace(folder: string, relativeTo?: string): Promise<Place> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries.map(async (entry) => {
    if (!entry.isDirectory() || entry.name.startsWith(".")) return [entry.name];
    return (await readdir(join(folder, entry.name))).map((file) => `${entry.name}/${file}`);
  });
  return {
    folder,
    name: (file) =>
      relativeTo === undefined ? join(folder, file) : relative(relativeTo, join(folder, file)),
    files: new Set((await Promise.all(names)).flat()),
  };
}

/** The journal's path in the older layout. */
export const journalFile = "meta/_journal.json";

/**
 * Tells the layout from what is there; undefined for a folder without revisions.
 *
 * @throws {MigrationError} LAYOUT_MIXED for a folder that has both.
 */
export function detectLayout({ files, name }: Place): Layout | undefined {
  const own = [...files].find((file) => /^[^/]+\/migration\.sql$/.test(file));
  if (!files.has(journalFile)) return own === undefined ? undefined : "folders";
  if (own === undefined) return "journal";
  throw new MigrationError(
    "LAYOUT_MIXED",
    `${name(journalFile)} is of drizzle-kit 0.31, and ${name(own)} of drizzle-kit 1.0: it cannot be told which revisions there ` +
      `are, nor in which order. Remove the one that a merge brought in and make it again with the drizzle-kit of the other; ` +
      `\`drizzle-kit up\` of 1.0 turns a folder with a journal alone into the newer layout.`,
    { place: { file: name(own) } },
  );
}

/** The scripts of a revision by their paths in the folder. */
export function scriptFiles(layout: Layout, tag: Tag): { readonly up: string; readonly down: string } {
  return layout === "journal"
    ? { up: `${tag}.sql`, down: `${tag}.down.sql` }
    : { up: `${tag}/migration.sql`, down: `${tag}/down.sql` };
}

/** A snapshot's path in the folder. In `meta` drizzle-kit names it by the number in front of the tag. */
export function snapshotPath(layout: Layout, { tag, index }: Pick<Revision, "tag" | "index">): string {
  if (layout === "folders") return `${tag}/snapshot.json`;
  const prefix = /^\d+(?=_)/.exec(tag)?.[0] ?? String(index).padStart(4, "0");
  return `meta/${prefix}_snapshot.json`;
}

/** Decoded as drizzle decodes it, since that is what it hashes; undefined if there is none. */
export async function readScript({ folder, files, name }: Place, file: string): Promise<Script | undefined> {
  if (!files.has(file)) return undefined;
  const text = await readFile(join(folder, file), "utf8");
  return buildScript(name(file), text, checksumOf(text));
}
