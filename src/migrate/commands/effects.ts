// What revisions do to programs that use the database while they are applied. Reads the snapshots; needs no database.
import type { Revision } from "../history/revision.ts";
import type { ScriptDirectory } from "../folder/script-directory.ts";
import type { Context } from "./project/context.ts";
import { readRevisions } from "./project/workplace.ts";

/** What one revision adds and removes: tables, views, and columns with their types. */
export interface RevisionEffect {
  readonly tag: string;
  /** What only a newer program can use. */
  readonly adds: readonly string[];
  /** What an older program may still use. */
  readonly removes: readonly string[];
}

/**
 * Compares the snapshot of each of these revisions with the one before it. If they are the same, the head of the script
 * counts: a line `-- eaves:removes WHAT` names what statements written by hand remove.
 */
export async function readEffects(
  context: Pick<Context, "folder" | "projectFolder">,
  tags: readonly string[],
): Promise<readonly RevisionEffect[]> {
  const directory = await readRevisions(context);
  const { revisions } = directory.history;
  return tags.map((tag) => {
    const index = revisions.findIndex((revision) => revision.tag === tag);
    const before = namesOf(directory, revisions[index - 1]);
    const after = namesOf(directory, revisions[index]);
    const gone = [...before].filter((name) => !after.has(name));
    return {
      tag,
      adds: [...after].filter((name) => !before.has(name)),
      removes: gone.length > 0 ? gone : removedByHand(revisions[index]),
    };
  });
}

/** A column is named with its type: a program that reads the one cannot read the other. */
function namesOf({ models }: ScriptDirectory, revision: Revision | undefined): ReadonlySet<string> {
  const model = revision === undefined ? undefined : models(revision.tag);
  const tables = (model?.tables ?? []).flatMap(({ name: table, columns }) => [
    `table ${table}`,
    ...columns.map(({ name, type }) => `${table}.${name} (${type})`),
  ]);
  return new Set([...tables, ...(model?.views ?? []).map(({ name }) => `view ${name}`)]);
}

function removedByHand(revision: Revision | undefined): readonly string[] {
  const [head = ""] = /^(?:--[^\n]*\n|\s+)*/.exec(revision?.up.text ?? "") ?? [];
  return [...head.matchAll(/^-- eaves:removes (.+)$/gm)].map(([, what = ""]) => what);
}
