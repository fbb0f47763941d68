// Lets the requests of an isolate compute password hashes one after the other, with a pause between two hashes.
// A hash occupies the event loop of a Worker for its whole time: without pauses, answers of the database would lie
// unread until their deadlines have passed.
// A request can end at any moment without notice, therefore a turn is a lease that expires. And each waiting request polls
// with timers of its own: workerd cancels a request as hung if it waits for another one without pending I/O. That happened
// under load when the request before it resolved its promise just as its own timer fired.
import { AuthError } from "./errors.ts";

/** What the turns need from the runtime. */
export interface HashTurnPorts {
  /** Milliseconds from any fixed point. */
  readonly now: () => number;
  /** Whether any request of this isolate awaits an answer of the database. */
  readonly isAnswerAwaited: () => boolean;
  /** Waits that many milliseconds, with a timer of the request that calls it. Default: `setTimeout`. */
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

/** Pauses if another hash was computed just before, then computes one hash. */
export type RunHash = <Result>(compute: () => Promise<Result>) => Promise<Result>;

/** How long a request waits for its turn, in milliseconds. */
export const longestWaitMs = 5_000;
/** When a turn expires if its request never ends it; each hash renews it. Longer than a statement's deadline and a hash. */
const leaseMs = 3_000;
/** Requests further back in the queue poll less often, because each poll costs CPU; none less often than this. */
const slowestPollMs = 25;
/** A waiting request that has not polled for this long, while the event loop was free, has ended. */
const silenceMs = 1_000;
/**
 * The pause ends when no answer was awaited at this many polls in a row. Other traffic can keep it from ending, therefore
 * it lasts no longer than the hash before it, or than `shortHashMs` if that took less.
 */
const quietPolls = 3;
const pollMs = 2;
const shortHashMs = 20;

interface Lease {
  until: number;
}

interface Waiting {
  polledAt: number;
}

/** The turns of one isolate. They hold plain values only; timers run only while a request waits. */
export class HashTurns {
  readonly #now: () => number;
  readonly #isAnswerAwaited: () => boolean;
  readonly #sleep: NonNullable<HashTurnPorts["sleep"]>;
  readonly #queue: Waiting[] = [];
  #holder: Lease | undefined;
  /** When the latest hash began, and when the event loop was free after it; undefined until a timer has noticed. */
  #hashedAt = 0;
  #freeSince: number | undefined = Number.NEGATIVE_INFINITY;

  constructor({ now, isAnswerAwaited, sleep = sleepByTimer }: HashTurnPorts) {
    this.#now = now;
    this.#isAnswerAwaited = isAnswerAwaited;
    this.#sleep = sleep;
  }

  /**
   * Waits for a turn, then runs work that computes hashes with the function that it is given.
   *
   * @throws {AuthError} `SERVER_BUSY` if the turn does not come within {@link longestWaitMs}; then `work` was not called.
   */
  async take<Result>(work: (runHash: RunHash) => Promise<Result>): Promise<Result> {
    const isFirst = this.#queue.length === 0 && this.#isFree();
    const lease = isFirst ? this.#hold() : await this.#waitForTurn();
    try {
      return await work((compute) => this.#runHash(lease, compute));
    } finally {
      if (this.#holder === lease) this.#holder = undefined;
    }
  }

  #hold(): Lease {
    this.#holder = { until: this.#now() + leaseMs };
    return this.#holder;
  }

  #isFree(): boolean {
    return this.#holder === undefined || this.#now() >= this.#holder.until;
  }

  /** The first waiting request that has not ended without notice. */
  #first(): Waiting | undefined {
    const now = this.#now();
    const heardSince = this.#freeSince ?? now;
    return this.#queue.find(({ polledAt }) => now - Math.max(polledAt, heardSince) < silenceMs);
  }

  async #waitForTurn(): Promise<Lease> {
    const entry: Waiting = { polledAt: this.#now() };
    const latest = entry.polledAt + longestWaitMs;
    this.#queue.push(entry);
    try {
      do {
        await this.#sleep(Math.min(pollMs + this.#queue.indexOf(entry), slowestPollMs));
        entry.polledAt = this.#now();
        this.#freeSince ??= entry.polledAt;
        if (entry.polledAt >= latest) throw busy();
      } while (this.#first() !== entry || !this.#isFree());
      // At once: no other request may look in between.
      return this.#hold();
    } finally {
      this.#leave(entry);
    }
  }

  #leave(entry: Waiting): void {
    // Together with the requests that ended long ago without notice.
    const isOver = ({ polledAt }: Waiting) => this.#now() - polledAt > 2 * longestWaitMs;
    for (const other of this.#queue.filter((one) => one === entry || isOver(one)))
      this.#queue.splice(this.#queue.indexOf(other), 1);
  }

  async #pause(): Promise<void> {
    for (let quiet = 0; quiet < quietPolls; quiet = this.#isAnswerAwaited() ? 0 : quiet + 1) {
      const since = this.#freeSince;
      if (since !== undefined && this.#now() - since >= Math.max(shortHashMs, since - this.#hashedAt)) return;
      await this.#sleep(pollMs);
      this.#freeSince ??= this.#now();
    }
  }

  async #runHash<Result>(lease: Lease, compute: () => Promise<Result>): Promise<Result> {
    await this.#pause();
    this.#hashedAt = this.#now();
    lease.until = this.#hashedAt + leaseMs;
    try {
      return await compute();
    } finally {
      this.#freeSince = undefined;
      // If no request waits, this is the timer that notices when the event loop is free. The request may end before.
      void this.#sleep(pollMs).then(() => (this.#freeSince ??= this.#now()));
    }
  }
}

function busy(): AuthError {
  return new AuthError(
    "SERVER_BUSY",
    "Too many requests that need a password hash are waiting: try again later",
  );
}

function sleepByTimer(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
