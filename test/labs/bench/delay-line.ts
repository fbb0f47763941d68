// The thread behind the delaying proxy: sockets in, sockets out, and every turn of a conversation held back for a while.
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { parentPort, workerData } from "node:worker_threads";

import type { LineSettings, LineTurns } from "./delay-proxy.ts";

const { upstreamPort } = workerData as { readonly upstreamPort: number };
const port = parentPort;
if (port === null) throw new Error("delay-line.ts is started by delay-proxy.ts");

let delayMs = 0;
let turns = 0;
port.on("message", (settings: LineSettings) => {
  if (settings.delayMs !== undefined) delayMs = settings.delayMs;
  port.postMessage({ turns } satisfies LineTurns);
});

/** Passes on what comes, in its order, no earlier than the delay; the answers come back at once. */
function join(client: Socket): void {
  const server = connect({ port: upstreamPort, host: "127.0.0.1", noDelay: true });
  client.setNoDelay(true);
  // Nobody asks twice before an answer has come: so what follows an answer is a new request.
  let isAsking = false;
  client.on("data", (chunk) => {
    if (!isAsking) turns += 1;
    isAsking = true;
    if (delayMs === 0) server.write(chunk);
    else setTimeout(() => server.write(chunk), delayMs);
  });
  server.on("data", (chunk) => {
    isAsking = false;
    client.write(chunk);
  });
  for (const [one, other] of [
    [client, server],
    [server, client],
  ] as const) {
    one.on("error", () => other.destroy());
    one.on("close", () => other.destroy());
  }
}

const listener = createServer(join);
listener.listen(0, "127.0.0.1");
await once(listener, "listening");
const address = listener.address();
if (address === null || typeof address === "string") throw new Error("The delay line has no port");
port.postMessage({ port: address.port });
