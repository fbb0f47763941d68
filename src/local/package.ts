// The command `npm run package`: the migration tool as a tarball that is installed into other projects.
import { join, relative } from "node:path";
import { findProject } from "./project.ts";
import { runCommand } from "./run-command.ts";
import { makeToolPackage } from "./tool-package.ts";

await runCommand(async () => {
  const { folder } = findProject(process.env);
  const { tarball, bytes, files } = await makeToolPackage(folder, join(folder, "dist"));
  console.log(`${relative(process.cwd(), tarball)}  ${files.length} files, ${Math.ceil(bytes / 1000)} kB`);
});
