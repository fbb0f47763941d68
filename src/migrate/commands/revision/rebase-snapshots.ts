// The snapshots of revisions that get other places: each follows the one before it, and says what is there after it.
import type { Capture } from "../../schema/capture.ts";
import { MigrationError } from "../../errors.ts";
import { findModelGaps } from "../../planning/model-gaps.ts";
import { isMoved, type PlacedRevision } from "../../planning/rebase.ts";
import { folderTime } from "../../history/record.ts";
import type { Layout, Revision } from "../../history/revision.ts";
import { leavesOf } from "../../folder/branches.ts";
import { checksumOf } from "../../folder/checksum.ts";
import { snapshotPath } from "../../folder/place.ts";
import { chainSnapshot, readSnapshotFile } from "../../folder/renumber.ts";
import type { RevisionFolder } from "../../folder/script-directory.ts";
import { originId, parseSnapshot, type Snapshot } from "../../folder/snapshot.ts";
import { objectOf, partsOf } from "../check/snapshot-parts.ts";

/** The snapshots as they are, and the place from which they have to be made again. */
export interface SnapshotChain {
  readonly layout: Layout;
  /** By place; undefined if a revision has none. What stays is chained already. */
  readonly texts: readonly (string | undefined)[];
  /** The first place whose snapshot was made after another revision than now stands before it; undefined for none. */
  readonly anew: number | undefined;
}

/**
 * Reads the snapshots at their new places. What is applied keeps what it says, and is only chained.
 *
 * @throws {MigrationError} `DECISION_NEEDED` for a folder that is applied, and was made after one that comes behind it.
 */
export async function chainSnapshots(
  { folder, layout, revisions, snapshots }: RevisionFolder,
  placed: readonly PlacedRevision[],
): Promise<SnapshotChain> {
  const texts: (string | undefined)[] = [];
  const taken = new Set<string>();
  const before: Snapshot[] = [];
  let anew: number | undefined;
  for (const [at, place] of placed.entries()) {
    const { revision, isApplied } = place;
    const name = snapshotPath(layout, revision);
    // Where two share a number, the file is that of the one which stays; see refuseForeign.
    const text = taken.has(name) ? undefined : await readSnapshotFile(folder, name);
    taken.add(name);
    const snapshot = text === undefined ? undefined : parseSnapshot(text, name);
    const lost = snapshot === undefined ? undefined : findLost(layout, snapshot, before);
    if (isApplied && layout === "folders" && lost !== undefined) {
      const after = revisions.find(({ tag }) => snapshots(tag)?.id === lost);
      if (after !== undefined) throw appliedTooEarly(revision, after);
    }
    const stays = snapshot !== undefined && lost === undefined && !(layout === "folders" && isMoved(place));
    if (!isApplied && !stays) anew ??= at;
    texts.push(text === undefined || stays ? text : chainSnapshot(text, chainOf(layout, before)));
    if (snapshot !== undefined) before.push(snapshot);
  }
  return { layout, texts, anew };
}

/** Which snapshot one follows that does not stand before it; drizzle-kit 1.0 has branches, which are joined later. */
function findLost(layout: Layout, { prevIds }: Snapshot, before: readonly Snapshot[]): string | undefined {
  const ids = [originId, ...before.map(({ id }) => id)];
  return prevIds.find((id) => !(layout === "folders" ? ids : ids.slice(-1)).includes(id));
}

/** What says in a snapshot which others are before it. */
function chainOf(layout: Layout, before: readonly Snapshot[]): Readonly<Record<string, unknown>> {
  return layout === "folders" ? { prevIds: leavesOf(before) } : { prevId: before.at(-1)?.id ?? originId };
}

/**
 * The snapshots with new ones from a place on: the last is the code's, and those before it have of it and of the one
 * before them what is there after their revision.
 *
 * @param captures the schema after each revision.
 */
export function renewSnapshots(
  { layout, texts, anew = texts.length }: SnapshotChain,
  model: string,
  captures: readonly Capture[],
): (string | undefined)[] {
  const renewed = texts.slice(0, anew);
  for (let at = anew; at < texts.length; at++) {
    const [own, capture] = [texts[at], captures[at]];
    const old = renewed.flatMap((text) => text ?? []);
    const chain = chainOf(
      layout,
      old.map((text) => parseSnapshot(text, "snapshot")),
    );
    const isLast = at === texts.length - 1;
    const id = own === undefined ? idOf(`${JSON.stringify(chain)} ${at}`) : parseSnapshot(own, "snapshot").id;
    const sources = [...(layout === "folders" ? old : old.slice(-1)), model];
    const said = isLast || capture === undefined ? {} : partsOf(layout, sources, capture);
    const key = layout === "folders" ? "renames" : "_meta";
    const renames = own === undefined ? {} : { [key]: objectOf(own)[key] };
    renewed.push(chainSnapshot(model, { ...said, ...renames, id, ...chain }));
  }
  return renewed;
}

/**
 * Of two revisions with one number only one has its snapshot on disk.
 *
 * @throws {MigrationError} `SNAPSHOT_INVALID` if it is that of the one that moves.
 */
export function refuseForeign(
  { layout, texts, anew = texts.length }: SnapshotChain,
  placed: readonly PlacedRevision[],
  captures: readonly Capture[],
): void {
  const nameOf = ({ revision }: PlacedRevision) => snapshotPath(layout, revision);
  for (const place of placed.slice(0, anew)) {
    const [text, capture, name] = [texts[place.index], captures[place.index], nameOf(place)];
    const shared = placed.find((other) => other !== place && nameOf(other) === name);
    if (shared === undefined || text === undefined || capture === undefined) continue;
    if (findModelGaps(parseSnapshot(text, name).model, capture).length === 0) continue;
    throw new MigrationError(
      "SNAPSHOT_INVALID",
      `${name} is not what ${place.tag} leaves; it may be that of ${shared.revision.tag}, which has the same number. ` +
        `Nothing was written: take that of ${place.tag} back from version control, and run \`revision --rebase\` again`,
      { place: { revision: place.tag } },
    );
  }
}

/** An id in drizzle-kit's form, the same for the same text. */
function idOf(text: string): string {
  return checksumOf(text).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}

function appliedTooEarly({ tag, up }: Revision, after: Revision): MigrationError {
  const later = `${folderTime(after.when + 1000)}${tag.slice(14)}`;
  return new MigrationError(
    "DECISION_NEEDED",
    `${tag} is applied to this database, and was made after ${after.tag}, which comes behind it by its name. What is applied is ` +
      `not moved, and nothing was written: rename its folder to ${later}, then run \`stamp --accept-edit ${later}\``,
    { place: { revision: tag, file: up.file }, details: { expected: later, found: tag } },
  );
}
