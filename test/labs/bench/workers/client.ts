// (b) Hono and @libsql/client without Drizzle: a client for each request, closed by hand.
import { createClient } from "@libsql/client/web";
import type { Client, Row } from "@libsql/client/web";
import { Hono } from "hono";
import { batchLength, listLength } from "./set-up.ts";
import type { NewNote } from "./set-up.ts";

interface Env {
  Bindings: { readonly DATABASE_URL: string };
}

const selectItem = "SELECT id, name, price FROM items WHERE id = ?";
const insertNote = ({ item, text }: NewNote) => ({
  sql: "INSERT INTO notes (item, text) VALUES (?, ?)",
  args: [item, text],
});
const itemOf = ({ id, name, price }: Row) => ({ id, name, price });

async function withClient<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = createClient({ url });
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

const app = new Hono<Env>();
app.get("/health", (c) => c.text("ok"));
app.get("/nothing", (c) => c.json({ ok: true }));
app.get("/items", async (c) => {
  const { rows } = await withClient(c.env.DATABASE_URL, (client) =>
    client.execute(`SELECT id, name, price FROM items ORDER BY id LIMIT ${listLength}`),
  );
  return c.json({ items: rows.map(itemOf) });
});
app.get("/items/:id", async (c) => {
  const args = [Number(c.req.param("id"))];
  const { rows } = await withClient(c.env.DATABASE_URL, (client) =>
    client.execute({ sql: selectItem, args }),
  );
  const [found] = rows;
  return found === undefined ? c.json({ error: "not found" }, 404) : c.json(itemOf(found));
});
app.post("/notes", async (c) => {
  const note = await c.req.json<NewNote>();
  await withClient(c.env.DATABASE_URL, (client) => client.execute(insertNote(note)));
  return c.json({ added: 1 }, 201);
});
app.post("/notes/batch", async (c) => {
  const note = await c.req.json<NewNote>();
  const statements = Array.from({ length: batchLength }, () => insertNote(note));
  await withClient(c.env.DATABASE_URL, (client) => client.batch(statements, "write"));
  return c.json({ added: batchLength }, 201);
});
app.post("/transactions", async (c) => {
  const note = await c.req.json<NewNote>();
  const price = await withClient(c.env.DATABASE_URL, (client) => transact(client, note));
  return c.json({ price }, 201);
});

async function transact(client: Client, note: NewNote): Promise<number> {
  const tx = await client.transaction("write");
  try {
    const { rows } = await tx.execute({ sql: selectItem, args: [note.item] });
    await tx.execute({ sql: "UPDATE counters SET notes = notes + 1 WHERE item = ?", args: [note.item] });
    await tx.execute(insertNote(note));
    await tx.commit();
    return Number(rows[0]?.["price"]);
  } finally {
    tx.close();
  }
}

export default app;
