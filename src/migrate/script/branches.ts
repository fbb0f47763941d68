// Branches of drizzle-kit 1.0: two developers' revisions that git has put together, and no later snapshot has joined yet.
import type { Tag } from "../plan/revision.ts";
import type { Snapshot } from "./snapshot.ts";

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
