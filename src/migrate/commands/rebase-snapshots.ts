// The snapshots of revisions that get other places: each follows the one before it, and says what is there after it.
import { type Capture, findTable } from "../plan/capture.ts";
import { MigrationError } from "../plan/errors.ts";
import { findModelGaps } from "../plan/model-gaps.ts";
import type { PlacedRevision } from "../plan/rebase.ts";
import { sameName } from "../plan/sql-tokens.ts";
import { checksumOf } from "../script/checksum.ts";
import { isObject, type JsonObject } from "../script/json.ts";
import { chainSnapshot, readSnapshotFile } from "../script/renumber.ts";
import { snapshotName } from "../script/script-directory.ts";
import { originId, parseSnapshot } from "../script/snapshot.ts";

/** The snapshots as they are, and from where on they have to be made anew. */
export interface SnapshotChain {
  /** By place; undefined where a revision has none. What stays is chained already. */
  readonly texts: readonly (string | undefined)[];
  /** The first place whose snapshot was made after another revision than now stands before it; undefined for none. */
  readonly anew: number | undefined;
}

/** Reads the snapshots at their new places. What is applied keeps what it says, and is only chained. */
export async function chainSnapshots(
  folder: string,
  placed: readonly PlacedRevision[],
): Promise<SnapshotChain> {
  const texts: (string | undefined)[] = [];
  const taken = new Set<string>();
  let previous = originId;
  let anew: number | undefined;
  for (const [at, { revision, isApplied }] of placed.entries()) {
    const name = snapshotName({ tag: revision.tag, idx: revision.index });
    // Where two share a number, the file is that of the one which stays; see refuseForeign.
    const text = taken.has(name) ? undefined : await readSnapshotFile(folder, revisionEntry(revision));
    taken.add(name);
    const snapshot = text === undefined ? undefined : parseSnapshot(text, `meta/${name}`);
    if (!isApplied && snapshot?.prevId !== previous) anew ??= at;
    texts.push(text === undefined ? undefined : chainSnapshot(text, { prevId: previous }));
    previous = snapshot?.id ?? previous;
  }
  return { texts, anew };
}

/**
 * The snapshots with new ones from a place on: the last is the code's, and those before it have of it and of the one
 * before them what is there after their revision.
 *
 * @param captures the schema after each revision.
 */
export function renewSnapshots(
  { texts, anew = texts.length }: SnapshotChain,
  model: string,
  captures: readonly Capture[],
): (string | undefined)[] {
  const renewed = texts.slice(0, anew);
  for (let at = anew; at < texts.length; at++) {
    const previous = renewed.findLast((text) => text !== undefined);
    const own = texts[at];
    const capture = captures[at];
    const isLast = at === texts.length - 1;
    const prevId = previous === undefined ? originId : parseSnapshot(previous, "snapshot").id;
    const id = own === undefined ? idOf(`${prevId} ${at}`) : parseSnapshot(own, "snapshot").id;
    const said = isLast || capture === undefined ? {} : partsOf(previous, model, capture);
    const renames = own === undefined ? {} : { _meta: objectOf(own)["_meta"] };
    renewed.push(chainSnapshot(model, { ...said, ...renames, id, prevId }));
  }
  return renewed;
}

/**
 * Of two revisions with one number only one has its snapshot on disk.
 *
 * @throws {MigrationError} `SNAPSHOT_INVALID` where it is that of the one that moves.
 */
export function refuseForeign(
  { texts, anew = texts.length }: SnapshotChain,
  placed: readonly PlacedRevision[],
  captures: readonly Capture[],
): void {
  const nameOf = ({ revision }: PlacedRevision) => snapshotName({ tag: revision.tag, idx: revision.index });
  for (const place of placed.slice(0, anew)) {
    const [text, capture, name] = [texts[place.index], captures[place.index], nameOf(place)];
    const shared = placed.find((other) => other !== place && nameOf(other) === name);
    if (shared === undefined || text === undefined || capture === undefined) continue;
    if (findModelGaps(parseSnapshot(text, name).model, capture).length === 0) continue;
    throw new MigrationError(
      "SNAPSHOT_INVALID",
      `meta/${name} is not what ${place.tag} leaves; it may be that of ${shared.revision.tag}, which has the same number. ` +
        `Nothing was written: take that of ${place.tag} back from version control, and run \`revision --rebase\` again`,
      { place: { revision: place.tag } },
    );
  }
}

/** An id in drizzle-kit's form, the same for the same text. */
function idOf(text: string): string {
  return checksumOf(text).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}

function revisionEntry({ tag, index }: PlacedRevision["revision"]) {
  return { tag, idx: index };
}

/** Tables and views that are there; of what both snapshots have, the newer word, without columns and indexes to come. */
function partsOf(previous: string | undefined, model: string, capture: Capture): JsonObject {
  const [old, next] = [objectOf(previous), objectOf(model)];
  const has = (kind: string, name: string) =>
    capture.objects.some((object) => object.kind === kind && sameName(object.name, name));
  const tables = Object.entries({ ...member(old, "tables"), ...member(next, "tables") }).flatMap(
    ([name, table]) => {
      const columns = findTable(capture, name)?.columns;
      if (columns === undefined || !isObject(table)) return [];
      const was = member(member(old, "tables"), name);
      const merge = (key: string, isThere: (part: string) => boolean) =>
        Object.fromEntries(
          Object.entries({ ...member(was, key), ...member(table, key) }).filter(([part]) => isThere(part)),
        );
      const merged = {
        ...table,
        columns: merge("columns", (part) => columns.some((column) => sameName(column.name, part))),
        indexes: merge("indexes", (part) => has("index", part)),
      };
      return [[name, merged] as const];
    },
  );
  const views = Object.entries({ ...member(old, "views"), ...member(next, "views") });
  return {
    tables: Object.fromEntries(tables),
    views: Object.fromEntries(views.filter(([name]) => has("view", name))),
  };
}

function objectOf(text: string | undefined): JsonObject {
  const content: unknown = text === undefined ? {} : JSON.parse(text);
  return isObject(content) ? content : {};
}

function member(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isObject(value) ? value : {};
}
