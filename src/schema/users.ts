// The accounts table. Columns and index name are those of the service that Eaves replaces, and when it was closed.
import { integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** One row an account. `password` holds a scrypt hash in PHC form, never the password itself. */
export const users = sqliteTable(
  "users",
  {
    // Never given twice: a token names its account by id, and outlives an account that is deleted by minutes.
    id: integer("id").primaryKey({ autoIncrement: true }),
    email: text("email").notNull(),
    password: text("password").notNull(),
    /** `admin`, or anything else for an ordinary account. */
    role: text("role"),
    /** Unix time in seconds since when the account may not log in; null while it may. */
    disabledAt: integer("disabled_at"),
  },
  (table) => [uniqueIndex("ix_users_email").on(table.email)],
);
