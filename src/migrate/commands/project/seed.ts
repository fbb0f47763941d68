// The project's own rows for proofs, `seed.sql` beside the revisions.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { splitStatements } from "../../sql/sql-tokens.ts";

/** The statements of `seed.sql`; nothing if there is no such file. */
export async function readSeed(folder: string): Promise<{ readonly seed?: readonly string[] }> {
  const text = await readFile(join(folder, "seed.sql"), "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  return text === undefined ? {} : { seed: splitStatements(text).map(({ sql }) => sql) };
}
