// The tables of a smoke test in somebody's database: how they are named, and how they go away. Touches no other.
import { randomInt } from "node:crypto";
import { type Client, createClient } from "@libsql/client/http";
import type { DatabaseConfig } from "../../../src/database/config.ts";
import { fetchAtHome } from "../../../src/dev/backup/exact-transaction.ts";

const family = "eaves_smoke_";
/** Seconds since 1970, and four characters so that two of the same second are two. */
const pattern = /^(?:__)?eaves_smoke_([0-9a-z]{6})[0-9a-z]{4}_/;
/** What is older than this has no run any more that could need it. */
const staleSeconds = 3_600;
const requestMs = 15_000;

/** Names a run: `eaves_smoke_…_`, with which everything begins that it makes, behind `__` for bookkeeping. */
export function createPrefix(nowSeconds: number): string {
  const random = randomInt(36 ** 4)
    .toString(36)
    .padStart(4, "0");
  return `${family}${nowSeconds.toString(36).padStart(6, "0")}${random}_`;
}

/** Whether a table was left by a run that was killed: its name says when it began. */
export function isStale(table: string, nowSeconds: number): boolean {
  const began = pattern.exec(table)?.[1];
  return began !== undefined && nowSeconds - Number.parseInt(began, 36) > staleSeconds;
}

/** A client of its own, whose requests end. */
export function openClient(database: DatabaseConfig): Client {
  const { url, authToken } = database;
  return createClient({
    url,
    ...(authToken === undefined ? {} : { authToken }),
    fetch: fetchAtHome(database, () => AbortSignal.timeout(requestMs)),
  });
}

/** All tables of smoke tests, of whichever run. */
export async function listTables(client: Client): Promise<readonly string[]> {
  const { rows } = await client.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
  const names = rows.map((row) => row["name"]);
  return names.filter((name) => typeof name === "string").filter((name) => pattern.test(name));
}

/** Those that belong to one run. */
export function tablesOf(prefix: string, tables: readonly string[]): readonly string[] {
  return tables.filter((name) => name.startsWith(prefix) || name.startsWith(`__${prefix}`));
}

/** Drops tables, in one transaction, with foreign keys off so that their order is of no matter. */
export async function dropTables(client: Client, tables: readonly string[]): Promise<void> {
  if (tables.length === 0) return;
  // Names of this form need no quotes; whatever else comes here by mistake is not dropped.
  const strange = tables.find((name) => !pattern.test(name) || /\W/.test(name));
  if (strange !== undefined) throw new TypeError(`${strange} is no table of a smoke test`);
  await client.migrate(tables.map((name) => `DROP TABLE IF EXISTS ${name}`));
}

/**
 * Removes everything of a run and looks whether it is gone; several times, since what the run had in flight when it was
 * stopped may come later.
 *
 * @returns how many tables were removed. @throws with the names of those that are left.
 */
export async function removeTables(client: Client, prefix: string): Promise<number> {
  const removed = new Set<string>();
  for (let attempt = 1; ; attempt++) {
    try {
      const left = tablesOf(prefix, await listTables(client));
      if (left.length === 0) return removed.size;
      await dropTables(client, left);
      for (const name of left) removed.add(name);
    } catch (cause) {
      if (attempt < mostAttempts) continue;
      const message = `tables beginning with ${prefix} or __${prefix} may be left: drop them by hand`;
      throw new Error(message, { cause });
    }
  }
}

const mostAttempts = 4;
