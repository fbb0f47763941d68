// (c) Hono and Drizzle, with a client that is made and closed by hand for each request.
import { createClient } from "@libsql/client/web";
import { drizzle } from "drizzle-orm/libsql/web";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import { Hono } from "hono";
import { addCounted, findItem, insertNote, insertNotes, listItems } from "./handlers.ts";
import { batchLength } from "./set-up.ts";

interface Env {
  Bindings: { readonly DATABASE_URL: string };
}

async function withDatabase<Result>(
  url: string,
  work: (db: LibSQLDatabase) => Promise<Result>,
): Promise<Result> {
  const client = createClient({ url });
  try {
    return await work(drizzle(client));
  } finally {
    client.close();
  }
}

const app = new Hono<Env>();
app.get("/health", (c) => c.text("ok"));
app.get("/nothing", (c) => c.json({ ok: true }));
app.get("/items", async (c) => c.json({ items: await withDatabase(c.env.DATABASE_URL, listItems) }));
app.get("/items/:id", async (c) => {
  const id = Number(c.req.param("id"));
  const found = await withDatabase(c.env.DATABASE_URL, (db) => findItem(db, id));
  return found === undefined ? c.json({ error: "not found" }, 404) : c.json(found);
});
app.post("/notes", async (c) => {
  const note = await c.req.json();
  await withDatabase(c.env.DATABASE_URL, async (db) => void (await insertNote(db, note)));
  return c.json({ added: 1 }, 201);
});
app.post("/notes/batch", async (c) => {
  const note = await c.req.json();
  await withDatabase(c.env.DATABASE_URL, async (db) => void (await db.batch(insertNotes(db, note))));
  return c.json({ added: batchLength }, 201);
});
app.post("/transactions", async (c) => {
  const note = await c.req.json();
  const price = await withDatabase(c.env.DATABASE_URL, (db) => db.transaction((tx) => addCounted(tx, note)));
  return c.json({ price }, 201);
});

export default app;
