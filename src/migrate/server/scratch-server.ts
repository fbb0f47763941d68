// A server for one test or one command, over a temporary folder that goes away with it.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ServerOptions, type SqldServer, startServer } from "./server.ts";

/** A server and the folder that is removed when it stops. */
export interface ScratchServer extends SqldServer {
  readonly folder: string;
  /** Starts it again over the same data, on the same port, after it was killed from outside or with `kill`. */
  restart(): Promise<ScratchServer>;
}

/**
 * Starts a server over an empty temporary folder on any free port.
 * `stop` ends it by force, since its data is not needed, and removes the folder; `kill` keeps the folder.
 */
export async function startScratchServer(
  options: Omit<ServerOptions, "folder"> = {},
): Promise<ScratchServer> {
  const folder = await mkdtemp(join(tmpdir(), "eaves-"));
  try {
    return await startOver(folder, options);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function startOver(folder: string, options: Omit<ServerOptions, "folder">): Promise<ScratchServer> {
  const server = await startServer({ ...options, folder });
  return {
    ...server,
    folder,
    stop: async () => {
      await server.kill();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
    restart: async () => {
      await server.kill();
      return startOver(folder, { ...options, port: server.port });
    },
  };
}
