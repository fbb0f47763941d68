// The `fetch` that a client is given: it puts a deadline on every request, its body included,
// counts round trips and says precisely what went wrong. It never repeats a request.

/** Why a request brought no usable answer. */
export type TransportFault =
  /** No answer within the time allowed. */
  | { readonly kind: "deadline"; readonly limitMs: number }
  /** Given up from our side, before the deadline. */
  | { readonly kind: "aborted" }
  /** The connection could not be made, so that nothing was sent. */
  | { readonly kind: "refused" }
  /** The connection broke, or the answer was cut or is not what a libSQL server says. */
  | { readonly kind: "lost" }
  /** An HTTP status other than 200. */
  | { readonly kind: "status"; readonly status: number };

/** A request that brought no usable answer; stays inside this room, where it is translated. */
export class TransportError extends Error {
  override readonly name = "TransportError";
  readonly fault: TransportFault;

  constructor(fault: TransportFault, options?: ErrorOptions) {
    super(`request to the database failed: ${fault.kind}`, options);
    this.fault = fault;
  }
}

/** What a transport needs from the session that it belongs to. */
export interface TransportHost {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Milliseconds that a request beginning now may take; zero or less when there is no time left. */
  readonly limitMs: () => number;
  /** Called once for each request that is sent. */
  readonly onRoundTrip: () => void;
}

/** A `fetch` for one client, and the means to end what it has in flight. */
export interface Transport {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Breaks off the requests in flight; later requests go out as usual. */
  abort(): void;
  isIdle(): boolean;
  /** Resolves when no request is in flight. */
  settled(): Promise<void>;
}

/**
 * A deadline is waited for in parts. Where the event loop was held up, as by the password hashes of other requests, one
 * late timer would break off an answer that has come and lies unread; between two parts the loop reads it.
 */
const partsOfDeadline = 8;

/** Makes a transport; nothing is sent before the client calls its `fetch`. */
export function createTransport(host: TransportHost): Transport {
  const inFlight = new Map<AbortController, Promise<unknown>>();

  async function send(url: string, init: RequestInit, controller: AbortController): Promise<Response> {
    const limitMs = host.limitMs();
    if (limitMs <= 0) throw new TransportError({ kind: "deadline", limitMs: 0 });
    let expired = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const began = Date.now();
    const wait = (part: number) => {
      const end = () => {
        if (part < partsOfDeadline) return wait(part + 1);
        expired = true;
        controller.abort();
      };
      // From the beginning, so that parts which end late do not add up.
      timer = setTimeout(end, began + (limitMs * part) / partsOfDeadline - Date.now());
    };
    wait(1);
    try {
      host.onRoundTrip();
      return await readAnswer(await host.fetch(url, { ...init, signal: controller.signal }));
    } catch (cause) {
      if (cause instanceof TransportError) throw cause;
      if (expired) throw new TransportError({ kind: "deadline", limitMs }, { cause });
      if (controller.signal.aborted) throw new TransportError({ kind: "aborted" }, { cause });
      throw new TransportError({ kind: wasRefused(cause) ? "refused" : "lost" }, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    fetch(url, init) {
      const controller = new AbortController();
      const answer = send(url, init, controller).finally(() => inFlight.delete(controller));
      inFlight.set(controller, answer);
      return answer;
    },
    abort() {
      for (const controller of inFlight.keys()) controller.abort();
    },
    isIdle: () => inFlight.size === 0,
    async settled() {
      // A client may send a last request when another one ends, hence the loop.
      while (inFlight.size > 0) await Promise.allSettled(inFlight.values());
    },
  };
}

/** Reads the whole answer while the deadline still runs, and hands it on as what the client calls for. */
async function readAnswer(response: Response): Promise<Response> {
  if (!response.ok) {
    await response.body?.cancel();
    throw new TransportError({ kind: "status", status: response.status });
  }
  const answer: unknown = await response.json();
  // The client looks at these and nothing else of a good answer.
  const parsed = { ok: true, status: response.status, json: () => Promise.resolve(answer) };
  return parsed as unknown as Response;
}

/** Node says so in the cause; workerd does not tell a refused connection from one that broke. */
function wasRefused(cause: unknown): boolean {
  const reason = cause instanceof Error ? cause.cause : undefined;
  const code = reason instanceof Error && "code" in reason ? reason.code : undefined;
  return code === "ECONNREFUSED" || code === "ENOTFOUND";
}
