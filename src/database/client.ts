// The Worker's own client of a libSQL server, and what a session asks of any client.
// A statement or a batch is one request. A transaction is a stream, which the server names by a baton in each answer.
import type { ResultSet } from "@libsql/client/http";
import { decodeResult, encodeStatement } from "./hrana.ts";
import type { JsonPipeline, JsonRequest, JsonStep } from "./hrana.ts";
import { type ClientHost, Pipeline, pipelineUrl, ranSteps, ServerError } from "./pipeline.ts";
import { TransportError } from "./requests.ts";
import type { SessionMode, Statement } from "./session-core.ts";

/** What a session asks of its database. There is one for each session, made at its first statement. */
export interface DatabaseClient {
  /**
   * Runs statements in one round trip: one alone, several in one transaction, all or none.
   *
   * @param limitMs how long that may take.
   */
  run(statements: readonly Statement[], mode: SessionMode, limitMs: number): Promise<ResultSet[]>;
  /** Sends nothing: BEGIN is sent together with the first statements. */
  transaction(mode: SessionMode): ClientTransaction;
  /**
   * Runs a read and asks, in the same round trip, whether the token may write: the server checks the rights of every
   * statement of a batch before it runs the first one. The write never runs, so it changes nothing and takes no lock.
   */
  readAndProbeWrites(statement: Statement, limitMs: number): Promise<ResultSet>;
}

/** A transaction at the server. Its calls are made one after another. */
export interface ClientTransaction {
  /** Runs statements in one round trip, after BEGIN if that was not sent yet. */
  run(statements: readonly Statement[], limitMs: number): Promise<ResultSet[]>;
  commit(limitMs: number): Promise<void>;
  rollback(limitMs: number): Promise<void>;
  /** Breaks off its request in flight. */
  abort(): void;
  /** Leaves it without waiting for an answer. */
  close(): void;
}

const begin: Readonly<Record<SessionMode, string>> = {
  read: "BEGIN TRANSACTION READONLY",
  write: "BEGIN IMMEDIATE",
};

/** Makes the Worker's own client; sends nothing. */
export function createHttpClient(host: ClientHost): DatabaseClient {
  const pipeline = new Pipeline(host);
  const once = async (request: JsonRequest, limitMs: number) => {
    const { results } = await pipeline.send([request, { type: "close" }], limitMs, {
      url: pipeline.url,
      baton: null,
    });
    return pipeline.resultOf(results[0]);
  };
  return {
    async run(statements, mode, limitMs) {
      const [only] = statements;
      if (only !== undefined && statements.length === 1) {
        const stmt = { ...encodeStatement(only), ...pipeline.after(mode) };
        return [decodeResult(await once({ type: "execute", stmt }, limitMs))];
      }
      const steps = inOneTransaction(statements, mode);
      const result = await once({ type: "batch", batch: { steps, ...pipeline.after(mode) } }, limitMs);
      // BEGIN before them, COMMIT behind them; whether the ROLLBACK of a failed one ran is of no interest.
      return ranSteps(result, statements.length + 2, 1)
        .slice(1, -1)
        .map(decodeResult);
    },
    async readAndProbeWrites(statement, limitMs) {
      const steps = [{ stmt: encodeStatement(statement) }, neverRun];
      const [first] = ranSteps(await once({ type: "batch", batch: { steps } }, limitMs), 1, 0);
      if (first === undefined) throw new TypeError("A batch without its first result");
      return decodeResult(first);
    },
    transaction: (mode) => new HttpTransaction(pipeline, mode),
  };
}

const readRan = { type: "ok", step: 0 } as const;

/** Meets no row either, should a server not heed the condition. (A DELETE without it would wait for the write lock.) */
const neverRun: JsonStep = {
  stmt: { sql: "DELETE FROM __drizzle_migrations WHERE false" },
  condition: { type: "and", conds: [readRan, { type: "not", cond: readRan }] },
};

function inOneTransaction(statements: readonly Statement[], mode: SessionMode): readonly JsonStep[] {
  const steps = afterOneAnother([
    { sql: begin[mode] },
    ...statements.map(encodeStatement),
    { sql: "COMMIT" },
  ]);
  const committed = { type: "ok", step: steps.length - 1 } as const;
  return [...steps, { stmt: { sql: "ROLLBACK" }, condition: { type: "not", cond: committed } }];
}

