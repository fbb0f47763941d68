// The command `npm run db:push`: drizzle-kit push for quick trials, and then proof that it did what it says.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { pipelineUrl } from "../database/pipeline.ts";
import { acceptPush } from "../migrate/index.ts";
import { readCommandLine } from "./command/command-line.ts";
import { DevError } from "./command/dev-error.ts";
import { runOnDatabase } from "./command/run-on-database.ts";
import { migrationContext, withCode } from "./command/revisions.ts";

await runOnDatabase(
  () => {
    const about =
      "Runs drizzle-kit push, and checks that the database has the schema of the newest revision afterwards.";
    readCommandLine(process.argv.slice(2), { name: "npm run db:push", about });
  },
  async ({ database, project }) => {
    await refuseRedirect(database.url);
    await push(project.folder, database.url);
    const { to } = await withCode("PUSH_REFUSED", () =>
      acceptPush({
        ...migrationContext(project.folder, database, (step) => console.error(step)),
        nodePath: process.execPath,
        variables: process.env,
        schema: undefined,
        questions: undefined,
      }),
    );
    console.log(`The database is at ${to ?? "base"}`);
  },
);

/** drizzle-kit follows redirects, and would change the tables of another database. @throws {DevError} */
async function refuseRedirect(url: string): Promise<void> {
  if (/^file:/i.test(url)) return;
  const request = { method: "POST", redirect: "manual", body: JSON.stringify({ requests: [] }) } as const;
  // Whatever else is wrong with the server is for drizzle-kit to say.
  const response = await fetch(pipelineUrl(url), request).catch(() => undefined);
  await response?.body?.cancel();
  if (response === undefined || response.status < 300 || response.status >= 400) return;
  throw new DevError(
    "PUSH_REFUSED",
    `${new URL(url).host} answers with a redirect (${response.status}), and nothing was pushed: ` +
      "set DATABASE_URL to the URL of the libSQL server itself",
  );
}

/** drizzle-kit gets the terminal, since it may ask whether data may be lost. Its exit code says nothing. */
async function push(folder: string, url: string): Promise<void> {
  const entry = join(folder, "node_modules/drizzle-kit/bin.cjs");
  const child = spawn(process.execPath, [entry, "push", ...process.argv.slice(2)], {
    cwd: folder,
    stdio: "inherit",
    env: { ...process.env, DATABASE_URL: url },
  });
  await once(child, "exit");
}
