// `archive`: lists and drops the tables that keep what revisions have removed.
import { MigrationError } from "../plan/errors.ts";
import type { History } from "../plan/history.ts";
import { quoteName } from "../plan/sql-tokens.ts";
import { resolveTarget } from "../plan/target.ts";
import {
  type ArchiveTable,
  listArchives as readArchives,
  pruneArchives as dropArchives,
} from "../runtime/archives.ts";
import type { Context, Mode } from "./context.ts";
import type { ArchiveEntry, PruneResult } from "./results.ts";
import { readRevisions, withDatabase } from "./workplace.ts";

/** Which archives to drop. */
export interface PruneOptions {
  /** Only those of this revision. */
  readonly target?: string | undefined;
  /** Only those whose revision was applied longer ago, in milliseconds. */
  readonly olderThanMs?: number | undefined;
  /** Default `execute`. */
  readonly mode?: Mode;
}

/** Lists the archives. */
export async function listArchives(context: Context): Promise<readonly ArchiveEntry[]> {
  const { history } = await readRevisions(context);
  const found = await withDatabase(context, (database) => readArchives(database, history.revisions));
  return found.map(({ name, revision, rows, bytes, appliedAt }) => ({
    revision,
    object: name,
    rows,
    bytes,
    age: appliedAt === undefined ? null : Math.max(0, context.clock() - appliedAt),
  }));
}

/**
 * Drops archives for good. One whose age nobody knows is not older than anything, and has to be named by its revision.
 *
 * @throws {MigrationError} `TARGET_UNKNOWN` for a revision that is neither on disk nor has an archive.
 */
export async function pruneArchives(context: Context, options: PruneOptions): Promise<PruneResult> {
  const { mode = "execute", olderThanMs, target } = options;
  const { history } = await readRevisions(context);
  return withDatabase(context, async (database) => {
    const archives = await readArchives(database, history.revisions);
    const revision = target === undefined ? undefined : findRevision(target, archives, history);
    const latest = olderThanMs === undefined ? undefined : context.clock() - olderThanMs;
    const chosen = archives
      .filter((archive) => revision === undefined || archive.revision === revision)
      .filter(({ appliedAt }) => latest === undefined || (appliedAt !== undefined && appliedAt <= latest))
      .map(({ name }) => name);
    if (mode === "execute") await dropArchives(database, chosen);
    const drops = chosen.map((name) => `DROP TABLE ${quoteName(name)};\n`).join("");
    return { pruned: chosen, script: mode === "sql" ? drops || "-- Nothing to do.\n" : undefined };
  });
}

/** An archive outlives its revision's file, so that its own name is looked at first. */
function findRevision(text: string, archives: readonly ArchiveTable[], history: History): string {
  const named = archives.find(({ revision }) => revision === text);
  if (named !== undefined) return named.revision;
  const target = resolveTarget(history, text, undefined);
  if (target.kind === "revision") return target.revision.tag;
  throw new MigrationError(
    "TARGET_UNKNOWN",
    "base has no archives: name a revision, as `archive list` shows them",
  );
}
