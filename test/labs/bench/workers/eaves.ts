// (d) The session of Eaves as a user registers it. Without what the others do not have: request log, CORS, tokens.
import { Hono } from "hono";
import type { Context } from "hono";
import type { AppEnv } from "../../../../src/worker/env.ts";
import { databaseSession } from "../../../../src/worker/middleware/database-session.ts";
import { requestId } from "../../../../src/worker/middleware/request-id.ts";
import { runtimePorts } from "../../../../src/worker/ports.ts";
import { problemResponse } from "../../../../src/worker/problem.ts";
import { addCounted, findItem, insertNote, insertNotes, listItems } from "./handlers.ts";
import { batchLength } from "./set-up.ts";

const nothing = (c: Context<AppEnv>) => c.json({ ok: true });

const app = new Hono<AppEnv>();
app.get("/health", (c) => c.text("ok"));
app.use(requestId(runtimePorts));
// The same handler outside the session: what the session costs where nobody uses it is the difference.
app.get("/without-session", nothing);
app.use(databaseSession());
app.get("/nothing", nothing);
app.get("/items", async (c) => c.json({ items: await listItems(c.var.db) }));
app.get("/items/:id", async (c) => {
  const found = await findItem(c.var.db, Number(c.req.param("id")));
  return found === undefined ? c.json({ error: "not found" }, 404) : c.json(found);
});
app.post("/notes", async (c) => {
  await insertNote(c.var.db, await c.req.json());
  return c.json({ added: 1 }, 201);
});
app.post("/notes/batch", async (c) => {
  await c.var.db.batch(insertNotes(c.var.db, await c.req.json()));
  return c.json({ added: batchLength }, 201);
});
app.post("/transactions", async (c) => {
  const note = await c.req.json();
  return c.json({ price: await c.var.db.transaction((tx) => addCounted(tx, note)) }, 201);
});
app.onError(problemResponse);

export default app;
