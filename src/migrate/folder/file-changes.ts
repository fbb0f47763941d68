// Several files of a folder changed together. Fails as a whole: what was there before is there again.
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A file of the folder, by its name there, and its new text; undefined removes it. */
export interface FileChange {
  readonly name: string;
  readonly text: string | undefined;
}

interface PreparedChange extends FileChange {
  readonly path: string;
  readonly prepared: string;
  readonly before: Buffer | undefined;
}

/**
 * Changes files in the order given, each by a rename, so that no reader ever sees half a file. The new texts are written
 * beside the folder's files first: a full disk or a missing right shows before anything is changed.
 */
export async function changeFiles(folder: string, changes: readonly FileChange[]): Promise<void> {
  const scratch = await mkdtemp(join(folder, ".eaves-"));
  const done: PreparedChange[] = [];
  try {
    const prepared = await Promise.all(changes.map((change, at) => prepare(folder, scratch, change, at)));
    for (const change of prepared) {
      done.push(change);
      await apply(change);
    }
  } catch (error) {
    for (const change of done.toReversed()) await undo(change);
    throw error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function prepare(
  folder: string,
  scratch: string,
  change: FileChange,
  at: number,
): Promise<PreparedChange> {
  const path = join(folder, change.name);
  const prepared = join(scratch, String(at));
  const before = await readFile(path).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  if (change.text !== undefined) await writeFile(prepared, change.text);
  return { ...change, path, prepared, before };
}

async function apply({ text, path, prepared }: PreparedChange): Promise<void> {
  await (text === undefined ? rm(path, { force: true }) : rename(prepared, path));
}

async function undo({ path, before }: PreparedChange): Promise<void> {
  await (before === undefined ? rm(path, { force: true }) : writeFile(path, before));
}
