// What a layout says there is, before any script is read: the same for both.
import type { Tag } from "../history/revision.ts";
import type { Dialect, Journal } from "./journal.ts";

/** The revisions of a folder in their order, and the places of their snapshots. */
export interface Contents {
  readonly dialect: Dialect;
  /** In the layout that has one. */
  readonly journal?: Journal;
  readonly entries: readonly {
    readonly tag: Tag;
    readonly index: number;
    readonly when: number;
    /** What names the revision, for a message that its script is missing. */
    readonly namedBy: string;
  }[];
  /** A snapshot's path in the folder. */
  readonly snapshotFile: (tag: Tag) => string | undefined;
  /** Scripts named like revisions that belong to none. */
  readonly strays: readonly Stray[];
}

/** A script that belongs to no revision, and what to do about it. */
export interface Stray {
  readonly file: string;
  readonly advice: string;
}
