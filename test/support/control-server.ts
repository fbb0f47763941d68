// Serves the control protocol (Node): starts, breaks and ends databases for tests that cannot spawn processes.
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";

import type { ControlMethods } from "./control-protocol.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import { startTestServer, type TestServer } from "./server.ts";

/** A control server that listens. */
export interface ControlServer {
  readonly url: string;
  /** Ends every database that is still there, and then the server. */
  close(): Promise<void>;
}

/** Starts the control server on a free port of 127.0.0.1. */
export async function startControlServer(): Promise<ControlServer> {
  const databases = new Map<string, TestServer>();
  const proxies = new Map<string, ProxyOfDatabase>();
  const methods = createMethods(databases, proxies);
  const server = createServer((request, response) => {
    answer(methods, request).then(
      (result) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(result)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  server.keepAliveTimeout = 600_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The control server has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      await Promise.all([...databases.keys()].map((id) => methods.stopDatabase({ id })));
      server.close();
      server.closeAllConnections();
    },
  };
}

interface ProxyOfDatabase extends FaultProxy {
  readonly database: string;
}

function createMethods(
  databases: Map<string, TestServer>,
  proxies: Map<string, ProxyOfDatabase>,
): ControlMethods {
  let last = 0;
  const nextId = (): string => String((last += 1));
  return {
    createDatabase: async (options) => {
      const id = nextId();
      const server = await startTestServer(options);
      databases.set(id, server);
      return { id, url: server.url, tokens: server.tokens };
    },
    killDatabase: async ({ id }) => done(await find(databases, id).kill()),
    restartDatabase: async ({ id }) => done(await find(databases, id).restart()),
    stopDatabase: async ({ id }) => {
      const server = databases.get(id);
      databases.delete(id);
      const own = [...proxies].filter(([, proxy]) => proxy.database === id);
      for (const [proxyId] of own) proxies.delete(proxyId);
      await Promise.all(own.map(([, proxy]) => proxy.close()));
      return done(await server?.stop());
    },
    databaseStats: ({ id }) => find(databases, id).stats(),
    createProxy: async ({ id: database }) => {
      const id = nextId();
      const proxy = await startFaultProxy(find(databases, database).port);
      proxies.set(id, { ...proxy, database });
      return { id, url: proxy.url };
    },
    setFaults: async ({ id, rules }) => done(find(proxies, id).setFaults(rules)),
    setListening: async ({ id, listening }) => done(await find(proxies, id).setListening(listening)),
    readRecord: async ({ id }) => find(proxies, id).record(),
    clearRecord: async ({ id }) => done(find(proxies, id).clearRecord()),
  };
}

/** JSON has no `undefined`: a method with nothing to say answers `null`. */
function done(_nothing: void): null {
  return null;
}

function find<T>(map: ReadonlyMap<string, T>, id: string): T {
  const found = map.get(id);
  if (found === undefined) throw new Error(`There is no ${id}: it was stopped, or never created`);
  return found;
}

async function answer(methods: ControlMethods, request: IncomingMessage): Promise<unknown> {
  const name = (request.url ?? "/").slice(1);
  if (!(name in methods)) throw new Error(`Unknown method ${name}`);
  let body = "";
  for await (const chunk of request) body += String(chunk);
  // Both ends are compiled from the same protocol, so that the input has the method's type.
  const method = methods[name as keyof ControlMethods] as (input: unknown) => Promise<unknown>;
  return method(JSON.parse(body));
}
