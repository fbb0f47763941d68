// (e) The same routes on D1, by Hono and Drizzle. D1 has no interactive transaction: that route is not there.
import { drizzle } from "drizzle-orm/d1";
import { Hono } from "hono";
import { findItem, insertNote, insertNotes, listItems } from "./handlers.ts";
import { batchLength } from "./set-up.ts";

interface Env {
  Bindings: { readonly DB: D1Database };
}

const app = new Hono<Env>();
app.get("/health", (c) => c.text("ok"));
app.get("/nothing", (c) => c.json({ ok: true }));
app.get("/items", async (c) => c.json({ items: await listItems(drizzle(c.env.DB)) }));
app.get("/items/:id", async (c) => {
  const found = await findItem(drizzle(c.env.DB), Number(c.req.param("id")));
  return found === undefined ? c.json({ error: "not found" }, 404) : c.json(found);
});
app.post("/notes", async (c) => {
  await insertNote(drizzle(c.env.DB), await c.req.json());
  return c.json({ added: 1 }, 201);
});
app.post("/notes/batch", async (c) => {
  const db = drizzle(c.env.DB);
  await db.batch(insertNotes(db, await c.req.json()));
  return c.json({ added: batchLength }, 201);
});

export default app;
