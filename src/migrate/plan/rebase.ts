// Puts revisions in one line again after branches were merged: first what the database has, last what came late.
import { archivePrefix } from "./archive.ts";
import { MigrationError } from "./errors.ts";
import { parseTag, type Revision, type Tag } from "./revision.ts";
import { type Applied, folderTime } from "./record.ts";
import { matchRows } from "./status.ts";

/** A revision and the place that it gets. */
export interface PlacedRevision {
  readonly revision: Revision;
  readonly isApplied: boolean;
  readonly tag: Tag;
  readonly index: number;
  readonly when: number;
}

/**
 * Gives every revision its place. What a database has stays as it is; behind it what is pending in its order, and then
 * what would be skipped. Without a word of any database the order is that of the journal. Folders have their order by their
 * names: one that is not behind those which are to come before it gets a later time.
 *
 * @param revisions in the order of the journal; folders in that in which they were made.
 * @param rows the version table; empty where there is none.
 * @throws {MigrationError} `DECISION_NEEDED` where the order could only be had by changing what is applied.
 */
export function planRebase(revisions: readonly Revision[], rows: readonly Applied[]): PlacedRevision[] {
  const matches = matchRows(revisions, rows);
  const once = revisions.filter((revision) => keptEntry(revisions, revision, matches) === revision);
  const isFolder = ({ layout }: Revision): boolean => layout === "folders";
  const timeOf = (revision: Revision): number =>
    isFolder(revision) ? revision.when : (matches.get(revision)?.row.when ?? revision.when);
  const applied = once.filter((one) => matches.has(one)).toSorted((a, b) => timeOf(a) - timeOf(b));
  const newest = applied.at(-1);
  const isLate = (revision: Revision): boolean =>
    newest !== undefined &&
    !isFolder(revision) &&
    (revision.when <= timeOf(newest) || once.indexOf(revision) < once.indexOf(newest));
  const waiting = once.filter((one) => !matches.has(one));
  const late = waiting.filter(isLate).toSorted((a, b) => a.when - b.when);
  const order = [...applied, ...waiting.filter((one) => !isLate(one)), ...late];
  const placed: PlacedRevision[] = [];
  for (const revision of order) {
    placed.push(placeBehind(placed.at(-1), revision, matches.has(revision)));
  }
  return placed;
}

/** Whether a revision has another name or time than before; a place in the journal alone is nobody's business. */
export function isMoved({ revision, tag, when }: PlacedRevision): boolean {
  return tag !== revision.tag || when !== revision.when;
}

/** A script's text with the names that archives have under another tag. */
export function renameArchives(text: string, from: string, to: string): string {
  return text.replaceAll(`${archivePrefix}${from}_`, `${archivePrefix}${to}_`);
}

/** Of entries with one and the same tag, and so the same files: the one that is applied, or the first. */
function keptEntry(
  revisions: readonly Revision[],
  { tag }: Revision,
  matches: ReadonlyMap<Revision, unknown>,
): Revision | undefined {
  const same = revisions.filter((other) => other.tag === tag);
  return same.find((other) => matches.has(other)) ?? same[0];
}

function placeBehind(
  previous: PlacedRevision | undefined,
  revision: Revision,
  isApplied: boolean,
): PlacedRevision {
  const index = previous === undefined ? 0 : previous.index + 1;
  if (revision.layout === "folders")
    return { ...placeFolder(previous, revision), revision, isApplied, index };
  const earliest = previous === undefined ? 0 : previous.when + 1;
  if (isApplied) {
    if (revision.when < earliest) throw appliedOutOfOrder(revision, earliest);
    return { revision, isApplied, tag: revision.tag, index, when: revision.when };
  }
  const when = Math.max(revision.when, earliest);
  return { revision, isApplied, tag: renumber(revision.tag, previous, index), index, when };
}

/** drizzle-kit 1.0 reads seconds from a folder's name; those of one second are in the order of the rest of it. */
function placeFolder(
  previous: PlacedRevision | undefined,
  { tag, when }: Revision,
): Pick<PlacedRevision, "tag" | "when"> {
  if (previous === undefined || tag.localeCompare(previous.tag) > 0) return { tag, when };
  const later = (Math.floor(previous.when / 1000) + 1) * 1000;
  return { tag: parseTag(`${folderTime(later)}${tag.slice(14)}`), when: later };
}

/** Short numbers count the revisions, long ones are times. A tag without a number has none to change. */
function renumber(tag: Tag, previous: PlacedRevision | undefined, index: number): Tag {
  const digits = numberOf(tag);
  if (digits === undefined) return tag;
  const before = previous === undefined ? undefined : numberOf(previous.tag);
  const least = before === undefined ? 0n : BigInt(before) + 1n;
  const own = digits.length <= 4 ? BigInt(index) : BigInt(digits);
  const number = own < least ? least : own;
  return parseTag(`${String(number).padStart(digits.length, "0")}${tag.slice(digits.length)}`);
}

function numberOf(tag: Tag): string | undefined {
  return /^\d+(?=_)/.exec(tag)?.[0];
}

function appliedOutOfOrder({ tag, up, when }: Revision, earliest: number): MigrationError {
  return new MigrationError(
    "DECISION_NEEDED",
    `${tag} is applied to this database, and its when in the journal (${when}) is not newer than that of the one applied ` +
      `before it. What is applied is not moved, and nothing was written: set its when to ${earliest}, then run ` +
      `\`stamp --accept-edit ${tag}\``,
    { place: { revision: tag, file: up.file }, details: { expected: earliest, found: when } },
  );
}
