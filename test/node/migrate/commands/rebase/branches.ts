// Two branches that were made beside each other, as drizzle-kit and the tool left them, to be merged in any shape.
import { cp, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRevision } from "../../../../../src/migrate/index.ts";
import { createProject, type TestProject } from "../project.ts";

/** A revision to be made: what it is called, and the schema that it leads to. */
export interface BranchRevision {
  readonly message: string;
  readonly schema: string;
  readonly empty?: boolean;
}

/** A folder with the files of a branch. */
export interface Branch extends AsyncDisposable {
  readonly folder: string;
}

/** Makes the revisions one after the other, behind those of another branch. */
export async function makeBranch(revisions: readonly BranchRevision[], from?: Branch): Promise<Branch> {
  await using project = await createProject();
  if (from !== undefined) await cp(from.folder, join(project.folder, "drizzle"), { recursive: true });
  for (const { message, schema, empty = false } of revisions) {
    await project.write("schema.ts", schema);
    await createRevision(project.context, { message, empty, archive: true, renames: [] });
  }
  const folder = await mkdtemp(join(tmpdir(), "eaves-branch-"));
  await cp(join(project.folder, "drizzle"), folder, { recursive: true });
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** An entry of a merged journal: of which branch, its tag and its time. */
export interface MergedEntry {
  readonly branch: Branch;
  readonly tag: string;
  readonly when: number;
  readonly idx: number;
}

/** Puts branches together as a merge does: all scripts, and of two snapshots with one name that of `ours`. */
export async function mergeInto(
  project: TestProject,
  entries: readonly MergedEntry[],
  ours: Branch,
): Promise<void> {
  await rm(join(project.folder, "drizzle"), { recursive: true, force: true });
  await mkdir(join(project.folder, "drizzle/meta"), { recursive: true });
  for (const { branch, tag } of entries.toSorted(
    (a, b) => Number(a.branch === ours) - Number(b.branch === ours),
  )) {
    const snapshot = `meta/${tag.slice(0, 4)}_snapshot.json`;
    for (const name of [`${tag}.sql`, `${tag}.down.sql`, snapshot]) {
      await project.write(`drizzle/${name}`, await readFile(join(branch.folder, name), "utf8"));
    }
  }
  const journal = {
    version: "7",
    dialect: "sqlite",
    entries: entries.map(({ tag, when, idx }) => ({ idx, version: "6", when, tag, breakpoints: true })),
  };
  await project.write("drizzle/meta/_journal.json", JSON.stringify(journal));
}
