// The logins table: what a refresh token is checked against.
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { users } from "./users.ts";

/**
 * One row a login, as long as it can be refreshed. A refresh token is a family, which stays, and a secret, which
 * every refresh replaces; only their SHA-256 hashes are here.
 */
export const authSessions = sqliteTable(
  "auth_sessions",
  {
    // Never given twice, as with accounts: an access token names its login.
    id: integer("id").primaryKey({ autoIncrement: true }),
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    familyHash: text("family_hash").notNull(),
    /** Of the one token that can be refreshed next. */
    tokenHash: text("token_hash").notNull(),
    /** Unix time in seconds; set at the login, and not moved by a refresh. */
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [
    uniqueIndex("ix_auth_sessions_family_hash").on(table.familyHash),
    index("ix_auth_sessions_user_id").on(table.userId),
    index("ix_auth_sessions_expires_at").on(table.expiresAt),
  ],
);
