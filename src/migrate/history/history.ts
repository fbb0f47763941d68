// The revisions on disk as one line from base to head. Only buildHistory makes a History, so whoever holds one need not check.
import { MigrationError } from "../errors.ts";
import type { Revision } from "./revision.ts";

/** A history that is proven to be one line: no gaps, no duplicates, each revision newer than the one before. */
export interface History {
  /** From the first after base to head. */
  readonly revisions: readonly Revision[];
  /** The newest on disk; undefined if there is none. */
  readonly head: Revision | undefined;
  readonly __history: unique symbol;
}

/**
 * Proves that revisions in the order of the journal are one line.
 *
 * @throws {MigrationError} REVISION_DUPLICATE, REVISION_OUT_OF_ORDER.
 */
export function buildHistory(revisions: readonly Revision[]): History {
  refuseDuplicates(revisions);
  revisions.forEach((revision, position) => {
    refuseWrongPosition(revision, position);
    const previous = revisions[position - 1];
    if (previous !== undefined) refuseOlder(revision, previous);
  });
  return { revisions, head: revisions.at(-1) } as History;
}

function refuseDuplicates(revisions: readonly Revision[]): void {
  const keys = { tag: "tag", index: "idx", when: "when" } as const;
  for (const [key, word] of Object.entries(keys) as ["tag" | "index" | "when", string][]) {
    const seen = new Map<unknown, Revision>();
    for (const revision of revisions) {
      const first = seen.get(revision[key]);
      if (first !== undefined) throw duplicate(word, revision[key], first, revision);
      seen.set(revision[key], revision);
    }
  }
}

function duplicate(word: string, value: unknown, first: Revision, second: Revision): MigrationError {
  return new MigrationError(
    "REVISION_DUPLICATE",
    `The journal has ${word} ${String(value)} twice: ${first.tag} and ${second.tag}. ` +
      `Each revision needs a tag, an idx and a when of its own. Two branches were probably merged: keep both ` +
      `entries, and run \`revision --rebase\` to put the one that came late behind the other.`,
    {
      place: { revision: second.tag, file: second.up.file },
      details: { key: word, revisions: [first.tag, second.tag] },
    },
  );
}

function refuseWrongPosition(revision: Revision, position: number): void {
  if (revision.index === position) return;
  const gap = revision.index > position;
  throw new MigrationError(
    "REVISION_OUT_OF_ORDER",
    `The journal has ${revision.tag} with idx ${revision.index} where idx ${position} was expected: ` +
      (gap
        ? `an entry before it is missing. Put it back; if it was dropped on purpose, run \`revision --rebase\` to close the gap.`
        : `the entries are not in order. Run \`revision --rebase\` to put them in order.`),
    {
      place: { revision: revision.tag, file: revision.up.file },
      details: { expected: position, found: revision.index },
    },
  );
}

/** drizzle-kit applies what is newer than the newest applied: an older or equal `when` would be skipped for ever. */
function refuseOlder(revision: Revision, previous: Revision): void {
  if (revision.when > previous.when) return;
  throw new MigrationError(
    "REVISION_OUT_OF_ORDER",
    `${revision.tag} comes after ${previous.tag} in the journal, but its when (${revision.when}) is not newer than ` +
      `${previous.when}: drizzle-kit would never apply it where ${previous.tag} is applied. Run ` +
      `\`revision --rebase\` to put what is not applied behind what is.`,
    {
      place: { revision: revision.tag, file: revision.up.file },
      details: { previous: previous.tag, expected: previous.when + 1, found: revision.when },
    },
  );
}
