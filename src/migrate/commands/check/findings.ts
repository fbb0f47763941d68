// What `check` can find, and for each finding the command that fixes it. reference.md shows them.
import { MigrationError } from "../../errors.ts";
import type { Finding } from "../results.ts";

/** A kind of finding. In `fix`, REV and FILE stand for the finding's own; TEXT is the user's. */
interface FindingKind {
  readonly means: string;
  readonly fix: string;
}

/** Every code, in the order in which they are best fixed. */
export const findingKinds = {
  REVISION_DUPLICATE: {
    means: "Two revisions share a tag, a number, an idx or a time: two branches were merged.",
    fix: "revision --rebase",
  },
  REVISION_OUT_OF_ORDER: {
    means: "The journal's entries are not in their order: one was merged late, or is missing.",
    fix: "revision --rebase",
  },
  REVISION_SKIPPED: {
    means:
      "A revision is not applied, and a newer one is. drizzle-kit 0.31 would skip it for ever, 1.0 would apply it after what it was proven before.",
    fix: "revision --rebase",
  },
  SNAPSHOT_UNCHAINED: {
    means:
      "A snapshot does not follow that of the revision before it; in the layout of 1.0, follows one that does not come before it.",
    fix: "revision --rebase",
  },
  SNAPSHOT_MISSING: {
    means: "A revision has no snapshot.",
    fix: "take FILE back from version control; where two revisions share a number, revision --rebase",
  },
  FILE_UNKNOWN: {
    means: "A file is named like a revision's, and belongs to none.",
    fix: "remove FILE; or move it to where the message says; or put its entry back into the journal, then revision --rebase",
  },
  REVISION_INVALID: {
    means:
      "A script must not be run as it is: a transaction of its own, or a statement that the server refuses.",
    fix: "correct FILE; where it is applied already, then stamp --accept-edit REV",
  },
  STATEMENT_FAILED: {
    means: "A revision cannot be run after those before it.",
    fix: "correct FILE; where it is applied already, then stamp --accept-edit REV",
  },
  DOWNGRADE_MISSING: {
    means: "A revision has no downgrade.",
    fix: "adopt; or write it into FILE",
  },
  MODEL_CHANGED: {
    means: "The schema in the code has changes that no revision has.",
    fix: "revision -m TEXT",
  },
  SNAPSHOT_DIFFERS: {
    means: "The newest snapshot is not what the revisions make.",
    fix: "revision --empty -m TEXT, and write the statements that are missing",
  },
  OBJECT_BROKEN: {
    means: "A view, a trigger, a table or a foreign key cannot be used after the newest revision.",
    fix: "revision --empty -m TEXT, and drop or correct there what the message names; or correct the schema, then revision -m TEXT",
  },
  REVISION_MISSING: {
    means: "The database has a revision that is not on disk.",
    fix: "check out the branch that has its file; or, where it is gone for good, stamp REV",
  },
  REVISION_EDITED: {
    means: "A revision was changed after it was applied.",
    fix: "stamp --accept-edit REV; or take FILE back from version control",
  },
  SCHEMA_DRIFTED: {
    means: "The database's schema is not what its revision leaves: somebody changed it by hand.",
    fix: "revision --from-database -m TEXT; or undo it in the database",
  },
  ARCHIVE_OUT_OF_STEP: {
    means:
      "Triggers that keep an archive in step with its rows are gone. What was written since is not known to it, so the triggers must not be made again while it has values.",
    fix: "archive prune REV, which gives its values up",
  },
  ARCHIVE_MISSING: {
    means: "Triggers name an archive that is gone, so that writes to their table fail.",
    fix: "archive prune REV, which makes an empty table in its place",
  },
  VERSION_TABLE_MISSING: {
    means: "The database has tables, and nothing says which revision they are of.",
    fix: "stamp REV",
  },
  VERSION_TABLE_BEHIND: {
    means:
      "The database's schema is that of a newer revision than its version table says: `drizzle-kit push` records nothing.",
    fix: "stamp REV",
  },
  REVISION_PENDING: {
    means: "A revision is not applied yet.",
    fix: "upgrade",
  },
} as const satisfies Readonly<Record<string, FindingKind>>;

/** The codes that the table has. */
export type FindingCode = keyof typeof findingKinds;

/** A finding with its fix; what is known of its place stands in the fix, too. `target` is what a stamp would take. */
export function buildFinding(
  code: FindingCode,
  message: string,
  about: Omit<Finding, "code" | "message" | "fix"> = {},
  target = about.revision,
): Finding {
  const { file = "the file" } = about;
  const fix = findingKinds[code].fix.replaceAll("REV", target ?? "REV").replaceAll("FILE", file);
  return { code, message, ...about, fix };
}

/**
 * An error as a finding.
 *
 * @throws the error itself if it says nothing about the project, such as a server that is gone.
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
