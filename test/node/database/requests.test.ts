// The deadline of a request to the database, where the event loop is free and where it is held up.
import { stat } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { isAnswerAwaited, Requests, TransportError } from "../../../src/database/requests.ts";

/** Sends a request to a database that answers when `answer` does. */
function sendTo(answer: () => Promise<unknown>, limitMs: number): Promise<unknown> {
  const requests = new Requests({
    fetch: (_, { signal }) =>
      new Promise((resolve, reject) => {
        signal?.addEventListener("abort", () => reject(new TypeError("aborted")));
        void answer().then(() => resolve(Response.json({ answered: true })));
      }),
    onRoundTrip: () => undefined,
  });
  return requests.send("http://127.0.0.1/", {}, limitMs);
}

function holdUpLoop(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe("Requests", () => {
  it("takes an answer that came in time, also where the loop was held up beyond the deadline", async () => {
    // What the system answers is read after the timers that are due.
    const answer = sendTo(() => stat(import.meta.filename), 200);
    holdUpLoop(400);
    expect(await answer).toEqual({ answered: true });
  });

  it("takes an answer that came in time, also where the loop is held up again and again", async () => {
    // The loop has to turn several times to read this answer, and is held up in each of them.
    const inTurns = async () => {
      for (let turn = 0; turn < 3; turn++) await stat(import.meta.filename);
    };
    const holdUps = setInterval(() => holdUpLoop(80), 1);
    try {
      const answer = sendTo(inTurns, 100);
      holdUpLoop(120);
      expect(await answer).toEqual({ answered: true });
    } finally {
      clearInterval(holdUps);
    }
  });

  it("says whether an answer is awaited, no longer than its deadline", async () => {
    expect(isAnswerAwaited()).toBe(false);
    const { promise, resolve } = Promise.withResolvers<void>();
    const answer = sendTo(() => promise, 60_000);
    expect(isAnswerAwaited()).toBe(true);
    resolve();
    await answer;
    expect(isAnswerAwaited()).toBe(false);
    const late = sendTo(() => new Promise(() => undefined), 50);
    late.catch(() => undefined);
    holdUpLoop(60);
    expect(isAnswerAwaited()).toBe(false);
    await expect(late).rejects.toBeInstanceOf(TransportError);
  });

  it("gives up where no answer comes, not before the deadline and soon after it", async () => {
    const began = performance.now();
    const failure: unknown = await sendTo(() => new Promise(() => undefined), 200).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(TransportError);
    expect((failure as TransportError).fault).toEqual({ kind: "deadline", limitMs: 200 });
    expect(performance.now() - began).toBeGreaterThanOrEqual(195);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});
