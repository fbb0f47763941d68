// Branches of drizzle-kit 1.0: two developers' revisions that git has put together, and no later snapshot has joined yet.
import type { Revision, Tag } from "../history/revision.ts";
import { originId, type Snapshot } from "./snapshot.ts";

/** Whether a revision's snapshot follows those of all the revisions before it, over however many others. */
export function followsAll(
  tag: Tag,
  tags: readonly Tag[],
  snapshots: (tag: Tag) => Snapshot | undefined,
): boolean {
  const before = tags.slice(0, tags.indexOf(tag)).flatMap((one) => snapshots(one) ?? []);
  const open = new Set(snapshots(tag)?.prevIds);
  for (const { id, prevIds } of before.toReversed()) {
    if (!open.has(id)) return false;
    for (const previous of prevIds) open.add(previous);
  }
  return true;
}

/** Revisions behind those that their snapshots follow, and else in the order that they have. */
export function inChainOrder(
  revisions: readonly Revision[],
  snapshots: (tag: Tag) => Snapshot | undefined,
): Revision[] {
  const rest = [...revisions];
  const ordered: Revision[] = [];
  const waits = (revision: Revision): boolean => {
    const previous = snapshots(revision.tag)?.prevIds ?? [];
    return rest.some((other) => other !== revision && previous.includes(snapshots(other.tag)?.id ?? ""));
  };
  while (rest.length > 0) {
    const next = rest.findIndex((revision) => !waits(revision));
    ordered.push(...rest.splice(Math.max(0, next), 1));
  }
  return ordered;
}

/** What a new snapshot has to follow: the newest of each branch. */
export function leavesOf(snapshots: readonly Snapshot[]): readonly string[] {
  const followed = new Set(snapshots.flatMap(({ prevIds }) => prevIds));
  const leaves = snapshots.flatMap(({ id }) => (followed.has(id) ? [] : [id]));
  return leaves.length === 0 ? [originId] : leaves;
}
