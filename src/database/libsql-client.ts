// Puts `@libsql/client` in the place of the Worker's own client: it opens `file:` URLs, and is the reference for ours.
import type { Client, Config, ResultSet, Transaction } from "@libsql/client/http";
import type { ClientTransaction, DatabaseClient } from "./client.ts";
import { isAllowedAddress } from "./config.ts";
import type { ClientHost } from "./pipeline.ts";
import { TransportError } from "./requests.ts";
import type { SessionMode, Statement } from "./session-core.ts";

type CreateClient = (config: Config) => Client;

/**
 * The port that makes sessions use `@libsql/client`.
 *
 * @example
 * withSession(config, work, { ports: { ...webPorts, createClient: libsqlClient(createClient) } });
 */
export function libsqlClient(createClient: CreateClient): (host: ClientHost) => DatabaseClient {
  return (host) => {
    const alone = async <Result>(limitMs: number, work: (client: Client) => Promise<Result>) => {
      const connection = new Connection(host, createClient, "write");
      try {
        return await work(connection.within(limitMs));
      } finally {
        connection.close();
      }
    };
    return {
      run: (statements, mode, limitMs) =>
        alone(limitMs, async (client) => {
          const [only] = statements;
          return only !== undefined && statements.length === 1
            ? [await client.execute(only)]
            : client.batch([...statements], mode);
        }),
      // It has no conditional steps, so it asks only for the read.
      readAndProbeWrites: (statement, limitMs) => alone(limitMs, (client) => client.execute(statement)),
      transaction: (mode) => new Connection(host, createClient, mode),
    };
  };
}

/** A client for one piece of work, whose requests have the deadline of the call that is being made. */
class Connection implements ClientTransaction {
  readonly #host: ClientHost;
  readonly #client: Client;
  readonly #mode: SessionMode;
  #limitMs: number;
  #inFlight: AbortController | undefined;
  #begun: Transaction | undefined;

  constructor(host: ClientHost, createClient: CreateClient, mode: SessionMode) {
    const { url, authToken, deadlines } = host.config;
    this.#host = host;
    this.#mode = mode;
    this.#limitMs = deadlines.closeMs;
    this.#client = createClient({
      url,
      fetch: (request: Request) => this.#send(request),
      ...(authToken === undefined ? {} : { authToken }),
    });
  }

  within(limitMs: number): Client {
    this.#limitMs = limitMs;
    return this.#client;
  }

  async run(statements: readonly Statement[], limitMs: number): Promise<ResultSet[]> {
    const client = this.within(limitMs);
    this.#begun ??= await client.transaction(this.#mode);
    return this.#begun.batch([...statements]);
  }

  async commit(limitMs: number): Promise<void> {
    this.within(limitMs);
    await this.#begun?.commit();
  }

  async rollback(limitMs: number): Promise<void> {
    this.within(limitMs);
    await this.#begun?.rollback();
  }

  abort(): void {
    this.#inFlight?.abort();
  }

  close(): void {
    this.#begun?.close();
    this.#client.close();
    // Its close request, which frees the lock of a transaction, is sent in a later turn of the event loop.
    if (this.#begun !== undefined) void this.#host.requests.track(new Promise((next) => setTimeout(next)));
  }

  async #send(request: Request): Promise<Response> {
    const { requests, config } = this.#host;
    const limitMs = this.#limitMs;
    // A request that no call has asked for closes the stream.
    this.#limitMs = config.deadlines.closeMs;
    // The client goes wherever a server sends it.
    if (!isAllowedAddress(request.url, config.plainHttpHosts)) {
      throw new TransportError({ kind: "elsewhere", host: new URL(config.url).host });
    }
    const init = { headers: request.headers, body: await request.text() };
    this.#inFlight = new AbortController();
    return Response.json(await requests.send(request.url, init, limitMs, this.#inFlight));
  }
}
