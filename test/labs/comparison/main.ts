// The command `npm run demo:traps`. Ends with 1 where a trap was not seen: plain caught in it, and Eaves not.
import { DevError } from "../../../src/dev/command/dev-error.ts";
import { runCommand } from "../../../src/dev/command/run-command.ts";
import { waitForStop } from "../../../src/dev/command/stop-signal.ts";
import { demonstrate } from "./demonstration.ts";

const stopped = new AbortController();
void waitForStop().then((reason) =>
  stopped.abort(new DevError("DEMO_ENDED", `The demonstration was ended by ${reason}`)),
);

await runCommand(async () => {
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  if (await demonstrate(print, stopped.signal)) return;
  throw new DevError("DEMO_ENDED", "Not every trap was as it is told above: the last table says which");
});
