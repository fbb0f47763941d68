// The tables behind every stack, and the rows that are read. Nothing of a runtime: the benchmark in Node makes them.
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** What is read: rows that no workload changes. */
export const items = sqliteTable("items", {
  id: integer("id").primaryKey(),
  name: text("name").notNull(),
  price: integer("price").notNull(),
});

/** What is written: rows are only added. */
export const notes = sqliteTable("notes", {
  id: integer("id").primaryKey(),
  item: integer("item").notNull(),
  text: text("text").notNull(),
});

/** How many notes an item has, kept by hand, as a transaction is for. */
export const counters = sqliteTable("counters", {
  item: integer("item").primaryKey(),
  notes: integer("notes").notNull(),
});
