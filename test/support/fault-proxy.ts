// A proxy in front of one database that breaks requests on demand, at the level where networks break them.
// It passes everything else on unchanged, and drops its side of the database when a client hangs up.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";

import { applyFault } from "./fault-actions.ts";
import { createFaultScript, type FaultScript } from "./fault-rules.ts";
import type { FaultRule, ProxyRecord, RecordedRequest } from "./faults.ts";
import { summarizePipeline } from "./hrana.ts";

/** A running proxy. */
export interface FaultProxy {
  readonly url: string;
  setFaults(rules: readonly FaultRule[]): void;
  /** In place of rules: a script that decides by itself, such as by the clock. */
  setScript(script: FaultScript): void;
  setListening(listening: boolean): Promise<void>;
  record(): ProxyRecord;
  clearRecord(): void;
  close(): Promise<void>;
}

/** Starts a proxy on a free port of 127.0.0.1, before the server on `upstreamPort`. */
export async function startFaultProxy(upstreamPort: number): Promise<FaultProxy> {
  let script = createFaultScript([]);
  let requests: RecordedRequest[] = [];
  const clients = new Set<Socket>();
  const upstream = new Set<Socket>();

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    const text = body.toString();
    const summary = summarizePipeline(text);
    const fault = script.next([text, ...summary.statements]);
    const { method = "GET", url: path = "/" } = request;
    requests.push({ method, path, ...summary, body: text, fault: fault?.kind });
    await applyFault(fault, { request, response, body, upstreamPort, upstream });
  };
  const server = createServer((request, response) => {
    // Whatever breaks on the way to the database looks to the client like a network that broke.
    handle(request, response).catch(() => request.socket.resetAndDestroy());
  });
  // A proxy that closes idle connections by itself would reset requests which no rule named.
  server.keepAliveTimeout = 600_000;
  server.requestTimeout = 0;
  server.on("connection", (socket) => track(clients, socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port");
  const { port } = address;

  const setListening = async (listening: boolean): Promise<void> => {
    if (listening === server.listening) return;
    if (listening) server.listen(port, "127.0.0.1");
    else server.close();
    for (const socket of clients) socket.resetAndDestroy();
    await once(server, listening ? "listening" : "close");
  };
  return {
    url: `http://127.0.0.1:${port}`,
    setFaults: (rules) => void (script = createFaultScript(rules)),
    setScript: (other) => void (script = other),
    setListening,
    record: () => ({ requests, open: { clients: clients.size, upstream: upstream.size } }),
    clearRecord: () => void (requests = []),
    close: () => setListening(false),
  };
}

/** Keeps the set to the sockets that are open. */
function track(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.once("close", () => sockets.delete(socket));
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
