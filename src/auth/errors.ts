// Why a caller is refused. It knows no status: problem.ts has one for each code.

/** The codes of {@link AuthError}; public API. */
export type AuthErrorCode =
  | "CREDENTIALS_INVALID"
  | "PASSWORD_WRONG"
  | "REFRESH_TOKEN_INVALID"
  | "ROLE_REQUIRED"
  | "SERVER_BUSY"
  | "TOKEN_INVALID"
  | "TOKEN_MISSING"
  | "TOO_MANY_ATTEMPTS";

/** What an {@link AuthError} may carry beside its code. */
export interface AuthErrorOptions extends ErrorOptions {
  /** Seconds after which trying again makes sense. */
  readonly retryAfter?: number;
}

/** The caller may not do this, or not now. `message` is shown to the caller and never says which part was wrong. */
export class AuthError extends Error {
  override readonly name = "AuthError";
  readonly code: AuthErrorCode;
  readonly retryAfter: number | undefined;

  constructor(code: AuthErrorCode, message: string, options: AuthErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.retryAfter = options.retryAfter;
  }
}
