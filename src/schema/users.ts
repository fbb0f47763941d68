// The accounts table. Columns and index name are those of the service that Eaves replaces.
import { integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** One row an account. `password` holds a scrypt hash in PHC form, never the password itself. */
export const users = sqliteTable(
  "users",
  {
    id: integer("id").primaryKey(),
    email: text("email").notNull(),
    password: text("password").notNull(),
    role: text("role"),
  },
  (table) => [uniqueIndex("ix_users_email").on(table.email)],
);
