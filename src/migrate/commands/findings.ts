// What `check` can find, and for each finding the command that mends it. drizzle/README.md has the same table for people.
import { MigrationError } from "../plan/errors.ts";
import type { Finding } from "./results.ts";

/** A kind of finding. In `mend`, REV and FILE stand for the finding's own; TEXT is the user's. */
interface FindingKind {
  readonly means: string;
  readonly mend: string;
}

/** Every code, in the order in which they are best mended. */
export const findingKinds = {
  REVISION_DUPLICATE: {
    means: "Two revisions share a tag, a number, an idx or a time: two branches were merged.",
    mend: "revision --rebase",
  },
  REVISION_OUT_OF_ORDER: {
    means: "The journal's entries are not in their order: one was merged late, or is missing.",
    mend: "revision --rebase",
  },
  REVISION_SKIPPED: {
    means:
      "A revision is not applied, and a newer one is. drizzle-kit 0.31 would skip it for ever, 1.0 would apply it after what it was proven before.",
    mend: "revision --rebase",
  },
  SNAPSHOT_UNCHAINED: {
    means:
      "A snapshot does not follow that of the revision before it; in the layout of 1.0, follows one that does not come before it.",
    mend: "revision --rebase",
  },
  SNAPSHOT_MISSING: {
    means: "A revision has no snapshot.",
    mend: "take FILE back from version control; where two revisions share a number, revision --rebase",
  },
  FILE_UNKNOWN: {
    means: "A file is named like a revision's, and belongs to none.",
    mend: "remove FILE; or move it to where the message says; or put its entry back into the journal, then revision --rebase",
  },
  REVISION_INVALID: {
    means:
      "A script must not be run as it is: a transaction of its own, or a statement that the server refuses.",
    mend: "correct FILE; where it is applied already, then stamp --accept-edit REV",
  },
  STATEMENT_FAILED: {
    means: "A revision cannot be run after those before it.",
    mend: "correct FILE; where it is applied already, then stamp --accept-edit REV",
  },
  DOWNGRADE_MISSING: {
    means: "A revision has no way back.",
    mend: "adopt; or write it into FILE",
  },
  MODEL_CHANGED: {
    means: "The schema in the code has changes that no revision has.",
    mend: "revision -m TEXT",
  },
  SNAPSHOT_DIFFERS: {
    means: "The newest snapshot is not what the revisions make.",
    mend: "revision --empty -m TEXT, and write the statements that are missing",
  },
  OBJECT_BROKEN: {
    means: "A view, a trigger, a table or a foreign key cannot be used after the newest revision.",
    mend: "revision --empty -m TEXT, and drop or correct there what the message names; or correct the schema, then revision -m TEXT",
  },
  REVISION_MISSING: {
    means: "The database has a revision that is not on disk.",
    mend: "check out the branch that has its file; or, where it is gone for good, stamp REV",
  },
  REVISION_EDITED: {
    means: "A revision was changed after it was applied.",
    mend: "stamp --accept-edit REV; or take FILE back from version control",
  },
  SCHEMA_DRIFTED: {
    means: "The database's schema is not what its revision leaves: somebody changed it by hand.",
    mend: "revision --from-database -m TEXT; or undo it in the database",
  },
  ARCHIVE_OUT_OF_STEP: {
    means:
      "Triggers that keep an archive in step with its rows are gone. What was written since is not known to it, so the triggers must not be made again while it has values.",
    mend: "archive prune REV, which gives its values up",
  },
  ARCHIVE_MISSING: {
    means: "Triggers name an archive that is gone, so that writes to their table fail.",
    mend: "archive prune REV, which makes an empty table in its place",
  },
  VERSION_TABLE_MISSING: {
    means: "The database has tables, and nothing says which revision they are of.",
    mend: "stamp REV",
  },
  VERSION_TABLE_BEHIND: {
    means:
      "The database's schema is that of a newer revision than its version table says: `drizzle-kit push` records nothing.",
    mend: "stamp REV",
  },
  REVISION_PENDING: {
    means: "A revision is not applied yet.",
    mend: "upgrade",
  },
} as const satisfies Readonly<Record<string, FindingKind>>;

/** The codes that the table has. */
export type FindingCode = keyof typeof findingKinds;

/** A finding with its mend; what is known of its place stands in the mend, too. `target` is what a stamp would take. */
export function buildFinding(
  code: FindingCode,
  message: string,
  about: Omit<Finding, "code" | "message" | "mend"> = {},
  target = about.revision,
): Finding {
  const { file = "the file" } = about;
  const mend = findingKinds[code].mend.replaceAll("REV", target ?? "REV").replaceAll("FILE", file);
  return { code, message, ...about, mend };
}

/**
 * An error as a finding.
 *
 * @throws the error itself where it says nothing about the project, such as a server that is gone.
 */
export function findingOf(error: unknown, tag?: string): Finding {
  if (!(error instanceof MigrationError) || !isFinding(error.code)) throw error;
  const { revision = tag, file, line } = error.place;
  const { current } = error.details;
  const about = {
    ...(revision === undefined ? {} : { revision }),
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
  };
  return buildFinding(error.code, error.message, about, typeof current === "string" ? current : revision);
}

function isFinding(code: string): code is FindingCode {
  return Object.hasOwn(findingKinds, code);
}
