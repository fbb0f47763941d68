// The fetch of the migration tool's client: says precisely why a request failed, and keeps libSQL's client from
// raising rejections that nobody can catch. It never repeats a request.

/** A request that brought no usable answer; does not leave this folder, which translates it. */
export class AnswerError extends Error {
  override readonly name = "AnswerError";
  /** `refused`: nothing was sent. `lost`: sent, and nobody knows what became of it. `denied`: it was not run. */
  readonly kind: "refused" | "lost" | "denied";
  readonly status: number | undefined;

  constructor(kind: AnswerError["kind"], status?: number, options?: ErrorOptions) {
    super(`request to the database ${kind}${status === undefined ? "" : ` with status ${status}`}`, options);
    this.kind = kind;
    this.status = status;
  }
}

/**
 * Sends one request of libSQL's client, and reads its answer to the end. A redirect is not followed, and counts as a
 * denial: it would take the token and the statements to another host, perhaps without TLS.
 *
 * @param isAllowed whether requests may be sent to this URL: the client follows the server's `base_url` without asking.
 * @throws {AnswerError}
 */
export async function fetchAnswer(request: Request, isAllowed: (url: string) => boolean): Promise<Response> {
  if (!isAllowed(request.url)) throw new AnswerError("denied");
  const skipsFirst = startsWithPragma(await request.clone().text());
  const response = await send(request);
  if (!response.ok) {
    await response.body?.cancel();
    throw new AnswerError(isDenial(response.status) ? "denied" : "lost", response.status);
  }
  try {
    const answer: unknown = await response.json();
    settleSteps(answer, skipsFirst);
    // The client looks at these and nothing else of a good answer.
    const parsed = { ok: true, status: response.status, json: () => Promise.resolve(answer) };
    return parsed as unknown as Response;
  } catch (cause) {
    throw new AnswerError("lost", undefined, { cause });
  }
}

async function send(request: Request): Promise<Response> {
  try {
    request.headers.set("accept-encoding", "identity");
    return await fetch(request, { redirect: "manual" });
  } catch (cause) {
    throw new AnswerError(wasRefused(cause) ? "refused" : "lost", undefined, { cause });
  }
}

/** Statuses below 500 come from a server that looked at the request and did not run it. */
function isDenial(status: number): boolean {
  return status < 500 && status !== 408;
}

const unsent = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

/** Node says so in the cause, or in the causes of its cause if a name has several addresses. */
function wasRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("code" in error && typeof error.code === "string" && unsent.has(error.code)) return true;
  if (error instanceof AggregateError) return error.errors.every((one) => wasRefused(one));
  return wasRefused(error.cause);
}

/** `migrate` begins its batch with a PRAGMA whose failure it never looks at. */
function startsWithPragma(body: string): boolean {
  return body.slice(0, 300).includes('"PRAGMA foreign_keys=off"');
}

interface BatchResult {
  readonly step_errors: unknown[];
}

/**
 * Keeps the one step error of a batch that the client will look at. When a transaction is taken away, the server
 * reports every later step as failed too; the client waits for the first of them only, so that each of the others
 * would become an unhandled rejection and end the process.
 */
function settleSteps(answer: unknown, skipsFirst: boolean): void {
  for (const { step_errors: errors } of batchesOf(answer)) {
    const last = errors.length - 1;
    const kept = errors.findIndex(
      (error, index) => error !== null && index < last && !(skipsFirst && index === 0),
    );
    for (const index of errors.keys()) if (index !== kept) errors[index] = null;
  }
}

function batchesOf(answer: unknown): BatchResult[] {
  const { results = [] } = answer as { results?: { response?: { result?: Partial<BatchResult> } }[] };
  return results
    .map(({ response }) => response?.result)
    .filter((result): result is BatchResult => Array.isArray(result?.step_errors));
}
