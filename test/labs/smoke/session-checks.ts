// The contract of the session against a real database: the Worker's own code, run here, in tables of the run's own.
import { sql } from "drizzle-orm";
import type { DatabaseConfig, DatabaseDeadlines } from "../../../src/database/config.ts";
import type { Database } from "../../../src/database/drizzle.ts";
import { createEngine, webPorts, withSession } from "../../../src/database/engine.ts";
import type { Session, SessionOptions } from "../../../src/database/session.ts";
import { expectFailure, expectSame, NotChecked, timed, Unexpected, type CheckGroup } from "./check.ts";
import { violationChecks } from "./violation-checks.ts";

/** The tables that the checks work on, and sessions on their database. */
export class Ground {
  readonly prefix: string;
  readonly config: DatabaseConfig;

  constructor(prefix: string, config: DatabaseConfig) {
    this.prefix = prefix;
    this.config = config;
  }

  table(name: "rows" | "parents"): ReturnType<typeof sql.raw> {
    return sql.raw(`${this.prefix}${name}`);
  }

  /** Runs work in a session of its own. */
  run<Result>(
    work: (db: Database, session: Session) => Promise<Result>,
    { deadlines = {}, ...options }: Partial<SessionOptions> & { deadlines?: Partial<DatabaseDeadlines> } = {},
  ): Promise<Result> {
    const config = { ...this.config, deadlines: { ...this.config.deadlines, ...deadlines } };
    return withSession(config, work, { requestId: "smoke", ...options });
  }

  add(db: Pick<Database, "run">, name: string) {
    return db.run(sql`INSERT INTO ${this.table("rows")} (name, amount) VALUES (${name}, ${1n})`);
  }

  /** The rows whose names begin like this, read by another session. */
  names(begin: string): Promise<readonly string[]> {
    const query = sql`SELECT name FROM ${this.table("rows")} WHERE name LIKE ${`${begin}%`} ORDER BY name`;
    return this.run(async (db) => (await db.all<{ name: string }>(query)).map(({ name }) => name));
  }
}

/** The checks of the session. */
export function sessionChecks(ground: Ground): CheckGroup {
  const check = (name: string, run: (ground: Ground) => Promise<string>) => ({
    name,
    run: () => run(ground),
  });
  return {
    title: "the session",
    isChain: false,
    checks: [
      check("makes tables of its own", makeTables),
      check("a statement is one round trip", checkRoundTrip),
      check("a batch is one round trip, and all or nothing", checkBatch),
      check("a transaction is all or nothing", checkTransaction),
      check("a nested failure leaves the rest", checkNested),
      check("a swallowed error is not committed", checkPoison),
      check("parallel transactions lose no update", checkParallel),
      check("a transaction that takes too long is rolled back", checkTimeout),
      check("a session that closes gives the lock back", checkClose),
      check("a reading session sends no write", checkReadMode),
      check("a read ends at its deadline", checkDeadline),
      ...violationChecks(ground),
      check("a wrong token is refused", checkToken),
    ],
  };
}

async function makeTables(ground: Ground): Promise<string> {
  const [rows, parents] = [ground.table("rows"), ground.table("parents")];
  const positive = sql.raw(`${ground.prefix}positive`);
  await ground.run((db) =>
    db.batch([
      db.run(sql`CREATE TABLE ${parents} (id integer PRIMARY KEY)`),
      db.run(sql`CREATE TABLE ${rows} (
        name text NOT NULL UNIQUE,
        amount integer NOT NULL CONSTRAINT ${positive} CHECK (amount > 0),
        parent integer REFERENCES ${parents} (id)
      )`),
    ]),
  );
  return ground.prefix;
}

async function checkRoundTrip(ground: Ground): Promise<string> {
  const [trips, ms] = await timed(() =>
    ground.run(async (db, session) => {
      await db.get(sql`SELECT 1`);
      return session.report().roundTrips;
    }),
  );
  expectSame("round trips", trips, 1);
  return `${ms} ms`;
}

async function checkBatch(ground: Ground): Promise<string> {
  const trips = await ground.run(async (db, session) => {
    await db.batch([ground.add(db, "batch 1"), ground.add(db, "batch 2"), ground.add(db, "batch 3")]);
    return session.report().roundTrips;
  });
  expectSame("round trips", trips, 1);
  await expectFailure(
    ground.run((db) => db.batch([ground.add(db, "batch 4"), ground.add(db, "batch 1")])),
    "UNIQUE_VIOLATION",
  );
  expectSame("rows", await ground.names("batch"), ["batch 1", "batch 2", "batch 3"]);
  return "3 rows in 1 round trip; of a batch that failed, none";
}

async function checkTransaction(ground: Ground): Promise<string> {
  const [, ms] = await timed(() =>
    ground.run((db) =>
      db.transaction(async (tx) => {
        await ground.add(tx, "whole 1");
        await ground.add(tx, "whole 2");
      }),
    ),
  );
  const thrown = new Unexpected("thrown by the callback");
  const failing = ground.run((db) =>
    db.transaction(async (tx) => {
      await ground.add(tx, "whole 3");
      throw thrown;
    }),
  );
  const error = await failing.catch((found: unknown) => found);
  if (error !== thrown) throw new Unexpected("expected the callback's own error, found another");
  expectSame("rows", await ground.names("whole"), ["whole 1", "whole 2"]);
  return `2 statements and COMMIT in ${ms} ms`;
}

