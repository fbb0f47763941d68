// Applies revisions in order on a scratch database, and looks at the schema after each.
import type { Capture } from "../schema/capture.ts";
import { MigrationError } from "../errors.ts";
import type { Script, Tag } from "../history/revision.ts";
import { assertRunnable } from "../history/script-text.ts";
import { findRefusal } from "../sql/statement-rules.ts";
import type { Scratch, ScratchPort } from "./scratch.ts";

/** What is replayed of a revision. */
export interface ReplayRevision {
  readonly tag: Tag;
  readonly up: Script;
}

/** A scratch database with its door. */
export interface ReplayGround {
  readonly port: ScratchPort;
  readonly kind: Scratch["kind"];
}

/** Statements of a script as texts. */
export function sqlOf(script: Script): string[] {
  return script.statements.map(({ sql }) => sql);
}

/**
 * Applies revisions to a scratch database that stands where they begin.
 *
 * @returns the schema after the last of them.
 * @throws {MigrationError} `STATEMENT_FAILED` with the place in the revision's file.
 */
export async function replayRevisions(
  ground: ReplayGround,
  revisions: readonly ReplayRevision[],
): Promise<Capture> {
  for (const { tag, up } of revisions) assertRunnable(up, tag);
  try {
    await runStatements(
      ground,
      revisions.flatMap(({ up }) => sqlOf(up)),
    );
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    // All or nothing has been done; one by one it is known which of them cannot be run.
    for (const { tag, up } of revisions) await replayScript(ground, tag, up);
  }
  return ground.port.capture();
}

/**
 * Applies one script.
 *
 * @throws {MigrationError} `REVISION_INVALID` for a script that must not run, `STATEMENT_FAILED` for one that cannot.
 */
export async function replayScript(ground: ReplayGround, revision: Tag, script: Script): Promise<void> {
  assertRunnable(script, revision);
  try {
    await runStatements(ground, sqlOf(script));
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    throw locateError(error, { tag: revision, up: script });
  }
}

/** The same error, with the place of its statement in the revision's file. */
export function locateError(error: MigrationError, { tag, up }: ReplayRevision): MigrationError {
  const index = error.details["index"];
  const place = placeOf(up, typeof index === "number" ? index : -1);
  return new MigrationError(error.code, error.message, {
    cause: error,
    details: error.details,
    place: { ...error.place, revision: tag, file: up.file, ...place },
  });
}

function placeOf(
  script: Script,
  index: number,
): { readonly statement: string; readonly line: number } | undefined {
  const statement = script.statements[index];
  return statement === undefined ? undefined : { statement: statement.sql, line: statement.line };
}

/**
 * Runs statements as a revision; on a file, refuses what a server would refuse.
 *
 * @throws {MigrationError} `STATEMENT_FAILED` with `details.index`.
 */
export async function runStatements(
  { port, kind }: ReplayGround,
  statements: readonly string[],
): Promise<void> {
  if (kind === "file") for (const [index, sql] of statements.entries()) refuse(sql, index);
  if (statements.length > 0) await port.migrate(statements);
}

function refuse(statement: string, index: number): void {
  const reason = findRefusal(statement);
  if (reason === undefined) return;
  throw new MigrationError("STATEMENT_FAILED", reason, { place: { statement }, details: { index } });
}
