// A scratch database that is open: introduces autogenerate's scratch server to runtime's way of talking to it.
import { openScratch, type ScratchPort } from "../../proof/scratch.ts";
import { readCapture } from "../../runtime/capture-reader.ts";
import { type Database, openDatabase } from "../../runtime/connection.ts";

/** An open scratch database, with what proves on it. */
export interface Ground {
  readonly port: ScratchPort;
  readonly kind: "server" | "file";
  readonly by: string;
}

/** Opens a scratch database for a piece of work, and removes it whatever happens. */
export async function withScratch<T>(work: (ground: Ground) => Promise<T>): Promise<T> {
  const scratch = await openScratch();
  try {
    const database = openDatabase(scratch.config);
    try {
      return await work({ port: portOf(database), kind: scratch.kind, by: scratch.by });
    } finally {
      database.close();
    }
  } finally {
    await scratch.close();
  }
}

/** What autogenerate may do with a database. */
function portOf(database: Database): ScratchPort {
  return {
    migrate: (statements) => database.migrate(statements),
    write: (statements) => database.write(statements),
    read: (statements) => database.read(statements),
    capture: () => readCapture(database),
  };
}
