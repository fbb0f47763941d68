// What the queries on accounts refuse.

/** The caller was an administrator when its token was signed, and is none any more. */
export class RoleLostError extends Error {
  override readonly name = "RoleLostError";
  readonly code = "ROLE_REQUIRED";

  constructor() {
    super("The caller is no administrator any more: its role was taken away, or its account closed");
  }
}
