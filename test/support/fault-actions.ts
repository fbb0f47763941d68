// What each fault does to one request. No state: which fault is due was decided before.
import { once } from "node:events";
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as send,
  type ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

import type { Fault } from "./faults.ts";

/** One request that has arrived whole and waits for what becomes of it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Buffer;
  readonly upstreamPort: number;
  /** The connections to the database that are open. */
  readonly upstream: Set<Socket>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const hopByHop = new Set(["connection", "content-length", "keep-alive", "transfer-encoding"]);
const htmlPage = "<!doctype html><title>Sign in</title><h1>Sign in to this network</h1>";

/** Ends the exchange as the fault says, or by the database's own answer where there is none. */
export async function applyFault(fault: Fault | undefined, exchange: Exchange): Promise<void> {
  switch (fault?.kind) {
    case undefined:
      return reply(exchange, await forward(exchange));
    case "reset-before-send":
      return reset(exchange);
    case "reset-after-send":
      await forward(exchange);
      return reset(exchange);
    case "cut-body":
      return cutBody(exchange, await forward(exchange));
    case "status": {
      if (fault.forward === true) await forward(exchange);
      const headers = fault.retryAfter === undefined ? {} : { "retry-after": fault.retryAfter };
      return reply(exchange, { status: fault.status, headers, body: Buffer.from(fault.body ?? "") });
    }
    case "html": {
      if (fault.forward === true) await forward(exchange);
      const headers = { "content-type": "text/html; charset=utf-8" };
      return reply(exchange, { status: 200, headers, body: Buffer.from(htmlPage) });
    }
    case "silence":
      if (fault.forward === true) await forward(exchange, fault.keepUpstream);
      return;
    case "delay":
      return delay(exchange, fault.ms, fault.leg ?? "request");
  }
}

async function delay(exchange: Exchange, ms: number, leg: "request" | "answer"): Promise<void> {
  if (leg === "request") await wait(ms);
  // Who has hung up while waiting has nothing left to send.
  if (exchange.response.destroyed) return;
  const answer = await forward(exchange);
  if (leg === "answer") await wait(ms);
  reply(exchange, answer);
}

function reset({ request }: Exchange): void {
  request.socket.resetAndDestroy();
}

function reply({ response }: Exchange, { status, headers, body }: Answer): void {
  if (response.destroyed) return;
  response.writeHead(status, { ...endToEnd(headers), "content-length": body.length });
  response.end(body);
}

async function cutBody(exchange: Exchange, { status, headers, body }: Answer): Promise<void> {
  const { response } = exchange;
  response.writeHead(status, { ...endToEnd(headers), "content-length": body.length });
  await new Promise((resolve) => {
    response.write(body.subarray(0, Math.ceil(body.length / 2)), resolve);
  });
  reset(exchange);
}

/** Has the database answer. Rejects when it cannot, or when the client hangs up and `keep` is not set. */
async function forward(exchange: Exchange, keep = false): Promise<Answer> {
  const { request, response, body, upstreamPort, upstream } = exchange;
  if (response.destroyed && !keep) throw new Error("The client has hung up");
  const outgoing = send({
    host: "127.0.0.1",
    port: upstreamPort,
    method: request.method,
    path: request.url,
    headers: {
      ...endToEnd(request.headers),
      host: `127.0.0.1:${upstreamPort}`,
      "content-length": body.length,
    },
    agent: false,
  });
  outgoing.once("socket", (socket) => {
    upstream.add(socket);
    socket.once("close", () => upstream.delete(socket));
  });
  const hangUp = (): void => void outgoing.destroy();
  if (!keep) response.once("close", hangUp);
  try {
    outgoing.end(body);
    const [incoming]: IncomingMessage[] = await once(outgoing, "response");
    if (incoming === undefined) throw new Error("The database did not answer");
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
    return { status: incoming.statusCode ?? 502, headers: incoming.headers, body: Buffer.concat(chunks) };
  } finally {
    response.off("close", hangUp);
  }
}

/** The headers that are not about one connection. */
function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.has(name)));
}
