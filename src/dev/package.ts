// The command `npm run package`: the migration tool as a tarball that is installed into other projects.
import { join, relative } from "node:path";
import { readCommandLine } from "./command/command-line.ts";
import { findProject } from "./command/project.ts";
import { runCommand } from "./command/run-command.ts";
import { makeToolPackage } from "./tool-package.ts";

await runCommand(async () => {
  readCommandLine(process.argv.slice(2), {
    name: "npm run package",
    about: "Packs the migration tool for other projects, into dist/.",
  });
  const { folder } = findProject(process.env);
  const { tarball, bytes, files } = await makeToolPackage(folder, join(folder, "dist"));
  console.log(`${relative(process.cwd(), tarball)}  ${files.length} files, ${Math.ceil(bytes / 1000)} kB`);
});
