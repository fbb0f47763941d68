// Brings a database to the newest revision in drizzle/. With drizzle's own migrator, until ours takes its place.
import { createClient } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";
import { migrate } from "drizzle-orm/libsql/migrator";
import type { DatabaseConfig } from "../database/config.ts";

/** Applies what is pending, all or nothing; does nothing where the database is up to date. */
export async function applyRevisions(database: DatabaseConfig, revisionFolder: string): Promise<void> {
  const { url, authToken } = database;
  const client = createClient(authToken === undefined ? { url } : { url, authToken });
  try {
    await migrate(drizzle(client), { migrationsFolder: revisionFolder });
  } finally {
    client.close();
  }
}
