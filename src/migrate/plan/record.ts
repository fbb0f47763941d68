// A row of drizzle's version table, and which revision it is about. drizzle 0.31 finds a revision by time, 1.0 by name.
import type { Revision } from "./revision.ts";

/** A row of the version table. */
export interface Applied {
  readonly hash: string;
  /** `created_at`, in milliseconds. */
  readonly when: number;
  /** What drizzle 1.0 knows the revision by; null where it is not noted, undefined where the table has no such column. */
  readonly name?: string | null;
}

/** The row that says that a revision is applied. */
export function recordOf(revision: Revision): Applied & { readonly name: string } {
  return { hash: revision.up.checksum, when: revision.when, name: recordName(revision) };
}

/** Whether a row is about a revision, whatever text it was applied from. */
export function isRowOf({ name, when }: Applied, revision: Revision): boolean {
  if (revision.layout === "journal" && when === revision.when) return true;
  if (typeof name === "string") return name === recordName(revision);
  // Rows of 0.31 have milliseconds, of which the folders that `drizzle-kit up` makes keep the seconds.
  return revision.layout === "folders" && Math.floor(when / 1000) * 1000 === revision.when;
}

/** Whether a row has the hash of a revision's text, with whatever line ends. */
export function isTextOf({ hash }: Applied, { up, checksums }: Revision): boolean {
  return [up.checksum, ...checksums].some((checksum) => checksum === hash);
}

/** A folder's name; for a revision of the journal, that of the folder which `drizzle-kit up` would make of it. */
function recordName({ layout, tag, when }: Revision): string {
  if (layout === "folders") return tag;
  const time = new Date(Math.min(when, 8.64e15)).toISOString().replaceAll(/[-:T]/g, "").slice(0, 14);
  return `${time}_${tag.split("_").slice(1).join("_")}`;
}
