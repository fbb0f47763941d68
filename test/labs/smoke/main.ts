// The command `npm run smoke`: says whether a deployed Worker and a remote database do what is promised of them.
// Ends with 0, with 1 where a check failed or something could not be removed, with 2 where the command line is wrong.
import { ConfigError } from "../../../src/database/config.ts";
import { DevError } from "../../../src/dev/command/dev-error.ts";
import { runCommand } from "../../../src/dev/command/run-command.ts";
import { parseSmokeTarget, type SmokeTarget } from "./arguments.ts";
import type { CheckResult } from "./check.ts";
import { runSmoke } from "./run.ts";
import { waitForStop } from "../../../src/dev/command/stop-signal.ts";

const stopping = new AbortController();
async function stopWhenAsked(): Promise<void> {
  const reason = await waitForStop();
  console.error(`Ended by ${reason}: removing what was made`);
  stopping.abort();
}

void stopWhenAsked();

await runCommand(async () => {
  const target = readTarget();
  let group = "";
  const onResult = (result: CheckResult): void => {
    if (result.group !== group) console.log(`\n${result.group}`);
    group = result.group;
    console.log(`  ${result.outcome.padEnd(11)}  ${result.name.padEnd(57)}  ${result.detail}`);
  };
  const nowSeconds = Math.floor(Date.now() / 1000);
  const results = await runSmoke(target, { stopped: stopping.signal, onResult, nowSeconds });
  const count = (outcome: CheckResult["outcome"]) =>
    results.filter((result) => result.outcome === outcome).length;
  const words = `${count("pass")} passed, ${count("FAIL")} failed, ${count("not checked")} not checked`;
  console.log(`\n${words}`);
  if (stopping.signal.aborted) throw new DevError("STOPPED", "It was stopped before it had tried everything");
  if (count("FAIL") > 0) throw new DevError("SMOKE_FAILED", "Not everything that is promised was found");
});

function readTarget(): SmokeTarget {
  try {
    return parseSmokeTarget(process.argv.slice(2), process.env);
  } catch (error) {
    if (!(error instanceof DevError || error instanceof ConfigError)) throw error;
    console.error(error.message);
    return process.exit(2);
  }
}
