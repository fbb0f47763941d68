// How often a password was tried lately, for accounts and for addresses without one.
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** One row for whom passwords were tried without success, until its window has passed. */
export const loginThrottles = sqliteTable(
  "login_throttles",
  {
    /** SHA-256 of whom the attempts were for: what strangers type is not kept. */
    subjectHash: text("subject_hash").primaryKey(),
    attempts: integer("attempts").notNull(),
    /** Unix time in seconds at which the count begins anew. */
    resetsAt: integer("resets_at").notNull(),
  },
  (table) => [index("ix_login_throttles_resets_at").on(table.resetsAt)],
);