function afterOneAnother(statements: readonly JsonStep["stmt"][]): readonly JsonStep[] {
  return statements.map((stmt, index) =>
    index === 0 ? { stmt } : { stmt, condition: { type: "ok", step: index - 1 } },
  );
}

class HttpTransaction implements ClientTransaction {
  readonly #pipeline: Pipeline;
  readonly #mode: SessionMode;
  #url: string;
  /** Null until the first answer; then it changes with each. */
  #baton: string | null = null;
  #isBegun = false;
  #isOver = false;
  #inFlight: AbortController | undefined;

  constructor(pipeline: Pipeline, mode: SessionMode) {
    this.#pipeline = pipeline;
    this.#mode = mode;
    this.#url = pipeline.url;
  }

  async run(statements: readonly Statement[], limitMs: number): Promise<ResultSet[]> {
    const encoded = statements.map(encodeStatement);
    const [only] = encoded;
    if (this.#isBegun && only !== undefined && encoded.length === 1) {
      const { results } = await this.#send([{ type: "execute", stmt: only }], limitMs);
      return [decodeResult(this.#pipeline.resultOf(results[0]))];
    }
    const isFirst = !this.#isBegun;
    this.#isBegun = true;
    const steps = afterOneAnother(isFirst ? [{ sql: begin[this.#mode] }, ...encoded] : encoded);
    const after = isFirst ? this.#pipeline.after(this.#mode) : {};
    const { results } = await this.#send([{ type: "batch", batch: { steps, ...after } }], limitMs);
    const result = this.#pipeline.resultOf(results[0]);
    // If BEGIN was refused, there is no transaction to go on with.
    if (isFirst && result.step_results[0] === null) this.close();
    const skipped = isFirst ? 1 : 0;
    return ranSteps(result, steps.length, skipped).slice(skipped).map(decodeResult);
  }

  commit(limitMs: number): Promise<void> {
    return this.#endWith("COMMIT", limitMs);
  }

  async rollback(limitMs: number): Promise<void> {
    if (!this.#isOver) await this.#endWith("ROLLBACK", limitMs);
  }

  async #endWith(sql: string, limitMs: number): Promise<void> {
    if (!this.#isBegun) return;
    const { results } = await this.#send([{ type: "execute", stmt: { sql } }, { type: "close" }], limitMs);
    this.#isOver = true;
    decodeResult(this.#pipeline.resultOf(results[0]));
  }

  abort(): void {
    this.#inFlight?.abort();
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    // Frees the lock at once, if the server still knows the stream by this baton. It may not, so the answer is not awaited.
    if (this.#baton === null) return;
    this.#pipeline
      .send([{ type: "close" }], this.#pipeline.closeMs, { url: this.#url, baton: this.#baton })
      .catch(() => undefined);
  }

  async #send(requests: readonly JsonRequest[], limitMs: number): Promise<JsonPipeline> {
    if (this.#isOver) throw new ServerError("TRANSACTION_CLOSED", "the transaction is over", -1);
    const abort = new AbortController();
    this.#inFlight = abort;
    try {
      const answer = await this.#pipeline.send(requests, limitMs, {
        url: this.#url,
        baton: this.#baton,
        abort,
      });
      this.#baton = answer.baton ?? null;
      // Without a baton the next request would begin a stream of its own, outside of the transaction.
      if (this.#baton === null) this.#isOver = true;
      const isLast = requests.some(({ type }) => type === "close");
      // A server may hand a stream to another machine. After COMMIT the address no longer matters.
      if (answer.base_url && !isLast && !this.#isOver) this.#url = this.#addressOf(answer.base_url);
      return answer;
    } catch (error) {
      this.close();
      throw error;
    } finally {
      this.#inFlight = undefined;
    }
  }

  /** The address for the rest of the transaction. @throws {TransportError} if the configuration would refuse this address. */
  #addressOf(baseUrl: string): string {
    if (this.#pipeline.isAllowed(baseUrl)) return pipelineUrl(baseUrl);
    // The close request then goes to the configured address, and nowhere else.
    this.#url = this.#pipeline.url;
    throw new TransportError({ kind: "elsewhere", host: new URL(this.#pipeline.url).host });
  }
}
