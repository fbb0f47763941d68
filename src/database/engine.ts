// Opens sessions on one database. Holds settings only: no client, no connection, no I/O.
import type { DatabaseConfig } from "./config.ts";
import { createHttpClient } from "./client.ts";
import { openSession } from "./session.ts";
import type { Session, SessionOptions } from "./session.ts";
import type { EnginePorts } from "./session-core.ts";
import type { Database } from "./drizzle.ts";

/** A database that sessions can be opened on. */
export interface Engine {
  openSession(options: SessionOptions): Session;
}

/** The ports of every runtime with `fetch`. A script in Node that opens a `file:` URL needs `libsqlClient`. */
export const webPorts: EnginePorts = {
  createClient: createHttpClient,
  fetch: (url, init) => fetch(url, init),
  now: () => Date.now(),
  random: () => Math.random(),
  // The report of the session says that closing failed; who has a log hands in a port that says why.
  logError: () => undefined,
};

/** Makes an engine; opens nothing. */
export function createEngine(config: DatabaseConfig, ports: EnginePorts = webPorts): Engine {
  return { openSession: (options) => openSession(config, ports, options) };
}

/** How to run a piece of work with a session of its own. */
export interface WithSessionOptions extends Partial<SessionOptions> {
  readonly ports?: EnginePorts;
}

/**
 * Runs work with a session of its own and closes it afterwards, whatever the outcome: for scheduled handlers,
 * background work and scripts.
 *
 * @throws what `work` throws; closing never replaces it.
 */
export async function withSession<Result>(
  config: DatabaseConfig,
  work: (db: Database, session: Session) => Promise<Result>,
  options: WithSessionOptions = {},
): Promise<Result> {
  const { ports = webPorts, requestId = "background", ...rest } = options;
  const session = openSession(config, ports, { requestId, ...rest });
  try {
    return await work(session.db, session);
  } finally {
    await session.close();
  }
}
