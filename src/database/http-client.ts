// Speaks to a libSQL server: what of `@libsql/client` a session needs, with less work for each request.
// A statement or a batch is one request; a transaction is a stream that the server names by a baton.
import type { ResultSet } from "@libsql/client/http";
import {
  decodeResult,
  encodeStatement,
  type JsonAnswer,
  type JsonBatchResult,
  type JsonPipeline,
  type JsonRequest,
  type JsonResult,
  type JsonStep,
} from "./hrana.ts";
import type { SessionMode, Statement } from "./session-core.ts";
import { TransportError } from "./transport.ts";

/** How a client reaches its database. */
export interface ClientConfig {
  /** As configured: `libsql:`, `https:` or `http:`. */
  readonly url: string;
  readonly authToken?: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/** What a session asks of its client; a `Client` of `@libsql/client`, as scripts bring for a `file:` URL, will do. */
export interface DatabaseClient {
  execute(statement: Statement): Promise<ResultSet>;
  /** Runs all statements in one transaction, all or none. */
  batch(statements: Statement[], mode: SessionMode): Promise<ResultSet[]>;
  /** Sends nothing: BEGIN rides with the first statement. */
  transaction(mode: SessionMode): Promise<ClientTransaction>;
  close(): void;
}

/** A transaction at the server. */
export interface ClientTransaction {
  readonly closed: boolean;
  batch(statements: Statement[]): Promise<ResultSet[]>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  /** Leaves it without waiting for an answer. */
  close(): void;
}

/** What the server says is wrong with a statement; stays inside this room, where it is translated. */
export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

const begin: Readonly<Record<SessionMode, string>> = {
  read: "BEGIN TRANSACTION READONLY",
  write: "BEGIN IMMEDIATE",
};

/** Makes a client; sends nothing. */
export function createHttpClient(config: ClientConfig): DatabaseClient {
  return {
    async execute(statement) {
      const requests: JsonRequest[] = [
        { type: "execute", stmt: encodeStatement(statement) },
        { type: "close" },
      ];
      const { results } = await sendPipeline(config, pipelineUrl(config.url), null, requests);
      return decodeResult(resultOf(results[0]));
    },
    async batch(statements, mode) {
      const steps = inOneTransaction(statements, mode);
      const requests: JsonRequest[] = [{ type: "batch", batch: { steps } }, { type: "close" }];
      const { results } = await sendPipeline(config, pipelineUrl(config.url), null, requests);
      // BEGIN before them, COMMIT behind them; whether the ROLLBACK of a failed one ran is of no interest.
      return ranSteps(resultOf(results[0]), statements.length + 2)
        .slice(1, -1)
        .map(decodeResult);
    },
    transaction: async (mode) => new HttpTransaction(config, mode),
    // Nothing is held between requests.
    close: () => undefined,
  };
}

/** Each step runs where the one before it was well, COMMIT as well; ROLLBACK where that one was not. */
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
  readonly #config: ClientConfig;
  readonly #mode: SessionMode;
  #url: string;
  /** Null until the first answer; then it changes with each. */
  #baton: string | null = null;
  #begun = false;
  #closed = false;

  constructor(config: ClientConfig, mode: SessionMode) {
    this.#config = config;
    this.#mode = mode;
    this.#url = pipelineUrl(config.url);
  }

  get closed(): boolean {
    return this.#closed;
  }

