// The handlers of the demonstration, once: both Workers serve these very lines. What differs is where `c.var.db` comes from.
import { sql } from "drizzle-orm";
import { eq } from "drizzle-orm/sql/expressions";
import type { Hono } from "hono";
import { timeout } from "hono/timeout";
import type { Database } from "../../../../src/database/drizzle.ts";
import type { AppEnv } from "../../../../src/worker/env.ts";
import { accounts, members, notes } from "../tables.ts";

/** Adds the routes; `PARTNER_URL` is another company's service, which answers when it likes. */
export function addRoutes(app: Hono<AppEnv>): void {
  app.post("/notes", async (c) => {
    await c.var.db.insert(notes).values({ text: "hello" });
    return c.json({ saved: true }, 201);
  });

  // As documentation shows it: nobody is to wait for longer than half a second.
  app.post("/orders", timeout(500), async (c) => {
    await c.var.db.transaction(async (tx) => {
      await tx.insert(notes).values({ text: "order 1" });
      await fetch(`${String(c.env["PARTNER_URL"])}/payment`);
      await tx.insert(notes).values({ text: "order 1 is paid" });
    });
    return c.json({ ordered: true }, 201);
  });

  app.post("/transfers", async (c) => {
    await c.var.db.transaction(async (tx) => {
      await move(tx, "Ada", -100);
      await fetch(`${String(c.env["PARTNER_URL"])}/fraud-check`);
      // Nice to have: a transfer must not fail for it.
      await tx
        .insert(notes)
        .values({ text: "checked" })
        .catch(() => undefined);
      await move(tx, "Grace", 100);
    });
    return c.json({ transferred: 100 }, 201);
  });

  app.post("/members", async (c) => {
    const password = await hash("correct horse battery");
    await c.var.db.insert(members).values({ email: "ada@example.com", password });
    return c.json({ joined: true }, 201);
  });
}

async function move(db: Pick<Database, "update">, owner: string, amount: number): Promise<void> {
  const balance = sql`${accounts.balance} + ${amount}`;
  await db.update(accounts).set({ balance }).where(eq(accounts.owner, owner));
}

/** A hash as a tutorial makes one. */
async function hash(password: string): Promise<string> {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(password), "PBKDF2", false, [
    "deriveBits",
  ]);
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const settings = { name: "PBKDF2", hash: "SHA-256", salt, iterations: 100_000 };
  const bits = new Uint8Array(await crypto.subtle.deriveBits(settings, key, 256));
  return `pbkdf2$${hex(salt)}$${hex(bits)}`;
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
