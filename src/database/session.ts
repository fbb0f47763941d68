// A database session: lazy, one owner, closed once. Afterwards every use of it is an error.
import type { ResultSet } from "@libsql/client/http";
import { createCallerCheck, isUnchecked, sendChecked } from "./caller-check.ts";
import type { CallerOutcome } from "./caller-check.ts";
import type { DatabaseConfig } from "./config.ts";
import { createDatabase } from "./drizzle.ts";
import type { Database } from "./drizzle.ts";
import { translateError } from "./error-translation.ts";
import { DatabaseBusyError, DatabaseUnavailableError, SessionClosedError } from "./errors.ts";
import {
  clientOf,
  countIn,
  remainingMs,
  requireUsable,
  requireWritable,
  timed,
  withRetries,
} from "./session-core.ts";
import type {
  EnginePorts,
  SessionCore,
  SessionMode,
  SessionReport,
  SessionState,
  Statement,
} from "./session-core.ts";
import { Requests } from "./requests.ts";
import { createTransactions } from "./transaction-scope.ts";
import type { Transactions } from "./transaction-scope.ts";

/** How to open a session. */
export interface SessionOptions {
  /** Named in errors and logs. */
  readonly requestId: string;
  /** Default: `write`. */
  readonly mode?: SessionMode;
  /** The most that a statement may take, in milliseconds, if that is less than configured. */
  readonly statementMs?: number;
  /**
   * A SELECT that must find a row, such as the caller's account if it is enabled. It is sent with the first statements,
   * in the same round trip and transaction. If it finds nothing, the session runs nothing at all.
   */
  readonly callerCheck?: Statement;
  /** Called before each write and each transaction: what keeps the runtime alive until the session is closed. */
  readonly onHold?: () => void;
}

/** One unit of work with the database: a request, a scheduled run, a script. */
export interface Session {
  readonly db: Database;
  readonly state: SessionState;
  /** Resolves when closing is done, whatever its outcome. */
  readonly closed: Promise<void>;
  readonly caller: CallerOutcome;
  /** What was done so far. */
  report(): SessionReport;
  /** Changes the mode; only before the first statement. */
  setMode(mode: SessionMode): void;
  /**
   * Asks now whether the caller may do this, in a round trip of its own, unless that is known already: for what is done
   * outside the database before the first statement.
   *
   * @throws {CallerRefusedError}
   */
  checkCaller(): Promise<void>;
  /**
   * Runs a read without parameters, and asks in the same round trip whether the token may write.
   *
   * @throws {DatabaseAccessError} if the token may not write, or may do nothing at all; every other error is the read's.
   */
  readAndProbeWrites(sql: string): Promise<ResultSet>;
  /** Rolls back what is open, at most as long as configured. Can be called again; never throws. */
  close(): Promise<void>;
}

/** Opens a session; there is no client and no network before its first statement. */
export function openSession(config: DatabaseConfig, ports: EnginePorts, options: SessionOptions): Session {
  const core = createCore(withStatementMs(config, options.statementMs), ports, options);
  const transactions = createTransactions(core);
  const run = (statements: readonly Statement[]) => runStatements(core, statements);
  const { promise: closed, resolve: markClosed } = Promise.withResolvers<void>();

  async function close(): Promise<void> {
    if (core.state === "closing" || core.state === "closed") return closed;
    core.state = "closing";
    // Mostly nothing is left: then it is closed at once, without a timer and without a turn of the event loop.
    if (transactions.isIdle() && core.requests.isIdle())
      core.report.close = core.report.opened ? "clean" : "none";
    else core.report.close = await endWork(core, transactions);
    core.state = "closed";
    markClosed();
  }

  return {
    db: createDatabase({ run }, transactions.run),
    closed,
    close,
    get state() {
      return core.state;
    },
    get caller() {
      return core.caller?.outcome ?? "admitted";
    },
    async checkCaller() {
      requireUsable(core);
      if (isUnchecked(core)) await run([]);
    },
    report: () => ({ ...core.report }),
    setMode(mode) {
      core.mode = mode;
    },
    async readAndProbeWrites(sql) {
      requireUsable(core);
      countIn(core, [{ sql }]);
      const limitMs = statementLimitMs(core);
      const probe = () => clientOf(core).readAndProbeWrites({ sql }, limitMs);
      return timed(core, () => probe().catch((error: unknown) => throwTranslated(error, [{ sql }], "read")));
    },
  };
}

