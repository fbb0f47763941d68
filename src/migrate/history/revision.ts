// One migration: its identity, its scripts, and whether it can be taken back.

/** A revision's name and file stem, such as `0003_add_bio`; made only by {@link parseTag}. */
export type Tag = string & { readonly __tag: unique symbol };

/** SHA-256 of a file's raw text in lower-case hex; made only by {@link parseChecksum}. */
export type Checksum = string & { readonly __checksum: unique symbol };

/** One SQL statement of a script, and where it stands there. */
export interface ScriptStatement {
  readonly sql: string;
  /** From 1. */
  readonly line: number;
}

/** Why a script must not be run, found by reading it: told when it is to be run, so that reading a history never fails. */
export interface ScriptFault {
  readonly message: string;
  readonly statement: string;
  /** From 1. */
  readonly line: number;
}

/** A script as it is on disk. */
export interface Script {
  /** Path as the user knows it, relative to the working folder. */
  readonly file: string;
  readonly text: string;
  readonly checksum: Checksum;
  /** Without those that switch foreign keys, which is the executor's work. */
  readonly statements: readonly ScriptStatement[];
  readonly faults: readonly ScriptFault[];
}

/** The downgrade: a script, or the reason why there is none. */
export type Down =
  | { readonly kind: "script"; readonly script: Script }
  | { readonly kind: "irreversible"; readonly reason: string };

/** How drizzle-kit lays revisions out on disk: 0.31 with a journal, 1.0 with a folder for each. */
export type Layout = "journal" | "folders";

/** One migration on disk. */
export interface Revision {
  /** In the layout with folders the folder's name. */
  readonly tag: Tag;
  readonly layout: Layout;
  /** Position in the journal, or among the folders, from 0. */
  readonly index: number;
  /** The journal's `when`, or the time in the folder's name, in milliseconds; `created_at` in the version table. */
  readonly when: number;
  readonly up: Script;
  /** Other checksums under which drizzle or we may have recorded the same text: with CRLF and with LF ends. */
  readonly checksums: readonly Checksum[];
  readonly down: Down;
}

/** A revision that has a downgrade; the only kind that a downgrade step can hold. */
export type ReversibleRevision = Revision & { readonly down: { readonly kind: "script" } };

/** Whether a revision has a downgrade script. */
export function isReversible(revision: Revision): revision is ReversibleRevision {
  return revision.down.kind === "script";
}

/** @throws {TypeError} for text that is no tag: drizzle-kit takes any name that a file can have, and people rename. */
export function parseTag(text: string): Tag {
  // oxlint-disable-next-line no-control-regex -- control characters would break the comments that a tag stands in
  const valid = /^[^/\\\u0000-\u001f]+$/.test(text) && !text.startsWith(".") && !text.endsWith(".down");
  if (!valid) throw new TypeError(`"${text}" is no revision tag: expected a file's stem, such as 0003_name`);
  return text as Tag;
}

/** @throws {TypeError} for text that is no SHA-256 in hex. */
export function parseChecksum(text: string): Checksum {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new TypeError(`"${text}" is no SHA-256 checksum`);
  return text as Checksum;
}
