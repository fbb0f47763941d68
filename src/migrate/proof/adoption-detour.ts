// What adoption needs to know of revisions that are not of drizzle-kit's making, or do not run.
import type { Capture } from "../schema/capture.ts";
import type { Renames } from "../schema/change.ts";
import { MigrationError } from "../errors.ts";
import { emptyModel, type Model } from "../schema/model.ts";
import { quoteName } from "../sql/sql-tokens.ts";
import { buildWanted } from "../planning/wanted.ts";
import { type ReplayGround, runStatements } from "./replay.ts";

interface WithModel {
  readonly model: Model | undefined;
}

/** The schema that a revision's snapshot wants; undefined if a snapshot is missing or what it wants cannot be. */
export function wantedBy(
  revision: WithModel,
  previous: WithModel | undefined,
  {
    before,
    renames,
    isFirst,
  }: { readonly before: Capture; readonly renames: Renames; readonly isFirst: boolean },
): Capture | undefined {
  const from = isFirst ? emptyModel : previous?.model;
  if (from === undefined || revision.model === undefined) return undefined;
  try {
    return buildWanted({ before, previous: from, next: revision.model, renames });
  } catch (error) {
    if (error instanceof MigrationError) return undefined;
    throw error;
  }
}

/** A revision that does not run, and what may be run in its place. */
export interface Detour {
  readonly before: Capture;
  readonly up: readonly string[];
  /** What its snapshot wants, if there is one. */
  readonly planned: readonly string[] | undefined;
}

/**
 * Runs the first that works: what the snapshot wants; the revision without the views and triggers that may be in its
 * way; at last those of its statements that run by themselves.
 *
 * @returns what was run.
 */
export async function runDetour(
  ground: ReplayGround,
  { before, up, planned }: Detour,
): Promise<readonly string[]> {
  if (planned !== undefined && (await isRun(ground, planned))) return planned;
  const objects = before.objects.filter(({ kind }) => kind !== "index");
  const drops = objects
    .toReversed()
    .map(({ kind, name }) => `DROP ${kind.toUpperCase()} IF EXISTS ${quoteName(name)}`);
  const cleared = [...drops, ...up];
  if (objects.length > 0 && (await isRun(ground, cleared))) {
    return [
      ...cleared,
      ...(await statementsThatRun(
        ground,
        objects.map(({ sql }) => sql),
      )),
    ];
  }
  return statementsThatRun(ground, up);
}

async function isRun(ground: ReplayGround, statements: readonly string[]): Promise<boolean> {
  try {
    await runStatements(ground, statements);
    return true;
  } catch (error) {
    if (error instanceof MigrationError) return false;
    throw error;
  }
}

async function statementsThatRun(ground: ReplayGround, statements: readonly string[]): Promise<string[]> {
  const worked: string[] = [];
  for (const sql of statements) if (await isRun(ground, [sql])) worked.push(sql);
  return worked;
}
