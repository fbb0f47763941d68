// `npm run assets`: the build step of dev, test and deploy.
import { join, relative } from "node:path";
import { writeAssets } from "./assets.ts";

const projectFolder = join(import.meta.dirname, "../..");

try {
  const { folder, operations, bytes } = await writeAssets(projectFolder);
  const size = (bytes / 1e6).toFixed(1);
  console.log(
    `${relative(projectFolder, folder)}: ${operations} operations and the page to try them, ${size} MB`,
  );
} catch (error) {
  // What a developer can mend is said in one line; anything else with the place it came from.
  console.error(error instanceof TypeError ? error.message : error);
  process.exitCode = 1;
}
