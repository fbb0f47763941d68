// The deadline of a request to the database, where the event loop is free and where it is held up.
import { stat } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { createTransport, TransportError } from "../../../src/database/transport.ts";
import type { TransportHost } from "../../../src/database/transport.ts";

/** A transport over a database that answers when `answer` does. */
function transportOver(answer: () => Promise<unknown>, limitMs: number) {
  const host: TransportHost = {
    fetch: (_, { signal }) =>
      new Promise((resolve, reject) => {
        signal?.addEventListener("abort", () => reject(new TypeError("aborted")));
        void answer().then(() => resolve(Response.json({ answered: true })));
      }),
    limitMs: () => limitMs,
    onRoundTrip: () => undefined,
  };
  return createTransport(host);
}

function holdUpLoop(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe("createTransport", () => {
  it("takes an answer that came in time, also where the loop was held up beyond the deadline", async () => {
    // What the system answers is read after the timers that are due.
    const answer = transportOver(() => stat(import.meta.filename), 200).fetch("http://127.0.0.1/", {});
    holdUpLoop(400);
    expect(await (await answer).json()).toEqual({ answered: true });
  });

  it("gives up where no answer comes, not before the deadline and soon after it", async () => {
    const began = performance.now();
    const failure: unknown = await transportOver(() => new Promise(() => undefined), 200)
      .fetch("http://127.0.0.1/", {})
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TransportError);
    expect((failure as TransportError).fault).toEqual({ kind: "deadline", limitMs: 200 });
    expect(performance.now() - began).toBeGreaterThanOrEqual(195);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});
