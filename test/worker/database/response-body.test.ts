// A body that is watched: when it has ended (S11).
import { describe, expect, it } from "vitest";

import { watchEnd } from "../../../src/worker/middleware/response-body.ts";

describe("watchEnd", () => {
  it("takes a piece that arrives after the reader has gone for nothing", async () => {
    const late = Promise.withResolvers<void>();
    let cancelled: unknown;
    const { body, ended } = watchEnd(
      new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            await late.promise;
            if (cancelled === undefined) controller.enqueue(new Uint8Array(1));
          },
          cancel: (reason) => void (cancelled = reason),
        },
        { highWaterMark: 0 },
      ),
    );
    const reader = body.getReader();
    const read = reader.read();
    await reader.cancel("gone");
    late.resolve();
    expect(await read).toMatchObject({ done: true });
    await ended;
    expect(cancelled).toBe("gone");
  });

  it("hands on every piece, and the error that the maker ends with", async () => {
    let pieces = 0;
    const { body, ended } = watchEnd(
      new ReadableStream<Uint8Array>({
        pull(controller) {
          pieces += 1;
          if (pieces > 3) controller.error(new Error("mine"));
          else controller.enqueue(new Uint8Array([pieces]));
        },
      }),
    );
    const reader = body.getReader();
    const got: unknown[] = [];
    const read = async () => void got.push((await reader.read()).value?.[0]);
    const failure = await read()
      .then(read)
      .then(read)
      .then(read)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ message: "mine" });
    expect(got).toEqual([1, 2, 3]);
    await ended;
  });
});
