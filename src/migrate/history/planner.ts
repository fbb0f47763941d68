// Which revisions to run, in which order, to get a database from where it is to a target. Decides; does nothing.
import { findDataRevisions } from "./data-downgrades.ts";
import { MigrationError } from "../errors.ts";
import type { History } from "./history.ts";
import { findObstacle } from "./obstacle.ts";
import { isReversible } from "./revision.ts";
import type { ReversibleRevision, Revision } from "./revision.ts";
import { assertRunnable } from "./script-text.ts";
import type { Applied } from "./record.ts";
import { readStatus } from "./status.ts";
import type { Status } from "./status.ts";
import { positionOf } from "./target.ts";
import type { Target } from "./target.ts";

/** One revision to run. */
export type Step = UpgradeStep | DowngradeStep;

/** Applies a revision. */
export interface UpgradeStep {
  readonly kind: "upgrade";
  readonly revision: Revision;
}

/** Takes a revision back; it can only be built of one that has a script for it. */
export interface DowngradeStep {
  readonly kind: "downgrade";
  readonly revision: ReversibleRevision;
}

/**
 * The steps up to a target, none where the database is there.
 *
 * @throws {MigrationError} what stands in the way (see {@link findObstacle}), TARGET_NOT_REACHABLE for a target below
 * the current revision, REVISION_INVALID for a script that must not be run.
 */
export function planUpgrade(history: History, applied: readonly Applied[], target: Target): UpgradeStep[] {
  const status = readClearStatus(history, applied);
  const from = status.current?.index ?? -1;
  const to = positionOf(target);
  if (to < from) throw wrongWay(status, target, "upgrade", "downgrade");
  const revisions = history.revisions.slice(from + 1, to + 1);
  for (const revision of revisions) assertRunnable(revision.up, revision.tag);
  return revisions.map((revision) => ({ kind: "upgrade", revision }));
}

/**
 * The steps down to a target, from the top, none where the database is there.
 *
 * @throws {MigrationError} as for {@link planUpgrade}, and DOWNGRADE_IRREVERSIBLE.
 */
export function planDowngrade(
  history: History,
  applied: readonly Applied[],
  target: Target,
): DowngradeStep[] {
  const status = readClearStatus(history, applied);
  const from = status.current?.index ?? -1;
  const to = positionOf(target);
  if (to > from) throw wrongWay(status, target, "downgrade", "upgrade");
  const revisions = history.revisions.slice(to + 1, from + 1).toReversed();
  const changes = revisions.length === 0 ? new Map<never, never>() : findDataRevisions(history.revisions);
  return revisions.map((revision) => {
    if (!isReversible(revision)) throw irreversible(revision);
    const refusal = changes.get(revision.index)?.refusal;
    if (refusal !== undefined) throw notRestored(revision, refusal);
    assertRunnable(revision.down.script, revision.tag);
    return { kind: "downgrade", revision };
  });
}

function readClearStatus(history: History, applied: readonly Applied[]): Status {
  const status = readStatus(history, applied);
  const obstacle = findObstacle(status);
  if (obstacle !== undefined) throw obstacle;
  return status;
}

function wrongWay(status: Status, target: Target, asked: string, other: string): MigrationError {
  const name = target.kind === "base" ? "base" : target.revision.tag;
  const side = asked === "upgrade" ? "older" : "newer";
  return new MigrationError(
    "TARGET_NOT_REACHABLE",
    `${name} is ${side} than ${status.current?.tag ?? "base"}, where the database is: no ${asked} leads there. Use ${other}.`,
    { details: { target: name, current: status.current?.tag ?? null } },
  );
}

function notRestored(revision: ReversibleRevision, reason: string): MigrationError {
  return new MigrationError(
    "DOWNGRADE_IRREVERSIBLE",
    `${revision.tag} was not taken back: ${reason}. Nothing was changed.`,
    { place: { revision: revision.tag, file: revision.down.script.file }, details: { reason } },
  );
}

function irreversible(revision: Revision): MigrationError {
  const reason = revision.down.kind === "irreversible" ? revision.down.reason : "";
  return new MigrationError(
    "DOWNGRADE_IRREVERSIBLE",
    `${revision.tag} cannot be taken back: ${reason} Nothing was changed. ` +
      `Choose a target that is not below it, or write its downgrade script.`,
    { place: { revision: revision.tag, file: revision.up.file }, details: { reason } },
  );
}
