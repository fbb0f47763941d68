// A scratch database that the tests of a file share.
import { openScratch } from "../../../../src/migrate/proof/scratch.ts";
import type { Ground } from "../../../../src/migrate/commands/project/scratch-ground.ts";
import { readCapture } from "../../../../src/migrate/runtime/capture-reader.ts";
import { type Database, openDatabase } from "../../../../src/migrate/runtime/connection.ts";

/** What autogenerate may do with a database. */
export function portOf(database: Database): Ground["port"] {
  return {
    migrate: (statements) => database.migrate(statements),
    write: (statements) => database.write(statements),
    read: (statements) => database.read(statements),
    capture: () => readCapture(database),
  };
}

/** A scratch file, and how it is closed. */
export async function openGround(): Promise<{
  readonly ground: Ground;
  readonly close: () => Promise<void>;
}> {
  const scratch = await openScratch("file");
  const database = openDatabase(scratch.config);
  return {
    ground: { port: portOf(database), kind: "file", by: scratch.by },
    close: async () => {
      database.close();
      await scratch.close();
    },
  };
}
