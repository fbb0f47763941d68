// The command `npm run dev`: the whole service on this machine. Everything it does is in dev-session.ts.
import { runDevSession } from "./dev-session.ts";
import { findProject } from "./project.ts";
import { runCommand } from "./run-command.ts";
import { waitForStop } from "./stop-signal.ts";

const stopped = waitForStop();

await runCommand(() =>
  runDevSession({
    project: findProject(process.env),
    variables: process.env,
    print: (line) => console.log(line),
    stopped,
  }),
);
