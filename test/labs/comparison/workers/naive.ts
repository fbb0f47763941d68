// Hono, Drizzle and @libsql/client as tutorials put them together: a client for each request, and the error's message
// as the answer.
import { createClient } from "@libsql/client/web";
import { drizzle } from "drizzle-orm/libsql/web";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import type { Database } from "../../../../src/database/drizzle.ts";
import type { AppEnv } from "../../../../src/worker/env.ts";
import { addRoutes } from "./routes.ts";

const app = new Hono<AppEnv>();
app.get("/health", (c) => c.text("ok"));
app.use(async (c, next) => {
  const db = drizzle(createClient({ url: String(c.env["DATABASE_URL"]) }));
  // Only the routes' type is Eaves' own; what they call is what Drizzle gives.
  c.set("db", db as unknown as Database);
  await next();
});
addRoutes(app);
app.onError((error, c) => {
  if (error instanceof HTTPException) return error.getResponse();
  console.error(error.message);
  return c.json({ error: error.message }, 500);
});

export default app;
