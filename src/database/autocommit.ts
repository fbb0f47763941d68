// Runs statements outside transactions: one round trip each, a deadline on all, and a second try only for reads.
import type { ResultSet } from "@libsql/client/http";
import { DatabaseBusyError, DatabaseUnavailableError, TransactionUsageError } from "./errors.ts";
import { translateError } from "./error-translation.ts";
import { admitWrite, countIn, remainingMs, requireUsable } from "./session-core.ts";
import type { SessionCore, SessionMode, Statement } from "./session-core.ts";
import type { DatabaseClient } from "./http-client.ts";
import { isDelete } from "./statement.ts";
import { createTransport } from "./transport.ts";
import type { Transport } from "./transport.ts";

/** The two ways in which Drizzle runs statements; in a transaction and outside of one. */
export interface StatementRunner {
  /** Runs one statement. */
  execute(statement: Statement): Promise<ResultSet>;
  /** Runs all statements in one round trip, all or none. */
  batch(statements: readonly Statement[]): Promise<ResultSet[]>;
}

/** Source: session rule S22. */
const mostRetries = 2;
const jitterMs = { least: 25, most: 250 };

/** Breaks off what a session has in flight outside transactions, when it is closed. */
export interface Autocommit extends StatementRunner {
  /** Whether nothing is in flight. */
  isIdle(): boolean;
  abort(): void;
  settled(): Promise<void>;
}

/** Makes the runner for statements outside transactions; it opens nothing before the first of them. */
export function createAutocommit(core: SessionCore): Autocommit {
  const active = new Set<Transport>();

  async function run<Result>(
    statements: readonly Statement[],
    send: (client: DatabaseClient, mode: SessionMode) => Promise<Result>,
  ): Promise<Result> {
    requireUsable(core);
    const effect = countIn(core, statements);
    if (effect === "write") await admitWrite(core);
    if (effect === "write" && core.writing) throw outsideOpenTransaction();
    const { ports } = core;
    const began = ports.now();
    const limitMs = Math.min(core.config.deadlines.statementMs, remainingMs(core));
    const leftMs = () => limitMs - (ports.now() - began);
    const transport = openTransport(core, leftMs);
    active.add(transport);
    try {
      const isRepeatable = (error: unknown) => effect === "read" && isPassing(error);
      return await withRetries(core, { isRepeatable, leftMs }, async () => {
        const client = openClient(core, transport);
        try {
          return await send(client, effect);
        } catch (error) {
          const deletes = statements.some((statement) => isDelete(statement.sql));
          const mayHaveCommitted = effect === "write";
          throw translateError(error, { mayHaveCommitted, inTransaction: false, isDelete: deletes });
        } finally {
          client.close();
        }
      });
    } finally {
      active.delete(transport);
      core.report.milliseconds += ports.now() - began;
    }
  }

  return {
    execute: (statement) => run([statement], (client) => client.execute(statement)),
    batch: (statements) => run(statements, (client, mode) => client.batch([...statements], mode)),
    isIdle: () => active.size === 0,
    abort() {
      for (const transport of active) transport.abort();
    },
    async settled() {
      await Promise.allSettled([...active].map((transport) => transport.settled()));
    },
  };
}

/** A transport whose round trips count for the session. */
export function openTransport(core: SessionCore, limitMs: () => number): Transport {
  const onRoundTrip = () => {
    core.report.roundTrips += 1;
  };
  return createTransport({ fetch: core.ports.fetch, limitMs, onRoundTrip });
}

/** A client costs an object and no network, so each unit of work has its own, bound to its own deadline. */
export function openClient(core: SessionCore, transport: Transport): DatabaseClient {
  const { url, authToken } = core.config;
  return core.ports.createClient({
    url,
    fetch: transport.fetch,
    ...(authToken === undefined ? {} : { authToken }),
  });
}

/** The error for work on `db` that would wait for the lock that this session's own transaction holds. */
export function outsideOpenTransaction(): TransactionUsageError {
  return new TransactionUsageError(
    "A write outside the open transaction of the same session would wait for its lock for ever: " +
      "use the transaction's own argument, or await the transaction first",
  );
}

/** Which failures of a piece of work may be tried again, and for how long. */
export interface RetryRule {
  readonly isRepeatable: (error: unknown) => boolean;
  /** Milliseconds left for all tries together. */
  readonly leftMs: () => number;
}

/** Repeats work that is proven to have done nothing: a read, or a BEGIN that was refused (session rule S22). */
export async function withRetries<Result>(
  core: SessionCore,
  rule: RetryRule,
  work: () => Promise<Result>,
): Promise<Result> {
  for (let retry = 0; ; retry += 1) {
    try {
      return await work();
    } catch (error) {
      const pauseMs = jitterMs.least + core.ports.random() * (jitterMs.most - jitterMs.least);
      if (retry === mostRetries || !rule.isRepeatable(error) || rule.leftMs() <= pauseMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      // The session may have been closed meanwhile, and then nothing more is sent.
      requireUsable(core);
      core.report.retries += 1;
    }
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof DatabaseUnavailableError || error instanceof DatabaseBusyError;
}
