// A scratch database with the real runtime behind it, for the tests of this room.
import { openScratch } from "../../../../src/migrate/proof/scratch.ts";
import type { ProofGround } from "../../../../src/migrate/proof/proof.ts";
import { readCapture } from "../../../../src/migrate/runtime/capture-reader.ts";
import { openDatabase } from "../../../../src/migrate/runtime/connection.ts";

/** A ground that a test closes. */
export interface TestGround extends ProofGround {
  close(): Promise<void>;
}

/** Opens a scratch database; `file` for one without a server. */
export async function openGround(kind?: "file"): Promise<TestGround> {
  const scratch = await openScratch(kind);
  const database = openDatabase(scratch.config);
  return {
    kind: scratch.kind,
    by: scratch.by,
    port: {
      migrate: (statements) => database.migrate(statements),
      write: (statements) => database.write(statements),
      read: (statements) => database.read(statements),
      capture: () => readCapture(database),
    },
    close: async () => {
      database.close();
      await scratch.close();
    },
  };
}
