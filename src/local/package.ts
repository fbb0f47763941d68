// The command `npm run package`: the migration tool as a tarball that is installed into other projects.
import { stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { findProject } from "./project.ts";
import { runCommand } from "./run-command.ts";
import { makeToolPackage } from "./tool-package.ts";

await runCommand(async () => {
  const { folder } = findProject(process.env);
  const { tarball } = await makeToolPackage(folder, join(folder, "dist"));
  const { size } = await stat(tarball);
  console.log(`${relative(process.cwd(), tarball)}  ${Math.ceil(size / 1000)} kB`);
});