  async batch(statements: Statement[]): Promise<ResultSet[]> {
    const encoded = statements.map(encodeStatement);
    const [only] = encoded;
    if (this.#begun && only !== undefined && encoded.length === 1) {
      const { results } = await this.#send([{ type: "execute", stmt: only }]);
      return [decodeResult(resultOf(results[0]))];
    }
    if (this.#begun) {
      const steps = afterOneAnother(encoded);
      const { results } = await this.#send([{ type: "batch", batch: { steps } }]);
      return ranSteps(resultOf(results[0]), steps.length).map(decodeResult);
    }
    this.#begun = true;
    const steps = afterOneAnother([{ sql: begin[this.#mode] }, ...encoded]);
    const { results } = await this.#send([{ type: "batch", batch: { steps } }]);
    const result = resultOf(results[0]);
    // Where BEGIN was refused there is no transaction to go on with.
    if (result.step_results[0] === null) this.close();
    return ranSteps(result, steps.length).slice(1).map(decodeResult);
  }

  commit(): Promise<void> {
    return this.#endWith("COMMIT");
  }

  rollback(): Promise<void> {
    return this.#endWith("ROLLBACK");
  }

  async #endWith(sql: string): Promise<void> {
    if (this.#closed) {
      if (sql === "ROLLBACK") return;
      throw new ServerError("TRANSACTION_CLOSED", "the transaction is over");
    }
    if (!this.#begun) return;
    const { results } = await this.#send([{ type: "execute", stmt: { sql } }, { type: "close" }]);
    this.#closed = true;
    resultOf(results[0]);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // Lets go of the lock at once, where the server still knows the stream by this name. It may not: nobody waits.
    if (this.#baton === null) return;
    sendPipeline(this.#config, this.#url, this.#baton, [{ type: "close" }]).catch(() => undefined);
  }

  async #send(requests: readonly JsonRequest[]): Promise<JsonPipeline> {
    if (this.#closed) throw new ServerError("TRANSACTION_CLOSED", "the transaction is over");
    try {
      const answer = await sendPipeline(this.#config, this.#url, this.#baton, requests);
      this.#baton = answer.baton ?? null;
      // A server may hand a stream to another machine.
      if (answer.base_url) this.#url = new URL("v2/pipeline", answer.base_url).href;
      // Without a name the next request would begin a stream of its own, outside of the transaction.
      if (this.#baton === null) this.#closed = true;
      return answer;
    } catch (error) {
      this.close();
      throw error;
    }
  }
}

/** Where a database takes requests, by its configured URL; plain text, kept as reading a URL costs more than the request's JSON. */
const pipelineUrls = new Map<string, string>();

function pipelineUrl(text: string): string {
  const known = pipelineUrls.get(text);
  if (known !== undefined) return known;
  const url = new URL(text.replace(/^libsql:/, "https:"));
  if (url.searchParams.get("tls") === "0") url.protocol = "http:";
  const { href } = new URL("v2/pipeline", url);
  pipelineUrls.set(text, href);
  return href;
}

/** Sends requests in one round trip, and makes sure that each of them has an answer. */
async function sendPipeline(
  { authToken, fetch }: ClientConfig,
  url: string,
  baton: string | null,
  requests: readonly JsonRequest[],
): Promise<JsonPipeline> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (authToken !== undefined) headers["authorization"] = `Bearer ${authToken}`;
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ baton, requests }) });
  const answer = (await response.json()) as Partial<JsonPipeline> | null;
  if (!Array.isArray(answer?.results)) throw garbled();
  return answer as JsonPipeline;
}

/** @throws {ServerError} with what the server says is wrong. */
function resultOf(answer: JsonAnswer | undefined): JsonResult & JsonBatchResult {
  if (answer?.type === "error") throw new ServerError(answer.error.code ?? "UNKNOWN", answer.error.message);
  if (answer?.type !== "ok" || typeof answer.response?.result !== "object") throw garbled();
  return answer.response.result;
}

/**
 * The results of the first steps of a batch.
 *
 * @throws {ServerError} with the first error among them, or where one did not run.
 */
function ranSteps(batch: JsonBatchResult, count: number): readonly JsonResult[] {
  if (!Array.isArray(batch.step_results) || !Array.isArray(batch.step_errors)) throw garbled();
  return Array.from({ length: count }, (_, step) => {
    const error = batch.step_errors[step];
    if (error) throw new ServerError(error.code ?? "UNKNOWN", error.message);
    const result = batch.step_results[step];
    if (!result)
      throw new ServerError("TRANSACTION_CLOSED", "a statement did not run: the transaction is over");
    return result;
  });
}

/** Something answered, but not a libSQL server. */
function garbled(): TransportError {
  return new TransportError({ kind: "lost" });
}
