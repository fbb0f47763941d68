// Sends the requests of one session: each has a deadline that covers the body of its answer, follows no redirect, is
// counted, and is sent once. Says precisely what went wrong.

/** Why a request brought no usable answer. */
export type TransportFault =
  /** No answer within the time allowed. */
  | { readonly kind: "deadline"; readonly limitMs: number }
  /** Given up from our side, before the deadline. */
  | { readonly kind: "aborted" }
  /** The connection could not be made, so that nothing was sent. */
  | { readonly kind: "refused" }
  /** The connection broke, or the answer was cut; `isForeign` if it came whole and no libSQL server sends such answers. */
  | { readonly kind: "lost"; readonly isForeign?: true }
  /** An HTTP status other than 200, and how the body begins. */
  | { readonly kind: "status"; readonly status: number; readonly text: string }
  /** `host` answered with a redirect, which is not followed. */
  | { readonly kind: "redirect"; readonly host: string }
  /** `host` named an address for the rest of a transaction that the configuration would refuse. */
  | { readonly kind: "elsewhere"; readonly host: string };

/** A request that brought no usable answer; only error-translation.ts and server-answer.ts look at it. */
export class TransportError extends Error {
  override readonly name = "TransportError";
  readonly fault: TransportFault;

  constructor(fault: TransportFault, options?: ErrorOptions) {
    super(`request to the database failed: ${fault.kind}`, options);
    this.fault = fault;
  }
}

/** What the requests of a session need from outside. */
export interface RequestsHost {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Called once for each request that is sent. */
  readonly onRoundTrip: () => void;
}

/**
 * After a deadline the event loop gets this long, in milliseconds, to read an answer that arrived in time: it may have
 * been occupied until now, for example by the password hash of another request. If it was occupied during this time too,
 * so that the timer fires late by more than `toleratedDelayMs`, it gets the same again.
 */
const readingMs = 20;
const toleratedDelayMs = 50;
/**
 * An event loop that is never free does not put off a deadline for longer than this, in milliseconds: hashes pause for
 * answers, so that no answer waits for more than one of them.
 */
const longestDelayMs = 1_000;

/** When each request of this isolate that awaits its answer will be given up, as a Unix time in milliseconds. */
const awaited = new Set<{ readonly until: number }>();

/**
 * Whether a request of this isolate awaits an answer of the database. A request that the runtime cancelled without notice
 * counts until its deadline.
 */
export function isAnswerAwaited(): boolean {
  const now = Date.now();
  for (const request of awaited) if (request.until <= now) awaited.delete(request);
  return awaited.size > 0;
}

/** The requests of one session and its other work in progress: what closing has to wait for, and can break off. */
export class Requests {
  readonly #host: RequestsHost;
  readonly #work = new Set<Promise<unknown>>();
  readonly #controllers = new Set<AbortController>();

  constructor(host: RequestsHost) {
    this.#host = host;
  }

  /**
   * Posts to the database and reads the whole answer.
   *
   * @param limitMs how long that may take; if it is zero or less, nothing is sent.
   * @param controller breaks off this request alone.
   * @returns the answer, parsed.
   * @throws {TransportError}
   */
  send(
    url: string,
    init: RequestInit,
    limitMs: number,
    controller = new AbortController(),
  ): Promise<unknown> {
    this.#controllers.add(controller);
    const answer = this.#post(url, init, limitMs, controller);
    return this.track(answer.finally(() => this.#controllers.delete(controller)));
  }

  /** Makes closing wait for this work too. */
  track<Result>(work: Promise<Result>): Promise<Result> {
    this.#work.add(work);
    const forget = () => void this.#work.delete(work);
    work.then(forget, forget);
    return work;
  }

  /** Breaks off the requests in flight; later requests are sent as usual. */
  abort(): void {
    for (const controller of this.#controllers) controller.abort();
  }

  /** Whether nothing is in progress. */
  isIdle(): boolean {
    return this.#work.size === 0;
  }

  /** Resolves when nothing is in progress. */
  async settled(): Promise<void> {
    // A transaction sends a last request when another one has failed, hence the loop.
    while (this.#work.size > 0) await Promise.allSettled(this.#work);
  }

  async #post(
    url: string,
    init: RequestInit,
    limitMs: number,
    controller: AbortController,
  ): Promise<unknown> {
    if (limitMs <= 0) throw new TransportError({ kind: "deadline", limitMs: 0 });
    let expired = false;
    const stopDeadline = startDeadline(limitMs, () => {
      expired = true;
      controller.abort();
    });
    const request = { until: Date.now() + limitMs };
    awaited.add(request);
    try {
      this.#host.onRoundTrip();
      // A redirect would take the token and the statements to another host, perhaps without TLS.
      const own = { ...init, method: "POST", signal: controller.signal, redirect: "manual" } as const;
      return await readAnswer(url, await this.#host.fetch(url, own));
    } catch (cause) {
      if (cause instanceof TransportError) throw cause;
      if (expired) throw new TransportError({ kind: "deadline", limitMs }, { cause });
      if (controller.signal.aborted) throw new TransportError({ kind: "aborted" }, { cause });
      throw new TransportError({ kind: wasRefused(cause) ? "refused" : "lost" }, { cause });
    } finally {
      stopDeadline();
      awaited.delete(request);
    }
  }
}

/** Calls `expire` after the time, and after the event loop had time to read. @returns what calls it off. */
function startDeadline(limitMs: number, expire: () => void): () => void {
  const last = Date.now() + limitMs + longestDelayMs;
  const giveTimeToRead = () => {
    const due = Date.now() + readingMs;
    timer = setTimeout(() => {
      const now = Date.now();
      if (now > due + toleratedDelayMs && now < last) giveTimeToRead();
      else expire();
    }, readingMs);
  };
  let timer = setTimeout(giveTimeToRead, limitMs);
  return () => clearTimeout(timer);
}

async function readAnswer(url: string, response: Response): Promise<unknown> {
  const { status } = response;
  // Node gives the status of a redirect that is not followed; a browser hides it.
  if ((status >= 300 && status < 400) || (response.type as string) === "opaqueredirect") {
    await response.body?.cancel();
    throw new TransportError({ kind: "redirect", host: new URL(url).host });
  }
  if (!response.ok) throw new TransportError({ kind: "status", status, text: await readBeginning(response) });
  return response.json().catch((cause: unknown) => {
    const isJson = response.headers.get("Content-Type")?.includes("json") ?? false;
    throw isJson ? cause : garbled({ cause });
  });
}

/** Something answered, but not a libSQL server. */
export function garbled(options?: ErrorOptions): TransportError {
  return new TransportError({ kind: "lost", isForeign: true }, options);
}

const mostOfError = 500;

/** What a server says beside an error status is short; a page of HTML need not be read to its end. */
async function readBeginning({ body }: Response): Promise<string> {
  const reader = body?.getReader();
  try {
    const first = await reader?.read();
    void reader?.cancel().catch(() => undefined);
    return new TextDecoder().decode(first?.value?.slice(0, mostOfError));
  } catch {
    // The status counts, whatever became of the text.
    return "";
  }
}

/** Node says so in the cause; workerd does not tell a refused connection from one that broke. */
function wasRefused(cause: unknown): boolean {
  const reason = cause instanceof Error ? cause.cause : undefined;
  const code = reason instanceof Error && "code" in reason ? reason.code : undefined;
  return code === "ECONNREFUSED" || code === "ENOTFOUND";
}
