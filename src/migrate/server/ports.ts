// Finds TCP ports on the loopback address. Advisory only: the first to listen has the port.
import { createServer } from "node:net";

/** The address that everything local listens on. */
export const loopback = "127.0.0.1";

/** Whether nothing listens on `port` at this moment. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await tryPort(port)) !== undefined;
}

/** A port that was free a moment ago, chosen by the operating system. */
export async function findFreePort(): Promise<number> {
  const port = await tryPort(0);
  if (port === undefined) throw new Error(`No free port on ${loopback}`);
  return port;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(undefined));
    probe.listen(port, loopback, () => {
      const address = probe.address();
      const found = typeof address === "object" && address !== null ? address.port : undefined;
      probe.close(() => resolve(found));
    });
  });
}
