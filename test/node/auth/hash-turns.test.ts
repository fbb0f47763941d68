// Turns of password hashes with a clock of the test's own: a hash moves it on without letting a timer fire, as a hash in
// a Worker does.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { HashTurns, longestWaitMs } from "../../../src/auth/hash-turns.ts";
import { count, seed } from "../../support/tier.ts";

const hashMs = 400;

/** An isolate: its clock, what its database owes it, and what happened in it. */
class Isolate {
  time = 0;
  awaited = 0;
  hashes = 0;
  readonly events: string[] = [];
  readonly #timers: { readonly at: number; readonly fire: () => void }[] = [];
  readonly sleep = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      this.#timers.push({ at: this.time + milliseconds, fire: resolve });
    });
  readonly turns: HashTurns = this.turnsWith(this.sleep);

  /** Turns whose requests sleep like this. */
  turnsWith(sleep: (milliseconds: number) => Promise<void>): HashTurns {
    const isAnswerAwaited = () => this.awaited > 0;
    return new HashTurns({ now: () => this.time, isAnswerAwaited, sleep });
  }

  /** Occupies the event loop. */
  readonly hash =
    (name: string, lasts = hashMs) =>
    (): Promise<string> => {
      this.hashes += 1;
      this.events.push(`hash ${name}`);
      this.time += lasts;
      return Promise.resolve(name);
    };

  signUp(name: string, turns = this.turns): Promise<string> {
    return turns
      .take((runHash) => runHash(this.hash(name)))
      .catch((error: { code: string }) => `${name} ${error.code}`);
  }

  get timers(): number {
    return this.#timers.length;
  }

  /** Lets timers fire, in their order, until the time is reached. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    for (;;) {
      await new Promise(setImmediate);
      this.#timers.sort((one, other) => one.at - other.at);
      const next = this.#timers[0];
      if (next === undefined || next.at > end) break;
      this.#timers.shift();
      this.time = Math.max(this.time, next.at);
      next.fire();
    }
    this.time = Math.max(this.time, end);
  }
}

describe("HashTurns", () => {
  it("computes the first hash at once, without a timer before it", async () => {
    const isolate = new Isolate();
    void isolate.signUp("a");
    await new Promise(setImmediate);
    expect(isolate.events).toEqual(["hash a"]);
  });

  it("computes hashes in the order in which their requests came", async () => {
    const isolate = new Isolate();
    const answers = ["a", "b", "c", "d"].map((name) => isolate.signUp(name));
    await isolate.pass(3_000);
    expect(isolate.events).toEqual(["hash a", "hash b", "hash c", "hash d"]);
    expect(await Promise.all(answers)).toEqual(["a", "b", "c", "d"]);
    await isolate.pass(1_000);
    expect(isolate.timers).toBe(0);
  });

  it("waits between two hashes until the awaited answers have been read", async () => {
    const isolate = new Isolate();
    isolate.awaited = 1;
    void isolate.signUp("a");
    void isolate.signUp("b");
    await isolate.pass(100);
    expect(isolate.events).toEqual(["hash a"]);
    isolate.awaited = 0;
    await isolate.pass(20);
    expect(isolate.events).toEqual(["hash a", "hash b"]);
  });

  it("waits no longer for awaited answers than the hash before took", async () => {
    const isolate = new Isolate();
    isolate.awaited = 1;
    void isolate.signUp("a");
    void isolate.signUp("b");
    await isolate.pass(0);
    await isolate.pass(hashMs - 20);
    expect(isolate.hashes).toBe(1);
    await isolate.pass(40);
    expect(isolate.hashes).toBe(2);
  });

  it("lets timers fire between two hashes even if no answer is awaited", async () => {
    const isolate = new Isolate();
    void isolate.signUp("a");
    void isolate.signUp("b");
    void isolate.sleep(hashMs).then(() => isolate.events.push("timer"));
    await isolate.pass(1_000);
    expect(isolate.events).toEqual(["hash a", "timer", "hash b"]);
  });

  it("lets timers fire between the two hashes of one request", async () => {
    const isolate = new Isolate();
    void isolate.turns.take(async (runHash) => {
      await runHash(isolate.hash("old"));
      await runHash(isolate.hash("new"));
    });
    void isolate.sleep(hashMs).then(() => isolate.events.push("timer"));
    void isolate.signUp("next");
    await isolate.pass(3_000);
    expect(isolate.events).toEqual(["hash old", "timer", "hash new", "hash next"]);
  });

  it("lets a request hash without a pause once the event loop has been free for long", async () => {
    const isolate = new Isolate();
    await isolate.signUp("a");
    await isolate.pass(1_000);
    isolate.awaited = 1;
    await isolate.signUp("b");
    expect(isolate.events).toEqual(["hash a", "hash b"]);
  });

  it("refuses a request whose turn does not come in time, before its hash", async () => {
    const isolate = new Isolate();
    const names = Array.from({ length: 30 }, (_, at) => `u${at}`);
    const answers = names.map((name) => isolate.signUp(name));
    await isolate.pass(longestWaitMs + 2 * hashMs);
    const told = await Promise.all(answers);
    const hashed = told.filter((answer) => !answer.endsWith(" SERVER_BUSY"));
    expect(isolate.events).toEqual(hashed.map((name) => `hash ${name}`));
    // All that fit into the time: a hash, and a few milliseconds of pause.
    expect(hashed).toEqual(names.slice(0, Math.ceil(longestWaitMs / (hashMs + 15))));
  });

  it("goes on when work fails", async () => {
    const isolate = new Isolate();
    const failed = isolate.turns.take(() => Promise.reject(new Error("no")));
    await expect(failed).rejects.toThrow("no");
    expect(await isolate.signUp("b")).toBe("b");
  });

  it("passes over a waiting request that ended without notice", async () => {
    const isolate = new Isolate();
    const dead = new Set([1]);
    let sleeper = 0;
    // Of a request that the runtime has ended, neither a timer nor a promise goes on.
    const turns = isolate.turnsWith((milliseconds) =>
      dead.has(sleeper) ? new Promise(() => undefined) : isolate.sleep(milliseconds),
    );
    const start = (name: string, at: number): Promise<string> => {
      sleeper = at;
      return isolate.signUp(name, turns);
    };
    const first = start("a", 0);
    void start("gone", 1);
    const third = start("c", 2);
    await isolate.pass(3_000);
    expect(isolate.events).toEqual(["hash a", "hash c"]);
    expect(await Promise.all([first, third])).toEqual(["a", "c"]);
  });

  it("takes the turn from a request that ended without notice", async () => {
    const isolate = new Isolate();
    void isolate.turns.take(() => new Promise(() => undefined));
    const next = isolate.signUp("b");
    await isolate.pass(longestWaitMs);
    expect(await next).toBe("b");
  });

  it("computes one hash at a time and forgets no request, however they come, end and fail", async () => {
    const request = fc.record({
      after: fc.nat({ max: 700 }),
      lasts: fc.nat({ max: 900 }),
      fails: fc.boolean(),
      second: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 12 }), async (requests) => {
        const isolate = new Isolate();
        const begun: { readonly name: number; readonly at: number; readonly waited: number }[] = [];
        const answers = [];
        let atOnce = 0;
        for (const [name, { after, lasts, fails, second }] of requests.entries()) {
          await isolate.pass(after);
          const came = isolate.time;
          const work = isolate.turns.take(async (runHash) => {
            begun.push({ name, at: isolate.time, waited: isolate.time - came });
            expect((atOnce += 1)).toBe(1);
            for (let hash = 0; hash < (second ? 2 : 1); hash++) {
              await runHash(isolate.hash(`${name}`, lasts));
              isolate.awaited += 1;
              void isolate.sleep(3).then(() => (isolate.awaited -= 1));
            }
            atOnce -= 1;
            if (fails) throw Object.assign(new Error("no"), { code: "FAILED" });
          });
          answers.push(
            work.then(
              () => "done",
              (error: { code: string }) => error.code,
            ),
          );
        }
        await isolate.pass(60_000);
        const told = await Promise.all(answers);
        expect(begun.map(({ name }) => name)).toEqual(
          begun.map(({ name }) => name).toSorted((a, b) => a - b),
        );
        expect(begun.every(({ waited }) => waited < longestWaitMs)).toBe(true);
        const expected = requests.map(({ fails }, name) =>
          begun.some((one) => one.name === name) ? (fails ? "FAILED" : "done") : "SERVER_BUSY",
        );
        expect(told).toEqual(expected);
      }),
      { seed: seed(), numRuns: count({ quick: 30, long: 500 }) },
    );
  });
});
