// A database session: lazy, one owner, closed once. What it lent out is dead afterwards.
import { type Autocommit, createAutocommit } from "./autocommit.ts";
import type { DatabaseConfig } from "./config.ts";
import { createDatabase } from "./drizzle.ts";
import type { Database } from "./drizzle.ts";
import { ReadOnlySessionError, SessionClosedError } from "./errors.ts";
import type { EnginePorts, SessionCore, SessionMode, SessionReport, SessionState } from "./session-core.ts";
import { createTransactions } from "./transaction-scope.ts";
import type { Transactions } from "./transaction-scope.ts";

/** How to open a session. */
export interface SessionOptions {
  /** Named in errors and logs. */
  readonly requestId: string;
  /** Default: `write`. */
  readonly mode?: SessionMode;
  /**
   * Waits until it is known whether the handler has returned its response: asked before each write, so that
   * a write in a stream's callback is refused also when it is the first one. Default: does not wait.
   */
  readonly handlerTurn?: () => Promise<void>;
}

/** One unit of work with the database: a request, a scheduled run, a script. */
export interface Session {
  readonly db: Database;
  readonly state: SessionState;
  /** Resolves when closing is done, whatever its outcome. */
  readonly closed: Promise<void>;
  /** What was done so far. */
  report(): SessionReport;
  /** Changes the mode; only before the first statement. */
  setMode(mode: SessionMode): void;
  /** The response body is being sent: from here on the session only reads, and holds no transaction. */
  beginStreaming(): void;
  /** Rolls back what is open, at most as long as configured. Can be called again; never throws. */
  close(): Promise<void>;
}

/** Opens a session; no client and no network before its first statement. */
export function openSession(config: DatabaseConfig, ports: EnginePorts, options: SessionOptions): Session {
  const core = createCore(config, ports, options);
  const autocommit = createAutocommit(core);
  const transactions = createTransactions(core);
  const db = createDatabase(autocommit, transactions.run);
  const { promise: closed, resolve: markClosed } = Promise.withResolvers<void>();

  async function close(): Promise<void> {
    if (core.state === "closing" || core.state === "closed") return closed;
    core.state = "closing";
    // Mostly nothing is left: then it is closed at once, without a timer and without a turn of the event loop.
    if (autocommit.isIdle() && transactions.isIdle())
      core.report.close = core.report.opened ? "clean" : "none";
    else core.report.close = await endWork(core, autocommit, transactions);
    core.state = "closed";
    markClosed();
  }

  return {
    db,
    closed,
    close,
    get state() {
      return core.state;
    },
    report: () => ({ ...core.report }),
    setMode(mode) {
      core.mode = mode;
    },
    beginStreaming() {
      if (core.state !== "idle" && core.state !== "open") return;
      core.state = "streaming";
      void transactions.rollbackOpen(new ReadOnlySessionError("streaming"));
    },
  };
}

function createCore(config: DatabaseConfig, ports: EnginePorts, options: SessionOptions): SessionCore {
  return {
    config,
    ports,
    requestId: options.requestId,
    report: {
      opened: false,
      statements: 0,
      roundTrips: 0,
      milliseconds: 0,
      retries: 0,
      transaction: "none",
      close: "none",
    },
    state: "idle",
    mode: options.mode ?? "write",
    startedAt: undefined,
    writing: false,
    handlerTurn: options.handlerTurn ?? (() => Promise.resolve()),
  };
}

/** What a goodbye may take once closing has been given up, in milliseconds. */
const goodbyeMs = 100;

/** Rolls back what is open, and waits for requests that nobody awaited; then gives them up: none may outlive the session. */
async function endWork(
  core: SessionCore,
  autocommit: Autocommit,
  transactions: Transactions,
): Promise<SessionReport["close"]> {
  const unfinished = [autocommit, transactions];
  // Again after a moment: what is given up may still say goodbye, to free its lock.
  const giveUps = [0, goodbyeMs].map((extraMs) =>
    setTimeout(() => {
      for (const work of unfinished) work.abort();
    }, core.config.deadlines.closeMs + extraMs),
  );
  try {
    const outcome = await transactions.rollbackOpen(new SessionClosedError(core.requestId));
    await Promise.all(unfinished.map((work) => work.settled()));
    return outcome;
  } catch (error) {
    core.ports.logError("closing a database session failed", error);
    return "failed";
  } finally {
    for (const giveUp of giveUps) clearTimeout(giveUp);
  }
}
