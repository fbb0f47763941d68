// `archive`: lists and drops the tables that keep what revisions have removed.
import { replayRevisions } from "../proof/replay.ts";
import { pruneArchive } from "../planning/archive-pruning.ts";
import { archiveOfTrigger, isArchiveTrigger, revisionOfArchive } from "../planning/archive-upkeep.ts";
import type { CapturedObject } from "../schema/capture.ts";
import { MigrationError } from "../errors.ts";
import type { History } from "../history/history.ts";
import { isWord, nameOf, significant, tokenize } from "../sql/sql-tokens.ts";
import { resolveTarget } from "../history/target.ts";
import {
  type ArchiveTable,
  listArchives as readArchives,
  listArchiveTriggers,
  readArchiveObjects,
} from "../runtime/archives.ts";
import type { Database } from "../runtime/connection.ts";
import type { Context, Mode } from "./project/context.ts";
import type { ArchiveEntry, PruneResult } from "./results.ts";
import { withScratch } from "./project/scratch-ground.ts";
import { readRevisions, readDatabaseStatus, withDatabase } from "./project/workplace.ts";

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
 * Where triggers of live tables name an archive, a table without values stays in its place; triggers of a named revision
 * that are missing are made again, since an archive without values cannot give one to a wrong row.
 *
 * @throws {MigrationError} `DECISION_NEEDED` if neither a revision nor an age selects archives, and there are some;
 * `TARGET_UNKNOWN` for a revision that is neither on disk nor has an archive.
 */
export async function pruneArchives(context: Context, options: PruneOptions): Promise<PruneResult> {
  const { mode = "execute", olderThanMs, target } = options;
  const { history } = await readRevisions(context);
  return withDatabase(context, async (database) => {
    const archives = await readArchives(database, history.revisions);
    if (target === undefined && olderThanMs === undefined) refuseAll(archives);
    const revision = target === undefined ? undefined : findRevision(target, archives, history);
    const latest = olderThanMs === undefined ? undefined : context.clock() - olderThanMs;
    const chosen = archives
      .filter((archive) => revision === undefined || archive.revision === revision)
      .filter(({ appliedAt }) => latest === undefined || (appliedAt !== undefined && appliedAt <= latest))
      .map(({ name }) => name);
    const expected =
      revision === undefined ? [] : await findLostTriggers(context, database, history, revision);
    const broken = revision === undefined ? [] : await findBroken(database, revision, expected);
    const pruned = [...new Set([...chosen, ...broken])];
    const objectsOf = await readArchiveObjects(database, expected);
    const statements = pruned.flatMap((name) => pruneArchive(objectsOf(name)));
    if (mode === "execute" && statements.length > 0) await database.write(statements);
    const script = statements.map((sql) => `${sql};\n`).join("");
    return { pruned, script: mode === "sql" ? script || "-- Nothing to do.\n" : undefined };
  });
}

/** Pruning removes values for good: a command without a selection never means all archives. */
function refuseAll(archives: readonly ArchiveTable[]): void {
  if (archives.length === 0) return;
  const lines = archives.map(({ revision, name, rows }) => `  ${revision}  ${name}  ${rows} rows`);
  throw new MigrationError(
    "DECISION_NEEDED",
    `Nothing was dropped, since no archive was selected. There are:\n${lines.join("\n")}\n` +
      "Select those of a revision with `archive prune REV`, or those of an age with `archive prune --older-than 30d` " +
      "(0d: all whose age is known)",
    { details: { archives: archives.map(({ name }) => name) } },
  );
}

/** The triggers that a revision's archives should have, if some of them are gone. */
async function findLostTriggers(
  context: Context,
  database: Database,
  history: History,
  tag: string,
): Promise<readonly CapturedObject[]> {
  const revision = history.revisions.find((candidate) => candidate.tag === tag);
  const made = (revision?.up.statements ?? []).flatMap(({ sql }) => createdTrigger(sql));
  const live = new Set(await listArchiveTriggers(database));
  if (made.every((name) => live.has(name))) return [];
  const { current } = (await readDatabaseStatus(database, history)).status;
  context.report(
    "replaying the revisions on a scratch database, to see which triggers the archives should have",
  );
  const applied = history.revisions.slice(0, (current?.index ?? -1) + 1);
  const { objects } = await withScratch((ground) => replayRevisions(ground, applied));
  return objects.filter(
    (object) => isArchiveTrigger(object) && revisionOfArchive(archiveOfTrigger(object.name)) === tag,
  );
}

function createdTrigger(sql: string): string[] {
  const words = significant(tokenize(sql));
  if (!isWord(words[0], "CREATE") || !isWord(words[1], "TRIGGER")) return [];
  // A trigger on another archive is no concern of a live table.
  const on = words.findIndex((word) => isWord(word, "ON"));
  const table = nameOf(words[on + 1]) ?? "";
  const name = nameOf(words[2]) ?? "";
  const isOnArchive = isArchiveTrigger({ kind: "trigger", name: table });
  return isArchiveTrigger({ kind: "trigger", name }) && !isOnArchive ? [name] : [];
}

/** Archives of a revision that are not in step, or whose table is gone while triggers still name it. */
async function findBroken(
  database: Database,
  tag: string,
  expected: readonly CapturedObject[],
): Promise<readonly string[]> {
  const names = [...(await listArchiveTriggers(database)), ...expected.map(({ name }) => name)]
    .map((name) => archiveOfTrigger(name))
    .filter((name) => revisionOfArchive(name) === tag);
  const objectsOf = await readArchiveObjects(database, expected);
  return names.filter((name) => {
    const { exists, missing } = objectsOf(name);
    return !exists || missing.length > 0;
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
