// Lets one `npm run dev` of a project run at a time, and ends what one that was killed has left behind.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { takeLock } from "../../migrate/server/folder-lock.ts";
import { endProcess, isProcessIdentity, type ProcessIdentity } from "../../migrate/server/process-table.ts";
import { DevError } from "../command/dev-error.ts";

/** The right to run `dev`, held until `release` or the end of the process. */
export interface DevLock {
  /** Names the wrangler to be ended by the next `dev` should this one be killed. */
  record(wrangler: ProcessIdentity): void;
  release(): void;
}

/** What dev.json holds. */
interface DevState {
  readonly url?: string;
  readonly wrangler?: ProcessIdentity;
}

/** @throws {DevError} `ALREADY_RUNNING`, naming the URL of the one that runs. */
export async function takeDevLock(stateFolder: string, url: string): Promise<DevLock> {
  mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
  const file = join(stateFolder, "dev.json");
  const lock = takeLock(join(stateFolder, "dev.lock"));
  const previous = readState(file);
  if (lock === undefined) {
    const where = previous?.url === undefined ? "" : ` on ${previous.url}`;
    throw new DevError(
      "ALREADY_RUNNING",
      `npm run dev runs in this folder already${where}: use that one, or stop it first`,
    );
  }
  if (isProcessIdentity(previous?.wrangler)) await endProcess(previous.wrangler, { group: true });
  const write = (state: DevState): void => writeFileSync(file, `${JSON.stringify(state)}\n`);
  write({ url });
  return {
    record: (wrangler) => write({ url, wrangler }),
    release: () => {
      rmSync(file, { force: true });
      lock.release();
    },
  };
}

function readState(file: string): DevState | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as DevState;
  } catch {
    // Missing, or cut off when its writer was killed.
    return undefined;
  }
}
