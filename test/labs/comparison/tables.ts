// The tables of the demonstration, and how they are made.
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const accounts = sqliteTable("accounts", {
  id: integer("id").primaryKey(),
  owner: text("owner").notNull(),
  balance: integer("balance").notNull(),
});

export const notes = sqliteTable("notes", {
  id: integer("id").primaryKey(),
  text: text("text").notNull(),
});

export const members = sqliteTable("members", {
  id: integer("id").primaryKey(),
  email: text("email").notNull().unique(),
  password: text("password").notNull(),
});

/** Ada and Grace have 100 each. */
export const setUp: readonly string[] = [
  "CREATE TABLE accounts (id integer PRIMARY KEY, owner text NOT NULL, balance integer NOT NULL)",
  "CREATE TABLE notes (id integer PRIMARY KEY, text text NOT NULL)",
  "CREATE TABLE members (id integer PRIMARY KEY, email text NOT NULL UNIQUE, password text NOT NULL)",
  "INSERT INTO accounts (owner, balance) VALUES ('Ada', 100), ('Grace', 100)",
];
