// Whether a revision's snapshot follows one that comes before it, which says that the revisions are in their order.
import type { Revision } from "../../history/revision.ts";
import type { ScriptDirectory } from "../../folder/script-directory.ts";
import { originId } from "../../folder/snapshot.ts";

/** What is wrong with a snapshot's place, and what fixes it; undefined if nothing is, or there is no snapshot. */
export function explainChain(
  { layout, history, snapshots }: ScriptDirectory,
  { tag, index }: Revision,
): string | undefined {
  const snapshot = snapshots(tag);
  if (snapshot === undefined) return undefined;
  const { revisions } = history;
  const before = [originId, ...revisions.slice(0, index).flatMap((one) => snapshots(one.tag)?.id ?? [])];
  // drizzle-kit 1.0 has branches that are merged later: there every snapshot before may be the one that is followed.
  const lost = snapshot.prevIds.find((id) => !before.includes(id));
  const follows =
    layout === "folders" ? lost === undefined : snapshot.prevIds.includes(before.at(-1) ?? originId);
  if (follows) return undefined;
  const later = revisions.slice(index + 1).find((one) => snapshots(one.tag)?.id === lost);
  if (layout === "folders" && later !== undefined) {
    return (
      `${tag} was made after ${later.tag}, and comes before it by its name, which is the order that drizzle-kit 1.0 applies ` +
      "folders in: run `revision --rebase`"
    );
  }
  return `The snapshot of ${tag} does not follow that of the revision before it: run \`revision --rebase\``;
}
