// The routes of the load: every way in which a request may use its session. They trust their caller, the soak.
import { sql } from "drizzle-orm";
import { TransactionRollbackError } from "drizzle-orm/errors";
import { Hono } from "hono";
import type { Context } from "hono";
import { stream } from "hono/streaming";
import { withSession } from "../../../../src/database/engine.ts";
import type { Database, Transaction } from "../../../../src/database/drizzle.ts";
import { settingsOf } from "../../../../src/worker/env.ts";
import type { AppEnv } from "../../../../src/worker/env.ts";
import { databaseSession } from "../../../../src/worker/middleware/database-session.ts";
import { planted } from "./planted-routes.ts";
import { entries, pairs } from "./tables.ts";

type Writer = Pick<Database, "insert">;

const addLeft = (db: Writer, key: string) => db.insert(pairs).values({ key, side: "left" });
const addRight = (db: Writer, key: string) => db.insert(pairs).values({ key, side: "right" });

/** How many rows each of these pairs has; a pair without rows is left out. */
const countRows = (db: Pick<Database, "all">, keys: readonly string[]) =>
  db.all<{ key: string; rows: number }>(
    sql`SELECT key, count(*) AS rows FROM soak_pairs WHERE key IN ${[...keys]} GROUP BY key`,
  );

/** The key that the caller has chosen for what this request writes. */
const keyOf = (c: Context<AppEnv>): string => c.req.param("key") ?? "";
const keysOf = (c: Context<AppEnv>): readonly string[] => (c.req.query("keys") ?? "").split(",");

/** Everything below `/soak`; the session is the caller's middleware. */
export function loadRoutes() {
  return new Hono<AppEnv>()
    .use("/:kind/:key", planted)
    .route("/", writingRoutes())
    .route("/", readingRoutes());
}

function writingRoutes() {
  return new Hono<AppEnv>()
    .post("/entries/:key", async (c) => {
      await c.var.db.insert(entries).values({ key: keyOf(c) });
      return c.json({ written: true }, 201);
    })
    .post("/pairs/:key", async (c) => {
      await c.var.db.transaction((tx) => writePair(tx, keyOf(c)));
      return c.json({ written: true }, 201);
    })
    .post("/careless-pairs/:key", async (c) => {
      await c.var.db.transaction((tx) => writeCarelessly(tx, keyOf(c)));
      return c.json({ written: true }, 201);
    })
    .post("/nested-pairs/:key", async (c) => {
      await c.var.db.transaction((tx) => writeNested(tx, keyOf(c)));
      return c.json({ written: true }, 201);
    })
    .post("/batched-pairs/:key", async (c) => {
      await c.var.db.batch([addLeft(c.var.db, keyOf(c)), addRight(c.var.db, keyOf(c))]);
      return c.json({ written: true }, 201);
    })
    .post("/undone-pairs/:key", async (c) => {
      await undo(c.var.db, keyOf(c));
      return c.json({ undone: true });
    })
    .post("/forgotten-pairs/:key", async (c) => {
      await forget(c.var.db, keyOf(c));
      return c.json({ accepted: true }, 202);
    })
    .post("/background-pairs/:key", (c) => {
      c.executionCtx.waitUntil(writeInBackground(c, keyOf(c)));
      return c.json({ accepted: true }, 202);
    });
}

function readingRoutes() {
  return new Hono<AppEnv>()
    .get("/entries/:key", async (c) => {
      const [found] = await c.var.db
        .select()
        .from(entries)
        .where(sql`key = ${keyOf(c)}`);
      return found === undefined ? c.json({ code: "ENTRY_NOT_FOUND" }, 404) : c.json(found);
    })
    .get("/pairs", async (c) => c.json(await countRows(c.var.db, keysOf(c))))
    .get("/stream", databaseSession({ stream: true }), (c) =>
      stream(c, async (body) => {
        for (const key of keysOf(c)) {
          await body.writeln(JSON.stringify(await countRows(c.var.db, [key])));
        }
        await body.writeln("end");
      }),
    );
}

/** With a read in between, as most transactions have. */
async function writePair(tx: Transaction, key: string): Promise<void> {
  await addLeft(tx, key);
  await countRows(tx, [key]);
  await addRight(tx, key);
}

/** Swallows what fails, which must not make half a pair of it (session rule S16). */
async function writeCarelessly(tx: Transaction, key: string): Promise<void> {
  await addLeft(tx, key).catch(() => undefined);
  await addRight(tx, key).catch(() => undefined);
}

/** With a nested transaction that fails: what it wrote is never to be seen. */
async function writeNested(tx: Transaction, key: string): Promise<void> {
  await addLeft(tx, key);
  await undo(tx, `${key}-ghost`);
  await addRight(tx, key);
}

async function undo(db: Database | Transaction, key: string): Promise<void> {
  try {
    await db.transaction(async (tx: Transaction) => {
      await addLeft(tx, key);
      tx.rollback();
    });
  } catch (error) {
    if (!(error instanceof TransactionRollbackError)) throw error;
  }
}

/** Answers while its transaction is open, which nobody awaits: the session rolls it back (session rule S9). */
async function forget(db: Database, key: string): Promise<void> {
  const begun = Promise.withResolvers<void>();
  const forgotten = db.transaction(async (tx) => {
    await addLeft(tx, key);
    begun.resolve();
    await new Promise(() => undefined);
  });
  forgotten.catch(() => begun.resolve());
  await begun.promise;
}

/** By the rules, with a session of its own (session rule S13); nobody is told how it went. */
function writeInBackground(c: Context<AppEnv>, key: string): Promise<void> {
  const work = withSession(settingsOf(c).database, async (db) => {
    await db.transaction((tx) => writePair(tx, key));
  });
  return work.catch(() => undefined);
}
