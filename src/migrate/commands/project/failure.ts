// Turns whatever a command throws into the one form in which failures are shown.
import { ConfigError } from "../../../database/config.ts";
import { SqldError } from "../../server/errors.ts";
import { MigrationError, type MigrationErrorCode } from "../../errors.ts";

/** Why a command failed; `INTERNAL_ERROR` is a fault of the tool itself. */
export type FailureCode = MigrationErrorCode | SqldError["code"] | "INTERNAL_ERROR";

/** A failure as people and programs read it. What is not known is null. */
export interface Failure {
  readonly code: FailureCode;
  readonly message: string;
  readonly revision: string | null;
  readonly statement: string | null;
  readonly file: string | null;
  /** From 1. */
  readonly line: number | null;
  /** What an upgrade or downgrade had done, and what it has left, by tag; undefined for other commands. */
  readonly progress:
    | { readonly executed: readonly string[]; readonly remaining: readonly string[] }
    | undefined;
  /** What an upgrade was refused for; undefined for every other failure. */
  readonly hazards: unknown;
  /** Where in the tool a fault of its own happened; undefined for every other failure. */
  readonly stack: string | undefined;
}

/** Describes anything that was thrown. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof MigrationError) return describeMigrationError(error);
  if (error instanceof ConfigError) return { ...unplaced, code: error.code, message: error.message };
  if (error instanceof SqldError) return { ...unplaced, code: error.code, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return {
    ...unplaced,
    code: "INTERNAL_ERROR",
    message: `${message}: this is a fault of the tool itself, please report it`,
    stack: error instanceof Error ? error.stack : undefined,
  };
}

/** A failure that belongs to no revision, statement or file. */
export const unplaced = {
  revision: null,
  statement: null,
  file: null,
  line: null,
  progress: undefined,
  hazards: undefined,
  stack: undefined,
} as const;

function describeMigrationError({ code, message, place, details }: MigrationError): Failure {
  const executed = tagsOf(details["executed"]);
  const remaining = tagsOf(details["remaining"]);
  return {
    code,
    message,
    revision: place.revision ?? null,
    statement: place.statement ?? null,
    file: place.file ?? null,
    line: place.line ?? null,
    progress: executed === undefined || remaining === undefined ? undefined : { executed, remaining },
    hazards: details["hazards"],
    stack: undefined,
  };
}

function tagsOf(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.filter((item: unknown) => typeof item === "string");
}
