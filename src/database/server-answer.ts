// What a database server said when it failed a request: for readiness and for the log.
import type { DatabaseError } from "./errors.ts";
import { TransportError } from "./requests.ts";

/** The server's own words. */
export interface ServerAnswer {
  /** The HTTP status; undefined if the answer was 200. */
  readonly status: number | undefined;
  /** The server's code, such as `BLOCKED`; undefined beside an HTTP status. */
  readonly code: string | undefined;
  /** At most 500 characters. May quote the request, so only requests without parameters may log it. */
  readonly text: string;
  /** Whether no libSQL server sends such an answer. */
  readonly isForeign: boolean;
}

/** What the server said; undefined if no whole answer came, as from a server that does not run. */
export function serverAnswerOf(error: DatabaseError): ServerAnswer | undefined {
  const { cause } = error;
  if (cause instanceof TransportError) return answerOfTransport(cause);
  if (!(cause instanceof Error) || !("code" in cause) || typeof cause.code !== "string") return undefined;
  return { status: undefined, code: cause.code, text: cause.message.slice(0, 500), isForeign: false };
}

function answerOfTransport({ fault, cause }: TransportError): ServerAnswer | undefined {
  if (fault.kind === "status") {
    const { status, text } = fault;
    // A libSQL server answers in JSON or plain text; a page is some other server's.
    return { status, code: undefined, text, isForeign: /^\s*</.test(text) };
  }
  if (fault.kind !== "lost" || fault.isForeign !== true) return undefined;
  const text = cause instanceof Error ? cause.message.slice(0, 500) : "JSON without results";
  return { status: undefined, code: undefined, text, isForeign: true };
}
