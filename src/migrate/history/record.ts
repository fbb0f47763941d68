// A row of drizzle's version table, and which revision it is about. drizzle 0.31 finds a revision by time, 1.0 by name.
import type { Revision } from "./revision.ts";

/** A row of the version table. */
export interface Applied {
  readonly hash: string;
  /** `created_at`, in milliseconds. */
  readonly when: number;
  /** What drizzle 1.0 knows the revision by; null if it is not noted, undefined if the table has no such column. */
  readonly name?: string | null;
}

/** A row that is to be written. */
export type NewRow = Applied & { readonly name: string };

/**
 * The row that says that a revision is applied. Those of folders have the second that drizzle reads from the name; on
 * top of a row of the same second that 0.31 wrote, which has milliseconds, they have its time, so as not to come before it.
 */
export function recordOf(revision: Revision, top?: Applied): NewRow {
  const { layout, up } = revision;
  const second = secondOf(revision.when);
  const joins = top !== undefined && secondOf(top.when) === second;
  const when = layout === "journal" ? revision.when : joins ? top.when : second * 1000;
  return { hash: up.checksum, when, name: recordName(revision) };
}

/** Whether two rows are one: runners of drizzle-kit that race leave a row twice. */
export function isSameRow(one: Applied, other: Applied): boolean {
  return one.when === other.when && one.hash === other.hash && (one.name ?? null) === (other.name ?? null);
}

/**
 * What identifies the newest row, since rows of folders may be of the same second: its time, and how many others have
 * it. Undefined for no row.
 */
export function positionOfNewest(applied: readonly Applied[]): number | undefined {
  if (applied.length === 0) return undefined;
  const newest = Math.max(...applied.map(({ when }) => when));
  return newest + new Set(applied.flatMap((row) => (row.when === newest ? [row.hash] : []))).size - 1;
}

/**
 * Rows as drizzle orders revisions, oldest first: by time, and by name if folders are of one second. In the table
 * they may be otherwise: drizzle-kit applies a folder that was merged late after the others.
 */
export function inOrder(rows: readonly Applied[]): Applied[] {
  return rows.toSorted(
    (one, other) => one.when - other.when || (one.name ?? "").localeCompare(other.name ?? ""),
  );
}

/** Whether a revision may be applied on top of a row: drizzle 0.31 compares milliseconds, 1.0 has only seconds. */
export function comesAfter({ layout, when }: Revision, top: Applied): boolean {
  return layout === "folders" ? secondOf(top.when) <= secondOf(when) : top.when < when;
}

/** Whether a row is about a revision, whatever text it was applied from. */
export function isRowOf({ name, when }: Applied, revision: Revision): boolean {
  if (revision.layout === "journal" && when === revision.when) return true;
  if (typeof name === "string") return name === recordName(revision);
  // Rows of 0.31 have milliseconds, of which the folders that `drizzle-kit up` makes keep the seconds.
  return revision.layout === "folders" && secondOf(when) === secondOf(revision.when);
}

/** Whether a row has the hash of a revision's text, with whatever line ends. */
export function isTextOf({ hash }: Applied, { up, checksums }: Revision): boolean {
  return [up.checksum, ...checksums].some((checksum) => checksum === hash);
}

function secondOf(when: number): number {
  return Math.floor(when / 1000);
}

/** A folder's name; for a revision of the journal, that of the folder which `drizzle-kit up` would make of it. */
function recordName({ layout, tag, when }: Revision): string {
  if (layout === "folders") return tag;
  return `${folderTime(when)}_${tag.split("_").slice(1).join("_")}`;
}

/** The time at the beginning of a folder's name, in UTC, as drizzle 1.0 writes it. */
export function folderTime(when: number): string {
  return new Date(Math.min(when, 8.64e15)).toISOString().replaceAll(/[-:T]/g, "").slice(0, 14);
}
