// The handlers of the stacks with Drizzle, once: they differ in where the database comes from, and in nothing else.
import { eq, sql } from "drizzle-orm";
import type { BaseSQLiteDatabase } from "drizzle-orm/sqlite-core";
import { batchLength, listLength } from "./set-up.ts";
import type { NewNote } from "./set-up.ts";
import { counters, items, notes } from "./tables.ts";

/** What Drizzle's databases for SQLite have in common, whatever they return of a write. */
type Queries<Written> = Pick<BaseSQLiteDatabase<"async", Written>, "select" | "insert" | "update">;

/** The item with this id, if there is one. */
export async function findItem<Written>(db: Queries<Written>, id: number) {
  const [found] = await db.select().from(items).where(eq(items.id, id));
  return found;
}

/** The first items. */
export async function listItems<Written>(db: Queries<Written>) {
  return await db.select().from(items).orderBy(items.id).limit(listLength);
}

/** Adds a note. Nothing is sent before it is awaited. */
export function insertNote<Written>(db: Queries<Written>, { item, text }: NewNote) {
  return db.insert(notes).values({ item, text });
}

/** The statements of a batch. */
export function insertNotes<Written>(db: Queries<Written>, note: NewNote) {
  const first = insertNote(db, note);
  return [first, ...Array.from({ length: batchLength - 1 }, () => insertNote(db, note))] as const;
}

/** Three statements, each after the answer to the one before it; gives the price that was read. */
export async function addCounted<Written>(tx: Queries<Written>, note: NewNote) {
  const found = await findItem(tx, note.item);
  await tx
    .update(counters)
    .set({ notes: sql`${counters.notes} + 1` })
    .where(eq(counters.item, note.item));
  await insertNote(tx, note);
  return found?.price;
}
