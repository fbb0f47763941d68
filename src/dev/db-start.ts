// The command `npm run db:start`: the local libSQL server alone, until a signal. Applies nothing.
import { startLocalServer } from "../migrate/server/local-server.ts";
import { DevError } from "./command/dev-error.ts";
import { readCommandLine } from "./command/command-line.ts";
import { findProject } from "./command/project.ts";
import { runCommand } from "./command/run-command.ts";
import { waitForStop } from "./command/stop-signal.ts";
import { withTokenSecrets } from "./service/token-secret.ts";
import { workerVariablesFor, writeDevVars } from "./service/worker-variables.ts";

const stopped = waitForStop();

await runCommand(async () => {
  readCommandLine(process.argv.slice(2), {
    name: "npm run db:start",
    about: "Runs the local libSQL server alone, until Ctrl-C.",
  });
  const project = findProject(process.env);
  const own = withTokenSecrets(process.env, project.stateFolder);
  const server = await startLocalServer(project.stateFolder, { lifetime: "service" });
  console.log(`The local libSQL server answers on ${server.url}`);
  const variables = workerVariablesFor({ url: server.url, authToken: undefined }, own);
  if (project.isDefaultState && !writeDevVars(project.folder, variables)) {
    console.log(
      ".dev.vars is your own and was left as it is: plain `wrangler dev` uses the database it names, and needs TOKEN_SECRETS",
    );
  }
  if (await Promise.race([stopped.then(() => false), server.exited.then(() => true)]))
    throw new DevError("SERVER_ENDED", "The local libSQL server ended by itself: run npm run db:start again");
  await server.stop();
});
