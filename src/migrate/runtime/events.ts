// What an execution tells while it runs: a closed set, rendered by the command line.
import type { Tag } from "../history/revision.ts";

/** Which way a step goes. */
export type Direction = "upgrade" | "downgrade";

/** Something worth a line of progress. */
export type ExecutionEvent =
  | {
      readonly kind: "step-started";
      readonly direction: Direction;
      readonly revision: Tag;
      readonly statements: number;
    }
  | {
      readonly kind: "step-done";
      readonly direction: Direction;
      readonly revision: Tag;
      readonly durationMs: number;
    }
  /** Another runner did this step before us. */
  | { readonly kind: "step-overtaken"; readonly direction: Direction; readonly revision: Tag }
  /** Another client holds the write lock. */
  | { readonly kind: "waiting-for-lock"; readonly attempt: number }
  /** An answer was lost: the version table is read to learn what happened. */
  | { readonly kind: "asking-after-lost-answer"; readonly attempt: number }
  /** A table's foreign key names columns that are no key of its parent, so that its rows cannot be checked. */
  | { readonly kind: "foreign-key-unchecked"; readonly table: string };

/** Receives events; must not throw. */
export type EventListener = (event: ExecutionEvent) => void;
