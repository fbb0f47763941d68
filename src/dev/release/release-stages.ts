// Which pending revisions are applied before a new Worker is up, and which only after it: what removes something
// breaks the Worker that still runs.
import type { RevisionEffect } from "../../migrate/index.ts";
import { DevError } from "../command/dev-error.ts";

/** Where each half of a release ends, by tag; undefined if that half has nothing to do. */
export interface ReleaseStages {
  /** Applied before the deployment, up to and with this one. */
  readonly expand: string | undefined;
  /** Applied after it. */
  readonly contract: string | undefined;
}

/**
 * Splits what is pending at the first revision that removes something.
 *
 * @throws {DevError} `DEPLOY_REFUSED` if no order fits both Workers: one revision adds and removes, or one that
 * adds comes after one that removes.
 */
export function planStages(pending: readonly RevisionEffect[]): ReleaseStages {
  const first = pending.findIndex(({ removes }) => removes.length > 0);
  const before = first < 0 ? pending : pending.slice(0, first);
  const after = first < 0 ? [] : pending.slice(first);
  for (const { tag, adds, removes } of after) {
    if (removes.length > 0 && adds.length > 0) {
      throw refusal(
        `${tag} adds ${adds.join(", ")} and removes ${removes.join(", ")}: whether it is applied before the ` +
          "deployment or after it, one of the two Workers fails meanwhile. Make two revisions of it",
      );
    }
    if (removes.length === 0) {
      throw refusal(
        `${tag} may be needed by the new Worker and stands behind ${after[0]?.tag ?? ""}, which is applied after the ` +
          "deployment: deploy the commit before it first",
      );
    }
  }
  return { expand: before.at(-1)?.tag, contract: after.at(-1)?.tag };
}

/** The error of a deployment that cannot work as it is asked for. */
export function refusal(message: string): DevError {
  return new DevError("DEPLOY_REFUSED", message);
}
