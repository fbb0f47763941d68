// What is wrong with a request, or with being asked now, in the service's own words.
// It knows no status: problem.ts has one for each code.

/** The codes of {@link RequestError}; public API. */
export type RequestErrorCode =
  | "BODY_TOO_LARGE"
  | "FIELDS_INVALID"
  | "JSON_MALFORMED"
  | "MEDIA_TYPE_UNSUPPORTED"
  | "METHOD_NOT_ALLOWED"
  | "NOT_FOUND"
  | "NOT_READY"
  | "RATE_LIMITED"
  | "ROUTE_NOT_FOUND"
  | "USER_NOT_FOUND";

/** One field of a request and what is wrong with it. Never holds the value. */
export interface FieldFault {
  readonly field: string;
  readonly message: string;
}

/** What a {@link RequestError} may carry beside its code. */
export interface RequestErrorOptions extends ErrorOptions {
  /** Further members of the problem document. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the log line's error; no caller sees them. */
  readonly logged?: Readonly<Record<string, unknown>>;
}

/** A request that cannot be answered as asked. `message` is shown to the caller. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly code: RequestErrorCode;
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly logged: Readonly<Record<string, unknown>>;

  constructor(code: RequestErrorCode, message: string, options: RequestErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.members = options.members ?? {};
    this.headers = options.headers ?? {};
    this.logged = options.logged ?? {};
  }
}
