// A copy of the project in a temporary folder, to follow its documents in.
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

const notCopied = new Set(["node_modules", ".git", ".eaves", ".wrangler", ".dev.vars"]);

/** A copy, which goes away when it is disposed of. */
export interface ProjectCopy extends AsyncDisposable {
  readonly folder: string;
}

/** Copies the project with the packages it has installed. */
export async function copyProject(root: string): Promise<ProjectCopy> {
  const folder = await mkdtemp(join(tmpdir(), "eaves-walk-"));
  await cp(root, folder, { recursive: true, filter: (path) => !notCopied.has(basename(path)) });
  // Linked one by one, so that what tools keep in node_modules is the copy's own.
  await mkdir(join(folder, "node_modules"));
  for (const name of await readdir(join(root, "node_modules"))) {
    if (!name.startsWith(".") || name === ".bin")
      await symlink(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
  // What only the laboratories need is installed beside them.
  for (const labs of ["test/labs/node_modules", "test/labs/drizzle-1/node_modules"])
    if (existsSync(join(root, labs))) await symlink(join(root, labs), join(folder, labs));
  return {
    folder,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}
