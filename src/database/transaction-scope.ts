// Runs the callbacks of transactions: the outermost commits or rolls back, a nested one is a savepoint.
// Whatever would make the outcome depend on chance (siblings at the same time, use after the end) is refused.
import type { ResultSet } from "@libsql/client/http";
import { ReadOnlySessionError, TransactionAbortedError, TransactionUsageError } from "./errors.ts";
import { countIn, requireUsable, requireWritable } from "./session-core.ts";
import type { SessionCore, SessionMode, Statement, StatementRunner } from "./session-core.ts";
import { OpenTransaction } from "./transaction.ts";
import type { TransactionLevel } from "./transaction.ts";

/** How to open a transaction. */
export interface TransactionOptions {
  /** `write` takes the write lock at once, `read` never does. Default: the session's mode. */
  readonly mode?: SessionMode;
}

/** One level of a transaction: the outermost, or a savepoint within another. */
export class TransactionScope implements StatementRunner, TransactionLevel {
  readonly #core: SessionCore;
  readonly #transaction: OpenTransaction;
  /** Counts the savepoints of the whole transaction, so that no two share a name. */
  readonly #savepoints: { count: number };
  #failure: { readonly error: unknown } | undefined;
  #child: TransactionScope | undefined;
  readonly #pending = new Set<Promise<unknown>>();
  #ended = false;

  constructor(core: SessionCore, transaction: OpenTransaction, savepoints = { count: 0 }) {
    this.#core = core;
    this.#transaction = transaction;
    this.#savepoints = savepoints;
  }

  /** What broke this level: nothing after it may count. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#transaction.failure ?? this.#failure;
  }

  /** Breaks this level; the first reason stays. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  run(statements: readonly Statement[]): Promise<ResultSet[]> {
    return this.#track(async () => {
      this.#requireOpen();
      const effect = countIn(this.#core, statements);
      if (effect === "write" && this.#transaction.mode === "read")
        throw new ReadOnlySessionError("read-transaction");
      return this.#transaction.send(statements, this);
    });
  }

  /**
   * Runs a nested transaction: its failure takes back what it did, and leaves this level usable.
   *
   * @throws {TransactionUsageError} while another nested transaction of this level is open.
   */
  async nest<Result>(work: (scope: TransactionScope) => Promise<Result>): Promise<Result> {
    this.#requireOpen();
    const child = new TransactionScope(this.#core, this.#transaction, this.#savepoints);
    this.#child = child;
    this.#savepoints.count += 1;
    const name = `eaves_${this.#savepoints.count}`;
    try {
      await this.#control(`SAVEPOINT ${name}`);
      const result = await child.settle(work);
      await this.#control(`RELEASE ${name}`);
      return result;
    } catch (error) {
      // If this fails too, the whole transaction is broken, and the first error still is the one to report.
      if (this.failure === undefined) {
        await this.#control(`ROLLBACK TO ${name}; RELEASE ${name}`).catch(() => undefined);
      }
      throw error;
    } finally {
      this.#child = undefined;
    }
  }

  /** Runs the callback of this level; rejects if anything in it failed, also when the callback swallowed that. */
  async settle<Result>(work: (scope: TransactionScope) => Promise<Result>): Promise<Result> {
    try {
      const result = await work(this);
      // Statements that were begun and not awaited belong to the transaction as well.
      while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
      if (this.#child !== undefined) throw unfinishedChild();
      if (this.failure !== undefined) throw new TransactionAbortedError({ cause: this.failure.error });
      return result;
    } finally {
      this.#ended = true;
    }
  }

  /** What fails in this level breaks it, whether or not the callback looks at the error. */
  #track<Result>(work: () => Promise<Result>): Promise<Result> {
    const tracked = work().catch((error: unknown) => {
      this.fail(error);
      throw error;
    });
    this.#pending.add(tracked);
    const forget = () => this.#pending.delete(tracked);
    tracked.then(forget, forget);
    return tracked;
  }

  /** Sends savepoint statements; if one fails, the state of the level is unknown, so the whole transaction breaks. */
  async #control(sql: string): Promise<void> {
    const statements = sql.split("; ").map((text) => ({ sql: text }));
    try {
      await this.#transaction.send(statements);
    } catch (error) {
      this.#transaction.fail(error);
      throw error;
    }
  }

  #requireOpen(): void {
    requireUsable(this.#core);
    if (this.#ended) {
      throw new TransactionUsageError(
        "The transaction is over: await every statement before its callback returns",
      );
    }
    if (this.#child !== undefined) {
      throw new TransactionUsageError(
        "A nested transaction is open: use its own argument within it, and run nested transactions one after another",
      );
    }
    if (this.failure !== undefined) throw new TransactionAbortedError({ cause: this.failure.error });
  }
}

/** The transactions of one session. */
export interface Transactions {
  run<Result>(
    work: (scope: TransactionScope) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result>;
  /** Rolls back whatever is still open; resolves with how that went. */
  rollbackOpen(reason: unknown): Promise<"clean" | "rolled-back" | "failed">;
  /** Whether no transaction is open. */
  isIdle(): boolean;
}

/** Makes the transactions of a session; opens nothing before the first statement of one. */
export function createTransactions(core: SessionCore): Transactions {
  const open = new Set<OpenTransaction>();
  return {
    async run(work, options = {}) {
      const mode = options.mode ?? core.mode;
      requireUsable(core);
      if (mode === "write") requireWritable(core);
      else core.onHold();
      const transaction = new OpenTransaction(core, mode);
      open.add(transaction);
      if (mode === "write") core.isWriting = true;
      try {
        return await attempt(core, transaction, work);
      } finally {
        open.delete(transaction);
        if (mode === "write") core.isWriting = false;
      }
    },
    async rollbackOpen(reason) {
      if (open.size === 0) return "clean";
      const told = await Promise.all(
        [...open].map((transaction) => {
          transaction.endEarly(reason);
          return transaction.rollback();
        }),
      );
      return told.includes(false) ? "failed" : "rolled-back";
    },
    isIdle: () => open.size === 0,
  };
}

/** Runs the callback, then commits or rolls back. */
async function attempt<Result>(
  core: SessionCore,
  transaction: OpenTransaction,
  work: (scope: TransactionScope) => Promise<Result>,
): Promise<Result> {
  const scope = new TransactionScope(core, transaction);
  try {
    const result = await Promise.race([scope.settle(work), transaction.endedEarly]);
    await transaction.commit();
    return result;
  } catch (error) {
    await transaction.rollback();
    throw error;
  }
}

function unfinishedChild(): TransactionUsageError {
  return new TransactionUsageError(
    "A nested transaction was not awaited: its callback was still running at the end",
  );
}