function withStatementMs(config: DatabaseConfig, statementMs = Infinity): DatabaseConfig {
  const { deadlines } = config;
  if (statementMs >= deadlines.statementMs) return config;
  return { ...config, deadlines: { ...deadlines, statementMs } };
}

function createCore(config: DatabaseConfig, ports: EnginePorts, options: SessionOptions): SessionCore {
  const report: SessionCore["report"] = {
    opened: false,
    statements: 0,
    roundTrips: 0,
    milliseconds: 0,
    retries: 0,
    transaction: "none",
    close: "none",
  };
  return {
    config,
    ports,
    requestId: options.requestId,
    caller: options.callerCheck && createCallerCheck(options.callerCheck),
    report,
    requests: new Requests({ fetch: ports.fetch, onRoundTrip: () => void (report.roundTrips += 1) }),
    busy: { count: 0, since: 0, milliseconds: 0 },
    client: undefined,
    state: "idle",
    mode: options.mode ?? "write",
    isWriting: false,
    onHold: options.onHold ?? (() => undefined),
  };
}

/** What a statement that begins now may take, in milliseconds. */
function statementLimitMs(core: SessionCore): number {
  return Math.min(core.config.deadlines.statementMs, remainingMs(core));
}

/**
 * Runs statements outside of transactions, in the order of the calls: nothing is awaited before they are sent. Only reads
 * are tried again.
 */
async function runStatements(core: SessionCore, statements: readonly Statement[]): Promise<ResultSet[]> {
  requireUsable(core);
  const effect = countIn(core, statements);
  if (effect === "write") requireWritable(core);
  const began = core.ports.now();
  const limitMs = statementLimitMs(core);
  const leftMs = () => limitMs - (core.ports.now() - began);
  const isRepeatable = (error: unknown) => effect === "read" && isPassing(error);
  return timed(core, () =>
    withRetries(core, { isRepeatable, leftMs }, () =>
      sendChecked(core, statements, (all) => clientOf(core).run(all, effect, leftMs())).catch(
        (error: unknown) => throwTranslated(error, statements, effect),
      ),
    ),
  );
}

function throwTranslated(error: unknown, statements: readonly Statement[], effect: SessionMode): never {
  throw translateError(error, { statements, mayHaveCommitted: effect === "write", inTransaction: false });
}

function isPassing(error: unknown): boolean {
  return error instanceof DatabaseUnavailableError || error instanceof DatabaseBusyError;
}

/** What a close request may take once closing has been given up, in milliseconds. */
const closeRequestMs = 100;

/** Rolls back what is open and waits for requests that were not awaited; then breaks them off: none outlives the session. */
async function endWork(core: SessionCore, transactions: Transactions): Promise<SessionReport["close"]> {
  // Twice: a transaction whose request is broken off sends a close request, to free its lock.
  const giveUps = [0, closeRequestMs].map((extraMs) =>
    setTimeout(() => core.requests.abort(), core.config.deadlines.closeMs + extraMs),
  );
  try {
    const outcome = await transactions.rollbackOpen(new SessionClosedError(core.requestId));
    await core.requests.settled();
    return outcome;
  } catch (error) {
    core.ports.logError(core.requestId, "closing a database session failed", error);
    return "failed";
  } finally {
    for (const giveUp of giveUps) clearTimeout(giveUp);
  }
}
