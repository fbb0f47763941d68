// One interactive transaction at the server: begins with its first statement, runs one request at a time, and
// once it is broken it sends nothing more but its ROLLBACK (session rule S16).
import type { ResultSet } from "@libsql/client/http";
import { sendChecked } from "./caller-check.ts";
import type { ClientTransaction } from "./client.ts";
import {
  CheckViolationError,
  CommitUnknownError,
  DatabaseBusyError,
  ForeignKeyViolationError,
  NotNullViolationError,
  ResponseTooLargeError,
  StatementError,
  TransactionAbortedError,
  TransactionTimeoutError,
  UniqueViolationError,
} from "./errors.ts";
import { translateError } from "./error-translation.ts";
import { clientOf, remainingMs, timed, withRetries } from "./session-core.ts";
import type { SessionCore, SessionMode, Statement } from "./session-core.ts";

/** After these the transaction at the server is whole, so that a savepoint can take them back. */
const statementErrors = [
  UniqueViolationError,
  NotNullViolationError,
  CheckViolationError,
  ForeignKeyViolationError,
  ResponseTooLargeError,
  StatementError,
];

/** Whether an error ended only its statement, and not the transaction at the server. */
export function isStatementError(error: unknown): boolean {
  return statementErrors.some((type) => error instanceof type);
}

/** The transaction itself, or one of its levels: what broke it, if anything did. */
export interface TransactionLevel {
  readonly failure: { readonly error: unknown } | undefined;
  fail(error: unknown): void;
}

/** An interactive transaction; owned by the session, which rolls it back if it is not ended. */
export class OpenTransaction implements TransactionLevel {
  readonly #core: SessionCore;
  readonly #mode: SessionMode;
  /** Undefined until BEGIN is sent. */
  #stream: ClientTransaction | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;
  #startedAt: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #rolledBack: Promise<boolean> | undefined;
  #commitSent = false;
  #reportEnd: (error: unknown) => void = () => undefined;

  /** Rejects when the transaction is ended from outside; its callback may hang on something else. Never resolves. */
  readonly endedEarly: Promise<never>;

  constructor(core: SessionCore, mode: SessionMode) {
    this.#core = core;
    this.#mode = mode;
    this.endedEarly = new Promise((_resolve, reject) => {
      this.#reportEnd = reject;
    });
    this.endedEarly.catch(() => undefined);
  }

  get mode(): SessionMode {
    return this.#mode;
  }

  /** What broke the transaction, if anything did; no statement is sent after it. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Breaks the transaction; the first reason stays. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /** Breaks the transaction from outside: its callback is not waited for. */
  endEarly(error: unknown): void {
    this.fail(error);
    this.#reportEnd(error);
  }

  /** Sends statements in one round trip, after those sent before; not if one of its level has failed. */
  send(statements: readonly Statement[], level: TransactionLevel = this): Promise<ResultSet[]> {
    const sent = this.#queue.then(() => this.#sendNow(statements, level));
    this.#queue = sent.catch(() => undefined);
    return sent;
  }

  async #sendNow(statements: readonly Statement[], level: TransactionLevel): Promise<ResultSet[]> {
    const { failure } = level;
    if (failure !== undefined) throw new TransactionAbortedError({ cause: failure.error });
    this.#startClock();
    try {
      return await timed(this.#core, () => this.#deliver(statements));
    } catch (error) {
      const failed = this.#translate(error, statements, false);
      if (!isStatementError(failed)) this.fail(failed);
      // At once: a statement that waits behind this one must not be sent (after OR ROLLBACK it would stay).
      if (level !== this) level.fail(failed);
      throw failed;
    }
  }

