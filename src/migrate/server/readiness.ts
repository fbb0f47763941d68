// Decides when a server that was just started may be used, and why it may not.
import { setTimeout as delay } from "node:timers/promises";
import { SqldError } from "./errors.ts";
import { isHealthy } from "./health.ts";
import { explainExit, folderDamaged, type StartAttempt } from "./start-failure.ts";

/** What a server has printed. */
export interface Output {
  /** The first 500 lines. */
  readonly text: () => string;
  /** Resolves when everything printed has been read. */
  readonly ended: Promise<unknown>;
}

/** A server that may not answer yet. */
export interface StartingServer {
  readonly url: string;
  readonly exited: Promise<unknown>;
}

/**
 * Resolves when the server answers and can read its data.
 *
 * @throws {SqldError} naming what is in the way; the process may still run then.
 */
export async function waitUntilReady(
  server: StartingServer,
  output: Output,
  attempt: StartAttempt,
  limitMs: number,
): Promise<void> {
  const end = performance.now() + limitMs;
  let running = true;
  void server.exited.then(() => (running = false));
  while (performance.now() < end) {
    if (!running) {
      await output.ended;
      throw explainExit(output.text(), attempt);
    }
    // Only a server that says it listens is asked: another program's may answer on the same port.
    if (
      output.text().includes("listening for incoming user HTTP connection") &&
      (await isHealthy(server.url))
    ) {
      await refuseDamagedData(server.url, attempt);
      return;
    }
    await delay(10);
  }
  throw new SqldError(
    "START_TIMEOUT",
    `The libSQL server over ${attempt.folder} did not answer on port ${attempt.port} within ${limitMs} ms: ` +
      "try again on a quieter machine, or move the folder aside if it is large and was not shut down in order",
  );
}

/** A server can be healthy over a file whose first page is good and the next is not: read the schema. */
async function refuseDamagedData(url: string, { folder }: StartAttempt): Promise<void> {
  const statement = { sql: "SELECT count(*) FROM sqlite_schema" };
  const requests = [{ type: "execute", stmt: statement }, { type: "close" }];
  const response = await fetch(new URL("/v2/pipeline", url), {
    method: "POST",
    body: JSON.stringify({ requests }),
    signal: AbortSignal.timeout(5_000),
  }).catch(() => undefined);
  // A server with keys or namespaces of its own refuses to answer: that is not damage.
  const said = response?.ok ? await response.text() : "";
  const fault = /SQLITE_CORRUPT|SQLITE_NOTADB|malformed|not a database/.exec(said)?.[0];
  if (fault !== undefined) throw folderDamaged(folder, fault);
}
