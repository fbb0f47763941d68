// A proxy before a real server that alters its answers, and a server that records what it receives: for what a server,
// or a proxy before it, may say that a libSQL server never says.
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { once } from "node:events";

import { summarizePipeline, type PipelineSummary } from "./hrana.ts";

/** One request that arrived. */
export interface Received extends PipelineSummary {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the proxy answers in the place of the server's answer; as it was, if undefined. */
export type Alteration =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly body: string }
  | undefined;

/** A server that listens, with what it received so far. */
export interface AlteringProxy extends AsyncDisposable {
  readonly port: number;
  readonly received: Received[];
}

/** How answers are altered: before the request is passed on, or afterwards by the text of the answer. */
export interface Alterations {
  readonly request?: (received: Received) => Alteration;
  readonly answer?: (text: string, received: Received) => Alteration;
}

/** Starts a proxy on a free port of a loopback address, before the server at `upstream`. */
export async function startAlteringProxy(
  upstream: string,
  { request: alterRequest, answer: alterAnswer }: Alterations = {},
  host = "127.0.0.1",
): Promise<AlteringProxy> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const respond = async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(Buffer.from(chunk));
      const body = Buffer.concat(chunks).toString();
      const { method = "GET", headers } = request;
      const one = { method, headers, body, ...summarizePipeline(body) };
      received.push(one);
      let alteration = alterRequest?.(one);
      let text = "";
      if (alteration === undefined) {
        const init = method === "GET" ? {} : { body, headers: { "content-type": "application/json" } };
        const answer = await fetch(upstream + (request.url ?? "/"), { method, ...init });
        text = await answer.text();
        alteration = answer.ok ? alterAnswer?.(text, one) : { status: answer.status };
      }
      if (alteration !== undefined && "status" in alteration)
        response.writeHead(alteration.status, alteration.headers);
      response.end(alteration !== undefined && "body" in alteration ? alteration.body : text);
    };
    respond().catch(() => request.socket.resetAndDestroy());
  });
  server.listen(0, host);
  await once(server, "listening");
  return { port: portOf(server), received, [Symbol.asyncDispose]: () => close(server) };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port");
  return address.port;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