async function checkNested(ground: Ground): Promise<string> {
  await ground.run((db) =>
    db.transaction(async (tx) => {
      await ground.add(tx, "nested 1");
      await expectFailure(
        tx.transaction(async (inner) => {
          await ground.add(inner, "nested 2");
          await ground.add(inner, "nested 1");
        }),
        "UNIQUE_VIOLATION",
      );
      await ground.add(tx, "nested 3");
    }),
  );
  expectSame("rows", await ground.names("nested"), ["nested 1", "nested 3"]);
  return "the inner one was taken back alone";
}

async function checkPoison(ground: Ground): Promise<string> {
  const work = ground.run((db) =>
    db.transaction(async (tx) => {
      await ground.add(tx, "poison 1");
      await ground.add(tx, "poison 1").catch(() => undefined);
      await ground.add(tx, "poison 2").catch(() => undefined);
    }),
  );
  await expectFailure(work, "TRANSACTION_ABORTED");
  expectSame("rows", await ground.names("poison"), []);
  return "the transaction rejects, and nothing of it stays";
}

async function checkParallel(ground: Ground): Promise<string> {
  const rows = ground.table("rows");
  await ground.run((db) => ground.add(db, "counter"));
  const writers = 4;
  const increment = () =>
    ground.run(
      (db) =>
        db.transaction(async (tx) => {
          const query = sql`SELECT amount FROM ${rows} WHERE name = 'counter'`;
          const { amount } = await tx.get<{ amount: number }>(query);
          await tx.run(sql`UPDATE ${rows} SET amount = ${BigInt(amount + 1)} WHERE name = 'counter'`);
        }),
      // Each waits for those before it, over whatever distance that is.
      { deadlines: { statementMs: 15_000, transactionMs: 15_000, sessionMs: 20_000 } },
    );
  const [, ms] = await timed(() => Promise.all(Array.from({ length: writers }, increment)));
  const query = sql`SELECT amount FROM ${rows} WHERE name = 'counter'`;
  const { amount } = await ground.run((db) => db.get<{ amount: number }>(query));
  expectSame("counter", amount, writers + 1);
  return `${writers} at once, in ${ms} ms`;
}

async function checkTimeout(ground: Ground): Promise<string> {
  const work = () =>
    expectFailure(
      ground.run(
        (db) =>
          db.transaction(async (tx) => {
            await ground.add(tx, "late 1");
            await new Promise(() => undefined);
          }),
        { deadlines: { transactionMs: 1_000 } },
      ),
      "TRANSACTION_TIMEOUT",
    );
  const [, ms] = await timed(work);
  expectSame("rows", await ground.names("late"), []);
  return `limit 1000 ms, ended after ${ms} ms`;
}

async function checkClose(ground: Ground): Promise<string> {
  const session = createEngine(ground.config, webPorts).openSession({ requestId: "smoke" });
  const begun = Promise.withResolvers<void>();
  const left = session.db.transaction(async (tx) => {
    await ground.add(tx, "left behind");
    begun.resolve();
    await new Promise(() => undefined);
  });
  left.catch(begun.reject);
  await begun.promise;
  await session.close();
  await expectFailure(left, "SESSION_CLOSED");
  const [, ms] = await timed(() => ground.run((db) => ground.add(db, "next writer")));
  expectSame("rows", await ground.names("left"), []);
  await expectFailure(
    Promise.resolve().then(() => session.db.get(sql`SELECT 1`)),
    "SESSION_CLOSED",
  );
  return `the next writer took ${ms} ms`;
}

async function checkReadMode(ground: Ground): Promise<string> {
  const trips = await ground.run(
    async (db, session) => {
      await expectFailure(Promise.resolve(ground.add(db, "read")), "READ_ONLY_SESSION");
      return session.report().roundTrips;
    },
    { mode: "read" },
  );
  expectSame("round trips", trips, 0);
  return "refused before the network";
}

/** Long enough for any server, and over by itself in a few seconds where the server does not notice that we left. */
const longQuery = sql`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000000) SELECT count(*) FROM n`;

async function checkDeadline(ground: Ground): Promise<string> {
  const limitMs = 100;
  const read = () =>
    ground.run((db) => db.get(longQuery), { mode: "read", deadlines: { statementMs: limitMs } });
  const [, ms] = await timed(() => expectFailure(read(), "DEADLINE_EXCEEDED"));
  if (ms > limitMs + 1_000) throw new Unexpected(`expected an end after ${limitMs} ms, found ${ms} ms`);
  return `limit ${limitMs} ms, ended after ${ms} ms`;
}

async function checkToken({ config }: Ground): Promise<string> {
  const read = (authToken: string | undefined) =>
    withSession({ ...config, authToken }, (db) => db.get(sql`SELECT 1`), { requestId: "smoke" });
  if (config.authToken === undefined) throw new NotChecked("DATABASE_AUTH_TOKEN is not set");
  await expectFailure(read(`${config.authToken.slice(0, -8)}AAAAAAAA`), "DATABASE_ACCESS_DENIED");
  await expectFailure(read(undefined), "DATABASE_ACCESS_DENIED");
  return "one with another signature, and none";
}