  async #deliver(statements: readonly Statement[]): Promise<ResultSet[]> {
    const { ports, config } = this.#core;
    const began = ports.now();
    const leftMs = () =>
      Math.min(config.deadlines.statementMs - (ports.now() - began), remainingMs(this.#core));
    const stream = this.#stream;
    if (stream !== undefined) return sendChecked(this.#core, statements, (all) => stream.run(all, leftMs()));
    // BEGIN is sent with the first statement. If it was refused, nothing ran, and it may be tried again.
    const isRepeatable = (error: unknown) => error instanceof DatabaseBusyError;
    return withRetries(this.#core, { isRepeatable, leftMs }, async () => {
      // It may have ended while a second try was waited for.
      if (this.#failure !== undefined) throw this.#failure.error;
      this.#stream?.close();
      const begun = clientOf(this.#core).transaction(this.#mode);
      this.#stream = begun;
      try {
        return await sendChecked(this.#core, statements, (all) => begun.run(all, leftMs()));
      } catch (error) {
        throw this.#translate(error, statements, false);
      }
    });
  }

  /**
   * Commits, or rolls back if the transaction is broken.
   *
   * @throws {CommitUnknownError} when COMMIT was sent and its answer was lost.
   * @throws {TransactionAbortedError} when the transaction was broken before.
   */
  async commit(): Promise<void> {
    await this.#queue;
    if (this.#failure !== undefined) {
      const { error } = this.#failure;
      await this.rollback();
      throw new TransactionAbortedError({ cause: error });
    }
    const committed = this.#commitNow();
    // A rollback has to wait for the answer, which alone says whether there is anything left.
    this.#queue = committed.catch(() => undefined);
    return committed;
  }

  async #commitNow(): Promise<void> {
    clearTimeout(this.#timer);
    this.#commitSent = true;
    try {
      await this.#end("commit");
      if (this.#stream !== undefined) this.#core.report.transaction = "committed";
    } catch (error) {
      const failed = this.#translate(error, [], this.#mode === "write");
      this.fail(failed);
      this.#core.report.transaction = failed instanceof CommitUnknownError ? "unknown" : "rolled-back";
      throw failed;
    }
  }

  /**
   * Rolls back and waits for the server to say so, at most as long as closing may take. Does not throw: after
   * a lost ROLLBACK nothing is committed, and the server ends the transaction by itself.
   *
   * @returns false when the server could not be told.
   */
  rollback(): Promise<boolean> {
    this.#rolledBack ??= this.#rollbackNow();
    return this.#rolledBack;
  }

  async #rollbackNow(): Promise<boolean> {
    this.fail(new TransactionAbortedError());
    clearTimeout(this.#timer);
    // A statement in flight is waited for, since only after its answer can a ROLLBACK follow it.
    const giveUp = setTimeout(() => this.#stream?.abort(), this.#core.config.deadlines.closeMs);
    await this.#queue;
    clearTimeout(giveUp);
    if (this.#commitSent || this.#stream === undefined) return true;
    this.#core.report.transaction = "rolled-back";
    try {
      await this.#end("rollback");
      return true;
    } catch (error) {
      this.#core.ports.logError(this.#core.requestId, "rolling back a transaction failed", error);
      return false;
    }
  }

  /** COMMIT and ROLLBACK are sent even if the session's budget is used up: they free the lock. */
  async #end(how: "commit" | "rollback"): Promise<void> {
    try {
      await timed(this.#core, async () => this.#stream?.[how](this.#core.config.deadlines.closeMs));
    } finally {
      this.#stream?.close();
    }
  }

  #translate(error: unknown, statements: readonly Statement[], mayHaveCommitted: boolean): unknown {
    const failed = translateError(error, { statements, mayHaveCommitted, inTransaction: true });
    // What broke off a request from our side says more than that it was broken off; but never hides a doubt.
    if (failed instanceof CommitUnknownError) return failed;
    return this.#failure !== undefined && !isStatementError(failed) ? this.#failure.error : failed;
  }

  #startClock(): void {
    if (this.#startedAt !== undefined) return;
    this.#startedAt = this.#core.ports.now();
    this.#timer = setTimeout(() => {
      this.endEarly(new TransactionTimeoutError());
      this.#stream?.abort();
    }, this.#core.config.deadlines.transactionMs);
  }
}
