// `revision --from-database`: writes a revision for what was changed in the database by hand, and records it there.
import { proposeRevision } from "../proof/proposal.ts";
import { replayRevisions } from "../proof/replay.ts";
import type { Capture } from "../schema/capture.ts";
import { MigrationError } from "../errors.ts";
import type { Model } from "../schema/model.ts";
import { findModelGaps, isInModel } from "../planning/model-gaps.ts";
import { findObstacle } from "../history/obstacle.ts";
import type { Difference } from "../schema/schema-diff.ts";
import { readCapture } from "../runtime/capture-reader.ts";
import { readScriptDirectory, type ScriptDirectory } from "../folder/script-directory.ts";
import type { GenerateContext } from "./project/context.ts";
import { draftRevision, type RevisionDraft } from "./revision/revision-draft.ts";
import {
  decideArchive,
  nothingToDo,
  refuseUnproven,
  type RevisionOptions,
  writeProposal,
} from "./revision.ts";
import type { RevisionResult } from "./results.ts";
import { compareSchemas } from "./check/schema-check.ts";
import { withScratch } from "./project/scratch-ground.ts";
import { readSeed } from "./project/seed.ts";
import { stamp } from "./stamp.ts";
import { readDatabaseStatus, withDatabase } from "./project/workplace.ts";

/** What to write. */
export type FromDatabaseOptions = Pick<
  RevisionOptions,
  "message" | "renames" | "archive" | "unproven" | "dryRun"
>;

/**
 * Makes a revision that leads from the schema of the revisions to the one that the database has, and records it as
 * applied there: what it would do is done. Its snapshot is that of the schema in the code, which has to say the same.
 *
 * @throws {MigrationError} `DECISION_NEEDED` if revisions are pending, or the code says something else; what stands in
 * the way of an upgrade; and as `createRevision`.
 */
export async function createRevisionFromDatabase(
  context: GenerateContext,
  options: FromDatabaseOptions,
): Promise<RevisionResult> {
  const { folder, projectFolder } = context;
  const directory = await readScriptDirectory(folder, { relativeTo: projectFolder, whenMissing: "sqlite" });
  const live = await readLive(context, directory);
  return withScratch(async (ground) => {
    const { revisions } = directory.history;
    const differences = compareSchemas(await replayRevisions(ground, revisions), live);
    if (differences.length === 0) return nothingToDo;
    const draft = await draftAlways(context, directory, options);
    const objects = new Set(differences.map(({ object }) => object));
    refuseGaps(draft.next, live, objects);
    context.report(`proving ${draft.files.entry.tag} up, down and up on ${ground.by}`);
    const proposal = await proposeRevision(ground, {
      history: revisions,
      tag: draft.files.entry.tag,
      generated: undefined,
      previous: draft.previous,
      next: draft.next,
      renames: draft.renames,
      wanted: live,
      archive: (removals) => decideArchive(context, options, removals),
      clock: context.clock,
      ...(await readSeed(folder)),
    });
    refuseUnproven(proposal, draft, options);
    const result = await writeProposal(context, draft, proposal, options);
    if (options.dryRun !== true) await record(context, result.revision);
    return { ...result, reason: sayHandMade(draft.next, differences) ?? result.reason };
  });
}

/** The live schema of a database that has all revisions. */
async function readLive(context: GenerateContext, { history }: ScriptDirectory): Promise<Capture> {
  return withDatabase(context, async (database) => {
    const { status } = await readDatabaseStatus(database, history);
    const obstacle = findObstacle(status);
    if (obstacle !== undefined) throw obstacle;
    const { pending, current } = status;
    if (pending.length === 0) return readCapture(database);
    const at = current?.tag ?? "base";
    throw new MigrationError(
      "DECISION_NEEDED",
      `${pending.map(({ tag }) => tag).join(", ")} ${pending.length === 1 ? "is" : "are"} not applied, and a revision from ` +
        `the database would come behind. Nothing was written: run \`stamp ${at}\` to go on with the schema as it is, then ` +
        "`upgrade`, then `revision --from-database` again",
      { details: { pending: pending.map(({ tag }) => tag) } },
    );
  });
}

/** Where the code has not changed, the snapshot is once more that of the newest revision. */
async function draftAlways(
  context: GenerateContext,
  directory: ScriptDirectory,
  { message, renames }: FromDatabaseOptions,
): Promise<RevisionDraft> {
  const draft =
    (await draftRevision(context, directory, { message, renames })) ??
    (await draftRevision(context, directory, { message, empty: true }));
  if (draft === undefined) throw new TypeError("an empty revision was not drafted");
  return draft;
}

/** Only of what was changed in the database: what else the code says is for a revision of its own. */
function refuseGaps(model: Model, live: Capture, objects: ReadonlySet<string>): void {
  const gaps = findModelGaps(model, live).filter(({ object }) => objects.has(object));
  if (gaps.length === 0) return;
  throw new MigrationError(
    "DECISION_NEEDED",
    `The schema in the code does not say what the database has, and nothing was written:\n${gaps.map(describeGap).join("\n")}\n` +
      "Change the code so that it says the same, and run `revision --from-database` again; or undo it in the database",
    { details: { differences: gaps } },
  );
}

function describeGap({ object, expected, found }: Difference): string {
  return `  ${object}: the code has ${expected ?? "nothing"}, the database ${found ?? "nothing"}`;
}

/** What only the database and the revision know of. */
function sayHandMade(model: Model, differences: readonly Difference[]): string | null {
  const own = differences.flatMap(({ object, found }) =>
    found === undefined || isInModel(model, object) ? [] : [object],
  );
  return own.length === 0
    ? null
    : `not in the code, and carried over by later revisions as made by hand: ${own.join(", ")}`;
}

async function record(context: GenerateContext, revision: string | null): Promise<void> {
  if (revision === null) return;
  try {
    await stamp(context, { target: revision });
  } catch (cause) {
    if (!(cause instanceof MigrationError)) throw cause;
    const text = `${revision} was written, but not recorded in the database, which has what it does: run \`stamp ${revision}\`. ${cause.message}`;
    throw new MigrationError(cause.code, text, { cause, place: { revision }, details: cause.details });
  }
}
