// `history`: all revisions and how the database stands to them, or one in full.
import { findDataRevisions } from "../history/data-downgrades.ts";
import { MigrationError } from "../errors.ts";
import type { Revision } from "../history/revision.ts";
import type { RevisionState } from "../history/status.ts";
import { resolveTarget } from "../history/target.ts";
import type { Context } from "./project/context.ts";
import type { HistoryDetail, HistoryEntry } from "./results.ts";
import { readScriptClass } from "./revision/script-notes.ts";
import { readRevisions, readDatabaseStatus, withDatabase } from "./project/workplace.ts";

/** Lists the revisions on disk, oldest first, and then what only the database knows. */
export async function readHistory(context: Context): Promise<readonly HistoryEntry[]> {
  const { history } = await readRevisions(context);
  const { status } = await withDatabase(context, (database) => readDatabaseStatus(database, history));
  const changes = findDataRevisions(history.revisions);
  return status.states.map((state) => describeState(state, changes));
}

/** One revision with its scripts. @throws {MigrationError} `TARGET_UNKNOWN`, `TARGET_AMBIGUOUS`. */
export async function readHistoryDetail(context: Context, text: string): Promise<HistoryDetail> {
  const { history } = await readRevisions(context);
  const { status } = await withDatabase(context, (database) => readDatabaseStatus(database, history));
  const target = resolveTarget(history, text, status.current);
  const state = status.states.find(
    (candidate) => target.kind === "revision" && revisionOf(candidate) === target.revision,
  );
  const revision = state === undefined ? undefined : revisionOf(state);
  if (state === undefined || revision === undefined) {
    throw new MigrationError(
      "TARGET_UNKNOWN",
      `"${text}" is no revision: name one, as \`history\` lists them`,
    );
  }
  const { up, down } = revision;
  return {
    ...describeState(state, findDataRevisions(history.revisions)),
    files: down.kind === "script" ? [up.file, down.script.file] : [up.file],
    up: up.text,
    down: down.kind === "script" ? down.script.text : undefined,
    irreversible: down.kind === "irreversible" ? down.reason : undefined,
  };
}

function describeState(state: RevisionState, changes: ReturnType<typeof findDataRevisions>): HistoryEntry {
  const { status } = state;
  const revision = revisionOf(state);
  const down = revision?.down;
  const isPlanned = !changes.has(revision?.index ?? -1);
  return {
    revision: revision?.tag ?? describeMissing(state),
    status,
    class: down?.kind === "script" && isPlanned ? readScriptClass(down.script) : "unknown",
    reversible: down?.kind === "script",
  };
}

function revisionOf(state: RevisionState): Revision | undefined {
  return state.status === "missing" ? undefined : state.revision;
}

/** A row of the version table has no tag: the beginning of its hash names it. */
function describeMissing(state: RevisionState): string {
  return state.status === "missing" ? `?_${state.applied.hash.slice(0, 12)}` : "";
}
