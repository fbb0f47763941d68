// The command `npm run dev`: the whole service on this machine. Everything it does is in dev-session.ts.
import { readCommandLine } from "./command/command-line.ts";
import { runDevSession } from "./service/dev-session.ts";
import { findProject } from "./command/project.ts";
import { runCommand } from "./command/run-command.ts";
import { waitForStop } from "./command/stop-signal.ts";

const stopped = waitForStop();

await runCommand(() => {
  const { options } = readCommandLine(process.argv.slice(2), {
    name: "npm run dev",
    about: "Runs the service on this machine: database, revisions, Worker and /docs, until Ctrl-C.",
    options: {
      port: ["PORT", "where it answers; default: the variable PORT, or 8787"],
      host: ["ADDRESS", "the address to listen on; default: 127.0.0.1"],
    },
  });
  const { port, host = "127.0.0.1" } = options;
  return runDevSession({
    project: findProject(process.env),
    variables: port === undefined ? process.env : { ...process.env, PORT: port },
    host,
    print: (line) => console.log(line),
    stopped,
  });
});
