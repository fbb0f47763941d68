// Puts revisions in one line again after branches were merged: first what the database has, last what came late.
import { archivePrefix } from "./archive.ts";
import { MigrationError } from "../errors.ts";
import { parseTag, type Revision, type Tag } from "../history/revision.ts";
import { type Applied, folderTime } from "../history/record.ts";
import { type Match, matchRows } from "../history/status.ts";

/** A revision and the place that it gets. */
export interface PlacedRevision {
  readonly revision: Revision;
  readonly isApplied: boolean;
  readonly tag: Tag;
  readonly index: number;
  readonly when: number;
}

/**
 * Gives every revision its place. What a database has stays as it is and in its order; behind it comes what is pending. Folders
 * have their order by their names: one that is not behind those which are to come before it gets a later time.
 *
 * @param revisions in the order of the journal; folders in that in which they were made.
 * @param rows the version table; empty if there is none.
 * @returns orders that differ in what is pending only, the one to be preferred first; which of them runs is for the caller to try.
 * @throws {MigrationError} `DECISION_NEEDED` if the order could only be had by changing what is applied.
 */
export function planRebase(
  revisions: readonly Revision[],
  rows: readonly Applied[],
): readonly (readonly PlacedRevision[])[] {
  const matches = matchRows(revisions, rows);
  const once = revisions.filter((revision) => keptEntry(revisions, revision, matches) === revision);
  const applied = placeApplied(once, matches);
  const times = applied.map(({ revision, when }) => Math.max(when, matches.get(revision)?.row.when ?? when));
  // drizzle-kit compares with the newest row alone.
  const newestTime = Math.max(...times);
  const newestPlace = Math.max(...applied.map(({ revision }) => once.indexOf(revision)));
  const isLate = (revision: Revision): boolean =>
    revision.layout === "journal" && (revision.when <= newestTime || once.indexOf(revision) < newestPlace);
  const waiting = once.filter((one) => !matches.has(one));
  const orders = [
    [...waiting.filter((one) => !isLate(one)), ...waiting.filter(isLate)],
    waiting,
    waiting.toSorted((a, b) => a.when - b.when),
  ];
  return orders
    .filter(
      (order, at) => at === orders.findIndex((other) => order.every((one, place) => one === other[place])),
    )
    .map((order) => {
      const placed = [...applied];
      for (const revision of order) placed.push(placePending(placed, revision, newestTime + 1));
      return placed;
    });
}

/**
 * What is applied, at its places. drizzle applies a journal in its order, whatever the times, so that order is the one that
 * runs. A journal whose times do not rise gets those of the version table, if these do.
 */
function placeApplied(
  revisions: readonly Revision[],
  matches: ReadonlyMap<Revision, Match>,
): readonly PlacedRevision[] {
  const applied = revisions.filter((one) => matches.has(one));
  const place = (revision: Revision, index: number, when: number): PlacedRevision => ({
    revision,
    isApplied: true,
    tag: revision.tag,
    index,
    when,
  });
  if (applied[0]?.layout === "folders") {
    return applied.toSorted((a, b) => a.when - b.when).map((one, index) => place(one, index, one.when));
  }
  const own = applied.map(({ when }) => when);
  const recorded = applied.map((one) => matches.get(one)?.row.when ?? one.when);
  const whens = [own, recorded].find((times) =>
    times.every((time, at) => at === 0 || time > (times[at - 1] ?? 0)),
  );
  if (whens === undefined) throw appliedOutOfOrder(revisions, matches);
  return applied.map((one, index) => place(one, index, whens[index] ?? one.when));
}

/** Whether a revision has another name or time than before; another place in the journal alone does not count. */
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

function placePending(
  before: readonly PlacedRevision[],
  revision: Revision,
  earliest: number,
): PlacedRevision {
  const previous = before.at(-1);
  const place = { revision, isApplied: false, index: before.length };
  if (revision.layout === "folders") return { ...place, ...placeFolder(previous, revision) };
  const when = Math.max(revision.when, earliest, previous === undefined ? 0 : previous.when + 1);
  return { ...place, tag: renumber(revision.tag, before), when };
}

/** drizzle-kit 1.0 reads seconds from a folder's name; those of one second are in the order of the rest of it. */
export function placeFolder(
  previous: PlacedRevision | undefined,
  { tag, when }: Revision,
): Pick<PlacedRevision, "tag" | "when"> {
  if (previous === undefined || tag.localeCompare(previous.tag) > 0) return { tag, when };
  const later = (Math.floor(previous.when / 1000) + 1) * 1000;
  return { tag: parseTag(`${folderTime(later)}${tag.slice(14)}`), when: later };
}

/**
 * Short numbers count the revisions, long ones are times. A tag without a number has none to change. A number is higher than
 * all before it: drizzle-kit takes the snapshot with the highest for the newest.
 */
function renumber(tag: Tag, before: readonly PlacedRevision[]): Tag {
  const digits = numberOf(tag);
  if (digits === undefined) return tag;
  const taken = before.flatMap((placed) => numberOf(placed.tag) ?? []).map(BigInt);
  const least = taken.reduce((most, number) => (number >= most ? number + 1n : most), 0n);
  const own = digits.length <= 4 ? BigInt(before.length) : BigInt(digits);
  const number = own < least ? least : own;
  return parseTag(`${String(number).padStart(digits.length, "0")}${tag.slice(digits.length)}`);
}

function numberOf(tag: Tag): string | undefined {
  return /^\d+(?=_)/.exec(tag)?.[0];
}

/**
 * The version table has the times too, in this database and in others, so that they are not changed in silence. The new ones
 * are above every time there is: a revision must not get that of another's row, nor may a pending one have that of a row.
 */
function appliedOutOfOrder(
  revisions: readonly Revision[],
  matches: ReadonlyMap<Revision, Match>,
): MigrationError {
  const rowTimes = new Set([...matches.values()].map(({ row }) => row.when));
  let last = Math.max(...rowTimes, ...revisions.map(({ when }) => when));
  let newest = -1;
  let isBehind = false;
  const whens: { revision: Tag; file: string; expected: number; found: number; isApplied: boolean }[] = [];
  for (const revision of revisions) {
    const { tag, up, when } = revision;
    const isApplied = matches.has(revision);
    isBehind ||= isApplied && when <= newest;
    if (isApplied) newest = when;
    if (!(isApplied ? isBehind : rowTimes.has(when))) continue;
    last += 1;
    whens.push({ revision: tag, file: up.file, expected: last, found: when, isApplied });
  }
  const moved = whens.filter(({ isApplied }) => isApplied);
  const settings = whens.map(({ revision, expected }) => `that of ${revision} to ${expected}`).join(", ");
  const stamps = moved.map(({ revision }) => `\`stamp --accept-edit ${revision}\``).join(", ");
  const [first] = moved;
  return new MigrationError(
    "DECISION_NEEDED",
    `${first?.revision ?? ""} is applied to this database, and its when in the journal (${first?.found ?? ""}) is not newer ` +
      "than that of the applied revision before it. What is applied is not moved, and nothing was written. Set the when in the " +
      `journal: ${settings}. Then run \`revision --rebase\` again, and ${stamps}: on each database that has the revision, ` +
      "before drizzle-kit migrates it, which would run the revision again",
    {
      place: first === undefined ? {} : { revision: first.revision, file: first.file },
      details: { expected: first?.expected, found: first?.found, whens },
    },
  );
}
