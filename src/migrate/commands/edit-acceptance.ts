// `stamp --accept-edit`: takes an intended edit of an applied revision for what was applied, if it leads to the same schema.
import { replayRevisions } from "../proof/replay.ts";
import { MigrationError } from "../errors.ts";
import { resolveTarget } from "../history/target.ts";
import { readCapture } from "../runtime/capture-reader.ts";
import { acceptEdit as acceptEditOf } from "../runtime/stamp.ts";
import type { Context } from "./project/context.ts";
import type { EditResult } from "./results.ts";
import { recordAfterStamp } from "./project/schema-record.ts";
import { compareSchemas, describeDifferences } from "./check/schema-check.ts";
import { withScratch } from "./project/scratch-ground.ts";
import { readRevisions, readDatabaseStatus, withDatabase } from "./project/workplace.ts";

/** Which edit to accept. */
export interface AcceptEditOptions {
  /** A revision that is applied and was edited. */
  readonly target: string;
  /** Look, and change nothing. There is no script of it: the database has to be looked at. */
  readonly dryRun?: boolean;
}

/**
 * Accepts an edit: hash and time of the revision in the version table are those of its files from here on, on this
 * database. What is on other databases they are asked about by themselves.
 *
 * @throws {MigrationError} `TARGET_NOT_REACHABLE` for a revision that is not applied, `SCHEMA_DRIFTED` if the files
 * as they are lead to another schema than the database has; and what a revision that cannot be run throws.
 */
export async function acceptEdit(context: Context, options: AcceptEditOptions): Promise<EditResult> {
  const { history, layout } = await readRevisions(context);
  return withDatabase(context, async (database) => {
    const { status, applied = [] } = await readDatabaseStatus(database, history);
    const target = resolveTarget(history, options.target, status.current);
    const tag = target.kind === "base" ? undefined : target.revision.tag;
    const state = status.states.find((one) => one.status !== "missing" && one.revision.tag === tag);
    const { current } = status;
    if (state?.status === "applied") return { accepted: null };
    if (state?.status !== "drifted" || current === undefined) throw notApplied(options.target);
    const result = { accepted: state.revision.tag };
    context.report(`replaying up to ${current.tag} on a scratch database, to see what the files lead to`);
    const expected = await withScratch((ground) =>
      replayRevisions(ground, history.revisions.slice(0, current.index + 1)),
    );
    const differences = compareSchemas(expected, await readCapture(database));
    if (differences.length > 0) throw leadsElsewhere(state.revision.tag, differences);
    if (options.dryRun === true) return result;
    const { clock: now, random } = context;
    await acceptEditOf(database, state.applied, state.revision, { seen: applied, now, random });
    await recordAfterStamp(context, database, layout);
    return result;
  });
}

function notApplied(target: string): MigrationError {
  return new MigrationError(
    "TARGET_NOT_REACHABLE",
    `${target} is not applied to this database, so that there is no edit to accept: run \`upgrade\`.`,
    { details: { target } },
  );
}

function leadsElsewhere(revision: string, differences: ReturnType<typeof compareSchemas>): MigrationError {
  return new MigrationError(
    "SCHEMA_DRIFTED",
    `The edit of ${revision} was not accepted: the files as they are lead to another schema than the database has:\n` +
      `${describeDifferences(differences)}\nTake the applied text back from version control, and put the change into a ` +
      "new revision",
    { place: { revision }, details: { differences } },
  );
}
