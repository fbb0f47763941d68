// Runs the project's own rows over a database: all statements or none, with foreign keys on.
import { createClient } from "@libsql/client";
import type { DatabaseConfig } from "../../database/config.ts";
import { LocalError } from "../local-error.ts";
import { wordsOf } from "./exact-transaction.ts";

/** @throws {LocalError} `SEED_FAILED`. */
export async function plantSeed(database: DatabaseConfig, statements: readonly string[]): Promise<void> {
  const { url, authToken } = database;
  const client = createClient({ url, ...(authToken === undefined ? {} : { authToken }) });
  try {
    // A server has them on; a file does not, and within a transaction it is too late.
    await client.execute("PRAGMA foreign_keys=ON");
    await client.batch([...statements], "write");
  } catch (cause) {
    const said = cause instanceof Error ? wordsOf(cause) : String(cause);
    throw new LocalError(
      "SEED_FAILED",
      `drizzle/seed.sql failed and left nothing: ${said}. Over rows of its own it may not fit: \`npm run db:reset\` first`,
      { cause },
    );
  } finally {
    client.close();
  }
}
