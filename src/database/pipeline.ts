// What all requests of one session have in common in Hrana 2: their address, the token, and how an answer is read.
import { type DatabaseConfig, isAllowedAddress } from "./config.ts";
import type { JsonAnswer, JsonBatchResult, JsonPipeline, JsonRequest, JsonResult } from "./hrana.ts";
import { garbled, type Requests } from "./requests.ts";
import type { SessionMode } from "./session-core.ts";

/** What a client gets from its session. */
export interface ClientHost {
  readonly requests: Requests;
  readonly config: DatabaseConfig;
  /** Of the session, for logs. */
  readonly requestId: string;
}

/** What the server says is wrong with a statement; only error-translation.ts looks at it. */
export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly code: string;
  /** Which of the statements failed, counted from 0; -1 if it was none of them, such as BEGIN. */
  statementIndex: number;

  constructor(code: string, message: string, statementIndex: number) {
    super(`${code}: ${message}`);
    this.code = code;
    this.statementIndex = statementIndex;
  }
}

/** Sends the requests of one session. */
export class Pipeline {
  readonly url: string;
  readonly #requests: Requests;
  readonly #config: DatabaseConfig;
  /** The newest state of the database that an answer of this session came from; 0 before the first answer. */
  #replicationIndex = 0;

  constructor({ requests, config }: ClientHost) {
    this.#requests = requests;
    this.#config = config;
    this.url = pipelineUrl(config.url);
  }

  /** How long a request may take that only frees what the server holds, in milliseconds. */
  get closeMs(): number {
    return this.#config.deadlines.closeMs;
  }

  isAllowed(address: string): boolean {
    return isAllowedAddress(address, this.#config.plainHttpHosts);
  }

  send(
    requests: readonly JsonRequest[],
    limitMs: number,
    stream: { readonly url: string; readonly baton: string | null; readonly abort?: AbortController },
  ): Promise<JsonPipeline> {
    const { authToken } = this.#config;
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (authToken !== undefined) headers["authorization"] = `Bearer ${authToken}`;
    const body = JSON.stringify({ baton: stream.baton, requests });
    return this.#requests.send(stream.url, { headers, body }, limitMs, stream.abort).then((answer) => {
      const { results } = (answer ?? {}) as Partial<JsonPipeline>;
      if (!Array.isArray(results) || results.length !== requests.length) throw garbled();
      return answer as JsonPipeline;
    });
  }

  /** Makes a read wait, on a replica, for what this session has seen already. Source: session rule S27. */
  after(mode: SessionMode): { readonly replication_index?: string } {
    return mode === "read" && this.#replicationIndex > 0
      ? { replication_index: String(this.#replicationIndex) }
      : {};
  }

  /** @throws {ServerError} with what the server says is wrong with the whole request. */
  resultOf(answer: JsonAnswer | undefined): JsonResult & JsonBatchResult {
    if (answer?.type === "error") throw errorOf(answer.error, -1);
    if (answer?.type !== "ok" || !answer.response?.result) throw garbled();
    const { result } = answer.response;
    // A count of frames, far below 2^53.
    const seen = Number(result.replication_index);
    if (seen > this.#replicationIndex) this.#replicationIndex = seen;
    return result;
  }
}

/** The addresses for requests, by the URLs of databases: reading a URL costs more than the JSON of a request. */
const pipelineUrls = new Map<string, string>();

/** The address for requests to the database of a configured URL. */
export function pipelineUrl(text: string): string {
  const known = pipelineUrls.get(text);
  if (known !== undefined) return known;
  const url = new URL(text.replace(/^libsql:/i, "https:"));
  if (url.searchParams.get("tls") === "0") url.protocol = "http:";
  const { href } = new URL("v2/pipeline", url);
  pipelineUrls.set(text, href);
  return href;
}

/**
 * The results of the first steps of a batch.
 *
 * @param first the step of the first statement: 1 behind BEGIN.
 * @throws {ServerError} with the first error among them.
 * @throws {TransportError} if a step has neither a result nor an error: its outcome is not known.
 */
export function ranSteps(batch: JsonBatchResult, count: number, first: number): readonly JsonResult[] {
  if (!Array.isArray(batch.step_results) || !Array.isArray(batch.step_errors)) throw garbled();
  return Array.from({ length: count }, (_, step) => {
    const error = batch.step_errors[step];
    if (error) throw errorOf(error, step - first);
    const result = batch.step_results[step];
    if (!result) throw garbled();
    return result;
  });
}

function errorOf(error: unknown, statementIndex: number): Error {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  if (typeof message !== "string") return garbled();
  return new ServerError(typeof code === "string" ? code : "UNKNOWN", message, statementIndex);
}
