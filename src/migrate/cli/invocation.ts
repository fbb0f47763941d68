// What a command line asks for, as values.

/** What every verb understands. */
export interface CommonOptions {
  readonly json: boolean;
  readonly databaseUrl: string | undefined;
  readonly dir: string | undefined;
  readonly schema: string | undefined;
}

/** Whether a command runs, stops after the plan, or prints the plan as a script. */
export type Mode = "execute" | "dry-run" | "sql";

/** One verb with what it was given. */
export type Invocation = CommonOptions &
  (
    | {
        readonly verb: "revision";
        /** Where its statements come from; `rebase` writes none, and moves those that there are. */
        readonly from: "schema" | "database" | "rebase";
        readonly message: string;
        readonly empty: boolean;
        /** Undefined if nothing was said; empty if nothing was renamed. */
        readonly renames: readonly string[] | undefined;
        /** Undefined if nothing was said. */
        readonly archive: boolean | undefined;
        readonly unproven: boolean;
        readonly mode: Mode;
      }
    | { readonly verb: "upgrade"; readonly target: string; readonly mode: Mode }
    | {
        readonly verb: "downgrade";
        readonly target: string;
        readonly acceptNewerData: boolean;
        readonly mode: Mode;
      }
    | { readonly verb: "current" }
    | { readonly verb: "history"; readonly target: string | undefined }
    | { readonly verb: "stamp"; readonly target: string; readonly acceptEdit: boolean; readonly mode: Mode }
    | { readonly verb: "check"; readonly prove: boolean; readonly explain: string | undefined }
    | { readonly verb: "adopt"; readonly mode: Mode }
    | { readonly verb: "archive"; readonly action: "list" }
    | {
        readonly verb: "archive";
        readonly action: "prune";
        readonly target: string | undefined;
        readonly olderThanMs: number | undefined;
        readonly mode: Mode;
      }
  );

/** What came of reading a command line: something to do, text that was asked for, or a mistake. */
export type Reading =
  | { readonly kind: "invocation"; readonly invocation: Invocation }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "mistake"; readonly message: string };
