// What a person may be asked while a revision is made; only ever on a terminal.

/** Things of one kind that are gone and things that are new: which are the same under another name? */
export interface RenameQuestion {
  /** The table whose columns these are; undefined for tables. */
  readonly table: string | undefined;
  readonly created: string;
  /** What it may have been before. */
  readonly candidates: readonly string[];
}

/** Asks a person and waits for the answer. */
export interface Questions {
  /** The candidate that was renamed to `created`; undefined if it is new. */
  rename(question: RenameQuestion): Promise<string | undefined>;
  /** Whether to keep what a revision removes; `removed` says what that is, one item a line. */
  archive(removed: readonly string[]): Promise<boolean>;
}
