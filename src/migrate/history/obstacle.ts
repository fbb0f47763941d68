// What between the disk and the version table has to be settled by a person before anything may run.
import { MigrationError } from "../errors.ts";
import type { RevisionState, Status } from "./status.ts";

/** The first obstacle, to be thrown; see {@link findObstacles}. */
export function findObstacle(status: Status): MigrationError | undefined {
  return findObstacles(status)[0];
}

/**
 * Everything that keeps a database from being moved: REVISION_MISSING, REVISION_EDITED, REVISION_SKIPPED. None of them
 * is about the live schema, which is compared elsewhere.
 */
export function findObstacles(status: Status): MigrationError[] {
  const { states, current } = status;
  return [
    ...states.flatMap((state) => (state.status === "missing" ? [missing(state, status)] : [])),
    ...states.flatMap((state) => (state.status === "drifted" ? [edited(state)] : [])),
    ...states.flatMap((state) =>
      state.status === "pending" && current !== undefined && state.revision.index < current.index
        ? [skipped(state, current.tag, current.when)]
        : [],
    ),
  ];
}

function missing(state: RevisionState & { status: "missing" }, status: Status): MigrationError {
  const { when, hash } = state.applied;
  const current = status.current?.tag ?? "base";
  return new MigrationError(
    "REVISION_MISSING",
    `The database has a revision of ${timeOf(when)} (created_at ${when}, hash ${hash.slice(0, 12)}…) that is not on disk; ` +
      `the newest on disk is ${status.head?.tag ?? "none"}. Check out the branch that has its file, and downgrade there ` +
      `or go on from there; if it is gone for good and the schema is right, run \`stamp ${current}\`.`,
    { details: { when, hash, current } },
  );
}

function edited(state: RevisionState & { status: "drifted" }): MigrationError {
  const { revision, applied, differs } = state;
  const text =
    differs === "text"
      ? `${revision.up.file} was changed after it was applied: its hash is ${revision.up.checksum.slice(0, 12)}…, the database ` +
        `has ${applied.hash.slice(0, 12)}…. Take the applied text back from version control and put the change into a new ` +
        `revision; or, if the file as it is leads to the schema that the database has, run \`stamp --accept-edit ${revision.tag}\`.`
      : revision.layout === "folders"
        ? `${revision.tag} was applied under another name, ${applied.name ?? `at ${timeOf(applied.when)}`}: drizzle-kit would apply ` +
          `it again. Give the folder its name back, or run \`stamp --accept-edit ${revision.tag}\`.`
        : `${revision.tag} was applied under another time: its when in the journal is ${revision.when}, created_at in the ` +
          `database is ${applied.when}. Take the journal back from version control, or run \`stamp --accept-edit ${revision.tag}\`.`;
  return new MigrationError("REVISION_EDITED", text, {
    place: { revision: revision.tag, file: revision.up.file },
    details: { differs, expected: applied, found: { hash: revision.up.checksum, when: revision.when } },
  });
}

function skipped(
  state: RevisionState & { status: "pending" },
  current: string,
  newest: number,
): MigrationError {
  const { revision } = state;
  const danger =
    revision.layout === "folders"
      ? "drizzle-kit would apply it after what it was proven before"
      : "drizzle-kit would skip it for ever";
  return new MigrationError(
    "REVISION_SKIPPED",
    `${revision.tag} is not applied, but the newer ${current} is: ${danger}. Run \`revision --rebase\` to put it behind ` +
      `the newest, then upgrade; or, if its changes are in the database already, \`stamp ${current}\`.`,
    {
      place: { revision: revision.tag, file: revision.up.file },
      details: { current, when: revision.when, newest },
    },
  );
}

function timeOf(when: number): string {
  const time = new Date(when);
  return Number.isNaN(time.getTime()) ? "an unknown time" : time.toISOString();
}
