// What the fault proxy can do to a request, and what it remembers of each one.
// Types only, shared by the proxy (Node) and the tests (Node and workerd).

/** What happens to one request between a client and its database. */
export type Fault =
  /** The connection is reset and nothing reaches the database. */
  | { readonly kind: "reset-before-send" }
  /** The database answers; the connection is reset before the client sees a byte of it. */
  | { readonly kind: "reset-after-send" }
  /** The client gets the head and half the body of the real answer, then a reset. */
  | { readonly kind: "cut-body" }
  /** The client gets this status; with `forward`, after the database has done the work. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly forward?: boolean;
      readonly retryAfter?: string;
      /** What the answer says; nothing when absent. */
      readonly body?: string;
    }
  /** The client gets status 200 and a page of HTML, as from a captive portal. */
  | { readonly kind: "html"; readonly forward?: boolean }
  /** No answer ever comes. With `keepUpstream`, the database is not told when the client gives up. */
  | { readonly kind: "silence"; readonly forward?: boolean; readonly keepUpstream?: boolean }
  /** The request waits for `ms` on its way to the database, or its answer on the way back. */
  | { readonly kind: "delay"; readonly ms: number; readonly leg?: "request" | "answer" };

/** When a fault strikes. Rules are asked in order; those after the one that strikes do not see the request. */
export interface FaultRule {
  readonly fault: Fault;
  /** Only requests whose SQL or raw body has this text; all when absent. */
  readonly matching?: string;
  /** Matching requests that pass unharmed first; 0 when absent. */
  readonly skip?: number;
  /** Matching requests that are struck; no end when absent. */
  readonly times?: number;
}

/** One request as it reached the proxy. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  /** The text of every statement in it, in order; empty when it only closes a stream. */
  readonly statements: readonly string[];
  /** The kinds of its stream requests: `execute`, `batch`, `sequence`, `close`, ... */
  readonly kinds: readonly string[];
  /** Whether it goes on with a stream that was opened before. */
  readonly baton: boolean;
  readonly body: string;
  /** The fault that struck it. */
  readonly fault: Fault["kind"] | undefined;
}

/** What the proxy has seen since its record was cleared. */
export interface ProxyRecord {
  readonly requests: readonly RecordedRequest[];
  /** Connections open now, from clients and to the database. */
  readonly open: { readonly clients: number; readonly upstream: number };
}
