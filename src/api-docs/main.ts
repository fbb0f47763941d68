// `npm run assets`: the build step of dev, test and deploy. `npm run routes`: who may call what.
import { join, relative } from "node:path";
import process from "node:process";
import { createApp } from "../worker/app.ts";
import { writeAssets } from "./assets.ts";
import { listRoutes } from "./route-list.ts";

const projectFolder = join(import.meta.dirname, "../..");

try {
  if (process.argv[2] === "routes") process.stdout.write(listRoutes(createApp().routes));
  else await makeAssets();
} catch (error) {
  // A mistake that a developer can correct gets one line; any other error its stack.
  console.error(error instanceof TypeError ? error.message : error);
  process.exitCode = 1;
}

async function makeAssets(): Promise<void> {
  const { folder, operations, undocumented, bytes } = await writeAssets(projectFolder);
  for (const name of undocumented)
    console.error(`warning: ${name} has no words for /docs: write a doc comment in front of it`);
  const size = (bytes / 1e6).toFixed(1);
  console.log(
    `${relative(projectFolder, folder)}: ${operations} operations and the page to try them, ${size} MB`,
  );
}
