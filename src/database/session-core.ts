// What all work of one session shares: its state, its rules of admission, its budget and its counters.
import type { InStatement } from "@libsql/client/http";
import type { DatabaseConfig } from "./config.ts";
import { ReadOnlySessionError, SessionClosedError, TransactionUsageError } from "./errors.ts";
import type { ClientConfig, DatabaseClient } from "./http-client.ts";
import { classifyStatement } from "./statement.ts";

/** The world outside, handed in: a client factory, the network, time and chance. */
export interface EnginePorts {
  readonly createClient: (config: ClientConfig) => DatabaseClient;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Milliseconds since some fixed moment. */
  readonly now: () => number;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  /** Where a session reports what it could not do while closing. */
  readonly logError: (message: string, error: unknown) => void;
}

/** `read` refuses every statement that is not surely a read, before the network. */
export type SessionMode = "read" | "write";

/** What a session did, for the log line of its request (session rule S23). */
export interface SessionReport {
  /** False when no statement was run: then there was no client and no network. */
  readonly opened: boolean;
  readonly statements: number;
  readonly roundTrips: number;
  /** Time spent waiting for the database, in milliseconds; overlapping waits count each. */
  readonly milliseconds: number;
  readonly retries: number;
  /** The outcome of the latest transaction. */
  readonly transaction: "none" | "committed" | "rolled-back" | "unknown";
  readonly close: "none" | "clean" | "rolled-back" | "failed";
}

/**
 * Where a session stands:
 * `idle`, no statement yet · `open`, statements have run · `streaming`, the response body is being sent, reads only ·
 * `closing`, open transactions are being rolled back · `closed`, every use is an error.
 */
export type SessionState = "idle" | "open" | "streaming" | "closing" | "closed";

/** The mutable heart of one session; the runners of statements hold it, nobody else. */
export interface SessionCore {
  readonly config: DatabaseConfig;
  readonly ports: EnginePorts;
  readonly requestId: string;
  readonly report: { -readonly [Key in keyof SessionReport]: SessionReport[Key] };
  state: SessionState;
  mode: SessionMode;
  /** When the first statement began, on the clock of the ports. */
  startedAt: number | undefined;
  /** True while a write transaction of this session is open: its lock would stop another write of ours. */
  writing: boolean;
  /**
   * Waits for the handler's turn to end. A stream's callback runs before the handler returns the stream, so that
   * only then is it known whether a write came from a handler at work or from a body (session rule S12).
   */
  readonly handlerTurn: () => Promise<void>;
}

/** A statement as Drizzle hands it over. */
export type Statement = Exclude<InStatement, string>;

/** Milliseconds left of the session's budget, which runs from its first statement on. */
export function remainingMs(core: SessionCore): number {
  const now = core.ports.now();
  core.startedAt ??= now;
  return core.config.deadlines.sessionMs - (now - core.startedAt);
}

/**
 * Classifies statements and counts them in.
 *
 * @returns `write` unless all are surely reads.
 * @throws {TransactionUsageError} for BEGIN, COMMIT and the like, which only `transaction` may send.
 */
export function countIn(core: SessionCore, statements: readonly Statement[]): SessionMode {
  const effects = statements.map((statement) => classifyStatement(statement.sql));
  if (effects.includes("control")) {
    throw new TransactionUsageError(
      "A statement begins or ends a transaction by itself: use transaction(), whose outcome the session can vouch for",
    );
  }
  core.report.opened = true;
  core.report.statements += statements.length;
  if (core.state === "idle") core.state = "open";
  return effects.includes("write") ? "write" : "read";
}

/**
 * Waits until a write may begin.
 *
 * @throws {ReadOnlySessionError} in read mode, and once the response body is being sent.
 * @throws {SessionClosedError} after the request has ended.
 */
export async function admitWrite(core: SessionCore): Promise<void> {
  requireUsable(core);
  if (core.mode === "read") throw new ReadOnlySessionError("read-mode");
  await core.handlerTurn();
  requireUsable(core);
  if (core.state === "streaming") throw new ReadOnlySessionError("streaming");
}

/** @throws {SessionClosedError} when the session has ended or is ending. */
export function requireUsable(core: SessionCore): void {
  if (core.state === "closing" || core.state === "closed") throw new SessionClosedError(core.requestId);
}
