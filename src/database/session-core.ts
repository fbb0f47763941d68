// What all work of one session shares: its state and client, what it refuses, its time and its counters.
import type { InStatement, ResultSet } from "@libsql/client/http";
import type { CallerCheck } from "./caller-check.ts";
import type { DatabaseClient } from "./client.ts";
import type { DatabaseConfig } from "./config.ts";
import {
  CallerRefusedError,
  ReadOnlySessionError,
  SessionClosedError,
  TransactionUsageError,
  ValueNotStorableError,
} from "./errors.ts";
import type { ClientHost } from "./pipeline.ts";
import type { Requests } from "./requests.ts";
import { classifyStatement } from "./statement.ts";
import { storageFaultOf } from "./storable.ts";

/** What a session needs from outside: a client, the network, time and randomness. */
export interface EnginePorts {
  /** Default: the Worker's own client. `libsqlClient(createClient)` puts `@libsql/client` in its place. */
  readonly createClient: (host: ClientHost) => DatabaseClient;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Milliseconds since some fixed moment. */
  readonly now: () => number;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  /** Where a session reports what it could not do while closing. */
  readonly logError: (requestId: string, message: string, error: unknown) => void;
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

/** `idle`: no statement yet · `open`: statements have run · `closing`: rolls back open transactions · `closed`. */
export type SessionState = "idle" | "open" | "closing" | "closed";

/** The state of one session. Only the runners of statements hold it. */
export interface SessionCore {
  readonly config: DatabaseConfig;
  readonly ports: EnginePorts;
  readonly requestId: string;
  /** Whether the caller may do this; undefined if there is no caller. */
  readonly caller: CallerCheck | undefined;
  readonly report: { -readonly [Key in keyof SessionReport]: SessionReport[Key] };
  /** Time during which at least one piece of work waited for the database. */
  readonly busy: { count: number; since: number; milliseconds: number };
  readonly requests: Requests;
  client: DatabaseClient | undefined;
  state: SessionState;
  mode: SessionMode;
  /** True while a write transaction of this session is open: its lock would stop another write of ours. */
  isWriting: boolean;
  /** Called before what the server may hold a lock or a stream for. */
  readonly onHold: () => void;
}

/** Runs statements: outside of a transaction, or in one. */
export interface StatementRunner {
  /** One round trip: a statement alone, or several of which all or none are done. */
  run(statements: readonly Statement[]): Promise<ResultSet[]>;
}

/** A statement as Drizzle hands it over. */
export type Statement = Exclude<InStatement, string>;

/** The client of a session, made at its first statement (session rule S2). */
export function clientOf(core: SessionCore): DatabaseClient {
  core.client ??= core.ports.createClient(core);
  return core.client;
}

/** Milliseconds left of the session's budget. Time that a handler spends elsewhere does not count (session rule S21). */
export function remainingMs({ config, ports, busy }: SessionCore): number {
  const running = busy.count === 0 ? 0 : ports.now() - busy.since;
  return config.deadlines.sessionMs - busy.milliseconds - running;
}

/** Counts the time of a piece of work, which closing waits for. */
export function timed<Result>(core: SessionCore, work: () => Promise<Result>): Promise<Result> {
  return core.requests.track(measure(core, work));
}

async function measure<Result>(
  { ports, busy, report }: SessionCore,
  work: () => Promise<Result>,
): Promise<Result> {
  const began = ports.now();
  if (busy.count === 0) busy.since = began;
  busy.count += 1;
  try {
    return await work();
  } finally {
    const ended = ports.now();
    busy.count -= 1;
    if (busy.count === 0) busy.milliseconds += ended - busy.since;
    report.milliseconds += ended - began;
  }
}

/**
 * Classifies statements and counts them in.
 *
 * @returns `write` unless all are surely reads.
 * @throws {ValueNotStorableError} for an argument or a text that would arrive as another one.
 * @throws {TransactionUsageError} for BEGIN, COMMIT and the like, which only `transaction` may send.
 */
export function countIn(core: SessionCore, statements: readonly Statement[]): SessionMode {
  statements.forEach(requireStorable);
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

function requireStorable({ sql, args = [] }: Statement): void {
  for (const value of [sql, ...Object.values(args)]) {
    const fault = storageFaultOf(value);
    if (fault !== undefined) throw new ValueNotStorableError(fault);
  }
}

/**
 * @throws {ReadOnlySessionError} in read mode.
 * @throws {TransactionUsageError} outside of an open write transaction of the same session.
 */
export function requireWritable(core: SessionCore): void {
  if (core.mode === "read") throw new ReadOnlySessionError("read-mode");
  core.onHold();
  if (core.isWriting) {
    throw new TransactionUsageError(
      "A write outside the open transaction of the same session would wait for its lock for ever: " +
        "use the transaction's own argument, or await the transaction first",
    );
  }
}

/**
 * @throws {SessionClosedError} when the session has ended or is ending.
 * @throws {CallerRefusedError} once the caller was refused.
 */
export function requireUsable(core: SessionCore): void {
  if (core.caller?.outcome === "refused") throw new CallerRefusedError();
  if (core.state === "closing" || core.state === "closed") throw new SessionClosedError(core.requestId);
}

/** Which failures of a piece of work may be tried again, and for how long. */
export interface RetryRule {
  readonly isRepeatable: (error: unknown) => boolean;
  /** Milliseconds left for all tries together. */
  readonly leftMs: () => number;
}

/** Source: session rule S22. */
const mostRetries = 2;
const jitterMs = { least: 25, most: 250 };

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
