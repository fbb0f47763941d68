// One interactive transaction at the server: begins with its first statement, runs one request at a time, and
// once it is broken it sends nothing more but its ROLLBACK (session rule S16).
import type { ResultSet, Transaction } from "@libsql/client/http";
import { openClient, openTransport, withRetries } from "./autocommit.ts";
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
import { remainingMs } from "./session-core.ts";
import type { SessionCore, SessionMode, Statement } from "./session-core.ts";
import { isDelete } from "./statement.ts";
import type { Transport } from "./transport.ts";

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

/** An interactive transaction; owned by the session, which rolls it back if nobody ends it. */
export class OpenTransaction {
  readonly #core: SessionCore;
  readonly #mode: SessionMode;
  readonly #transport: Transport;
  #libsql: Transaction | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;
  #startedAt: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ending = false;
  #reportEnd: (error: unknown) => void = () => undefined;

  /** Rejects when the transaction is ended from outside; its callback may hang on something else. Never resolves. */
  readonly endedEarly: Promise<never>;

  constructor(core: SessionCore, mode: SessionMode) {
    this.#core = core;
    this.#mode = mode;
    this.#transport = openTransport(core, () => this.#limitMs());
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

  /** Sends statements in one round trip, after those sent before. */
  send(statements: readonly Statement[]): Promise<ResultSet[]> {
    const sent = this.#queue.then(() => this.#sendNow(statements));
    this.#queue = sent.catch(() => undefined);
    return sent;
  }

  async #sendNow(statements: readonly Statement[]): Promise<ResultSet[]> {
    if (this.#failure !== undefined) throw new TransactionAbortedError({ cause: this.#failure.error });
    this.#startClock();
    try {
      return await this.#timed(() => this.#deliver(statements));
    } catch (error) {
      const failed = this.#translate(error, statements, false);
      if (!isStatementError(failed)) this.fail(failed);
      throw failed;
    }
  }

  async #deliver(statements: readonly Statement[]): Promise<ResultSet[]> {
    if (this.#libsql !== undefined) return this.#libsql.batch([...statements]);
    // BEGIN rides with the first statement; where it was refused nothing ran, and it may be tried again.
    const isRepeatable = (error: unknown) => error instanceof DatabaseBusyError;
    return withRetries(this.#core, { isRepeatable, leftMs: () => this.#limitMs() }, async () => {
      this.#libsql = await openClient(this.#core, this.#transport).transaction(this.#mode);
      try {
        return await this.#libsql.batch([...statements]);
      } catch (error) {
        throw this.#translate(error, statements, false);
      }
    });
  }

  /**
   * Commits, or rolls back where the transaction is broken.
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
    this.#ending = true;
    clearTimeout(this.#timer);
    try {
      await this.#timed(async () => this.#libsql?.commit());
      if (this.#libsql !== undefined) this.#core.report.transaction = "committed";
    } catch (error) {
      const failed = this.#translate(error, [], this.#mode === "write");
      this.fail(failed);
      this.#core.report.transaction = failed instanceof CommitUnknownError ? "unknown" : "rolled-back";
      throw failed;
    } finally {
      this.#end();
    }
  }

  /**
   * Rolls back and waits for the server to say so, at most as long as closing may take. Does not throw: after
   * a lost ROLLBACK nothing is committed, and the server ends the transaction by itself.
   *
   * @returns false when the server could not be told.
   */
  async rollback(): Promise<boolean> {
    this.fail(new TransactionAbortedError());
    clearTimeout(this.#timer);
    // A statement in flight is waited for, since only after its answer can a ROLLBACK follow it.
    const giveUp = setTimeout(() => this.#transport.abort(), this.#core.config.deadlines.closeMs);
    await this.#queue;
    clearTimeout(giveUp);
    this.#ending = true;
    if (this.#libsql === undefined) return true;
    if (this.#core.report.transaction !== "unknown") this.#core.report.transaction = "rolled-back";
    try {
      await this.#timed(async () => this.#libsql?.rollback());
      return true;
    } catch (error) {
      this.#core.ports.logError("rolling back a transaction failed", error);
      return false;
    } finally {
      this.#end();
    }
  }

  /** Resolves when nothing is in flight: after a broken request libSQL's client says goodbye in one of its own. */
  settled(): Promise<void> {
    return this.#transport.settled();
  }

  /** Breaks off the request in flight. */
  abort(): void {
    this.#transport.abort();
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#libsql?.close();
  }

  #translate(error: unknown, statements: readonly Statement[], mayHaveCommitted: boolean): unknown {
    const failed = translateError(error, {
      mayHaveCommitted,
      isDelete: statements.some((statement) => isDelete(statement.sql)),
    });
    // What broke off a request from our side says more than that it was broken off.
    return this.#failure !== undefined && !isStatementError(failed) ? this.#failure.error : failed;
  }

  #startClock(): void {
    if (this.#startedAt !== undefined) return;
    this.#startedAt = this.#core.ports.now();
    this.#timer = setTimeout(() => {
      this.endEarly(new TransactionTimeoutError());
      this.#transport.abort();
    }, this.#core.config.deadlines.transactionMs);
  }

  /** COMMIT and ROLLBACK are sent even when the session's budget is used up: they free the lock. */
  #limitMs(): number {
    const { closeMs, statementMs } = this.#core.config.deadlines;
    return this.#ending ? closeMs : Math.min(statementMs, remainingMs(this.#core));
  }

  async #timed<Result>(work: () => Promise<Result>): Promise<Result> {
    const began = this.#core.ports.now();
    try {
      return await work();
    } finally {
      this.#core.report.milliseconds += this.#core.ports.now() - began;
    }
  }
}
