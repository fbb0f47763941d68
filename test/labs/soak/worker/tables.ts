// The tables that the load writes to: made beside the service's own, in a database of the run alone.
import { primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** One row for each write by a statement of its own. */
export const entries = sqliteTable("soak_entries", { key: text("key").primaryKey() });

/** Two rows, `left` and `right`, for each transaction: one alone is half a transaction. */
export const pairs = sqliteTable(
  "soak_pairs",
  { key: text("key").notNull(), side: text("side").notNull() },
  (table) => [primaryKey({ columns: [table.key, table.side] })],
);

/** What makes them. */
export const soakTables = [
  "CREATE TABLE soak_entries (key text PRIMARY KEY NOT NULL)",
  "CREATE TABLE soak_pairs (key text NOT NULL, side text NOT NULL, PRIMARY KEY (key, side))",
  "CREATE TABLE soak_control (beats integer NOT NULL)",
  "INSERT INTO soak_control VALUES (0)",
];
