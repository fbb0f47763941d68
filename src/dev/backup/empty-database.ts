// Drops everything in a local database. Never for one that is not on this machine.
import type { DatabaseConfig } from "../../database/config.ts";
import { DevError } from "../command/dev-error.ts";
import { withLoad } from "./exact-transaction.ts";
import { quoteName } from "./sql-literal.ts";
import { readListing } from "./table-listing.ts";

/**
 * Refuses if `DATABASE_URL` names a database over a network, on this machine too: behind `localhost` may be a tunnel.
 *
 * @throws {DevError} `RESET_REFUSED`.
 */
export function refuseRemote(variables: Readonly<Record<string, string | undefined>>): void {
  const url = variables["DATABASE_URL"]?.trim() ?? "";
  if (url === "" || url.startsWith("file:")) return;
  throw new DevError(
    "RESET_REFUSED",
    `DATABASE_URL names ${URL.canParse(url) ? new URL(url).host : "a database"}, and only the local server and file: ` +
      "databases may be emptied: unset DATABASE_URL for the local server",
  );
}

/** Leaves no table, view or counter behind, in one transaction. */
export async function emptyDatabase(database: DatabaseConfig): Promise<void> {
  await withLoad(database, async ({ read, run }) => {
    const views = await read("SELECT name FROM sqlite_schema WHERE type = 'view'");
    const { tables } = await readListing(read);
    // Views first: a drop looks at those that are left. Shadows go with their virtual tables, counters with theirs.
    const drops = [
      ...views.map((row) => `DROP VIEW ${quoteName(String(row[0]))}`),
      ...tables.flatMap(({ name, sql }) => (sql === undefined ? [] : [`DROP TABLE ${quoteName(name)}`])),
    ];
    await run([...drops, "PRAGMA user_version=0"]);
  });
}
