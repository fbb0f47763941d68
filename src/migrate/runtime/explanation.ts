// Turns what stopped an execution into the error that a person reads: the place, what was applied before,
// and what is left.
import { type ErrorPlace, MigrationError, type MigrationErrorCode } from "../errors.ts";
import type { Step } from "../history/planner.ts";
import type { Tag } from "../history/revision.ts";
import type { BatchPart } from "./guarded-batch.ts";

/** How far an execution came. */
export interface Progress {
  readonly steps: readonly Step[];
  /** Position of the step that did not succeed. */
  readonly next: number;
  readonly executed: readonly Tag[];
}

/** Adds to an error what is applied and what is left; anything but the tool's own errors comes back unchanged. */
export function explainFailure(error: unknown, { steps, next, executed }: Progress): unknown {
  if (!(error instanceof MigrationError)) return error;
  const tags = steps.map(({ revision }) => revision.tag);
  const failed = tags[next];
  const remaining = tags.slice(next + 1);
  const told = [
    error.message,
    executed.length > 0 ? `Done before it: ${executed.join(", ")}.` : "Nothing was changed before it.",
    ...(failed === undefined ? [] : [`Not done: ${[failed, ...remaining].join(", ")}.`]),
  ];
  return new MigrationError(error.code, told.join("\n"), {
    cause: error,
    place: { ...(failed === undefined ? {} : { revision: failed }), ...error.place },
    details: { ...error.details, executed, failed, remaining },
  });
}

const nextMove: Readonly<Record<Step["kind"], string>> = {
  upgrade: "correct the script, and upgrade again",
  downgrade: "correct the downgrade script or the rows that stand in its way, and downgrade again",
};

/** A statement of a step's transaction failed: says which, with its file and line if it is the script's. */
export function failStatement(
  step: Step,
  part: BatchPart | undefined,
  cause: MigrationError,
): MigrationError {
  const { tag } = step.revision;
  if (part?.kind !== "script") {
    return new MigrationError(
      "STATEMENT_FAILED",
      `${cause.message}: a statement of the tool itself failed in ${tag}, and nothing of it was applied`,
      { cause, place: cause.place },
    );
  }
  const { script, statement } = part;
  const place: ErrorPlace = { statement: statement.sql, file: script.file, line: statement.line };
  return new MigrationError(
    "STATEMENT_FAILED",
    `${script.file}:${statement.line}: ${cause.message}\n${statement.sql}\n` +
      `Nothing of ${tag} was applied: ${nextMove[step.kind]}.`,
    { cause, place },
  );
}

/** A step would leave rows without their parents; `found` names tables and counts where they are known. */
export function failForeignKeys(step: Step, found: string, cause: MigrationError): MigrationError {
  const { tag } = step.revision;
  const violations = found.split(", ");
  return new MigrationError(
    "FOREIGN_KEYS_VIOLATED",
    `The ${step.kind} of ${tag} would break foreign keys that hold now: ${found}. ` +
      `Nothing of it was applied: ${nextMove[step.kind]}.`,
    { cause, details: { violations } },
  );
}

/** The version table is not what any of the steps leads to. */
export function failMoved(cause: MigrationError): MigrationError {
  return failWith(
    "HEAD_MOVED",
    "Another runner has changed the database since the plan was made, in a way that the plan does not lead to: " +
      "look with `current`, and run the command again.",
    cause,
  );
}

/** An error in place of one that says less. */
export function failWith(code: MigrationErrorCode, message: string, cause: MigrationError): MigrationError {
  return new MigrationError(code, message, { cause, place: cause.place });
}
