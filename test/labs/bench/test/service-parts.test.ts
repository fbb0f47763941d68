// What the service benchmark is made of: the load, the delay, the verdicts, and where results are published.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, describe, expect, it } from "vitest";

import { startDelayProxy } from "../delay-proxy.ts";
import { createLoad } from "../load.ts";
import { replaceBetweenMarks } from "../publish.ts";
import { readProfile } from "../start-up.ts";
import { quantile } from "../statistics.ts";
import { verdictOf } from "../targets.ts";

const servers: Server[] = [];

/** Serves what `answer` says after so many milliseconds. */
async function serve(answer: (index: number) => { readonly status?: number; readonly afterMs?: number }) {
  let index = 0;
  const server = createServer((_request, response) => {
    const { status = 200, afterMs = 0 } = answer(index++);
    setTimeout(() => response.writeHead(status).end("ok"), afterMs);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

const targetAt = (port: number) => ({
  origin: `http://127.0.0.1:${port}`,
  ask: () => ({ method: "GET", path: "/" }) as const,
  status: 200,
});

describe("createLoad", () => {
  it("counts the wait behind a slow answer in an open loop", async () => {
    const load = createLoad(targetAt(await serve((index) => ({ afterMs: index === 0 ? 200 : 0 }))), 1);
    const { latencies, requests } = await load.open(200, 100);
    await load.close();
    expect(requests).toBe(20);
    // Half of the requests were planned for the time in which the first one held the only connection.
    expect(quantile(latencies, 0.5)).toBeGreaterThan(60);
  });

  it("counts another status, and an answer that breaks off, as errors", async () => {
    const load = createLoad(targetAt(await serve((index) => ({ status: index % 2 === 0 ? 200 : 503 }))), 1);
    const { requests, errors } = await load.open(100, 100);
    await load.close();
    expect(requests).toBe(5);
    expect(errors).toEqual(Array(5).fill("status 503 where 200 is expected"));
    const nobody = createLoad(targetAt(1), 1);
    expect((await nobody.open(10, 100)).errors).toHaveLength(1);
    await nobody.close();
  });
});

describe("startDelayProxy", () => {
  it("holds each request back once, and counts it once", async () => {
    const port = await serve(() => ({}));
    const proxy = await startDelayProxy(port);
    const load = createLoad({ ...targetAt(port), origin: proxy.url }, 2);
    await proxy.setDelay(40);
    const { latencies, errors } = await load.open(500, 20);
    expect(errors).toEqual([]);
    // The quickest one was held back once, and not twice; the others may have waited for the machine.
    expect(Math.min(...latencies)).toBeGreaterThanOrEqual(39);
    expect(Math.min(...latencies)).toBeLessThan(2 * 40);
    expect(await proxy.roundTrips()).toBe(10);
    await load.close();
    await proxy.close();
  });
});

describe("verdictOf", () => {
  const target = { kind: "gated", limit: 1.15, unit: "ratio" } as const;
  const between = (low: number, high: number) => ({ value: (low + high) / 2, interval: { low, high } });

  it("calls missed only what is beyond the limit as a whole", () => {
    expect(verdictOf({ ...target, finding: between(1.16, 1.3) })).toBe("MISSED");
    expect(verdictOf({ ...target, finding: between(1.1, 1.3) })).toBe("not decided");
    expect(verdictOf({ ...target, finding: between(1, 1.15) })).toBe("met");
    expect(verdictOf({ ...target, finding: undefined })).toBe("not measured");
  });

  it("takes a difference that cannot be measured for none", () => {
    const same = { ...target, limit: 1, isMetInDoubt: true };
    expect(verdictOf({ ...same, finding: between(0.98, 1.02) })).toBe("met");
    expect(verdictOf({ ...same, finding: between(1.01, 1.02) })).toBe("MISSED");
  });
});

describe("replaceBetweenMarks", () => {
  const page = (content: string) => `# A\n\n<!-- bench:begin -->${content}<!-- bench:end -->\n\n## B\n`;

  it("replaces what is there, whatever it was, and nothing else", () => {
    const once = replaceBetweenMarks(page("\n"), "# The tool\n\n| a |");
    expect(once).toBe(page("\n\n### The tool\n\n| a |\n\n"));
    expect(replaceBetweenMarks(once, "new")).toBe(page("\n\nnew\n\n"));
  });

  it("refuses a page without both marks", () => {
    expect(() => replaceBetweenMarks("# A\n<!-- bench:begin -->", "x")).toThrow("<!-- bench:end -->");
  });
});

describe("readProfile", () => {
  it("adds up what ran, without what waited", () => {
    const node = (id: number, functionName: string) => ({ id, callFrame: { functionName } });
    const nodes = [node(1, "(root)"), node(2, "(idle)"), node(3, "load")];
    expect(readProfile({ nodes, samples: [3, 2, 3], timeDeltas: [1_000, 50_000, 500] })).toBe(1.5);
  });
});
