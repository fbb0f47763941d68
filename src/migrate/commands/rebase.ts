// `revision --rebase`: puts revisions that were merged late behind the others, and proves them there.
import { readModelSnapshot } from "../kit/model-snapshot.ts";
import { replayRevisions } from "../proof/replay.ts";
import { type Capture, emptyCapture } from "../schema/capture.ts";
import { MigrationError } from "../errors.ts";
import { emptyModel, type Model } from "../schema/model.ts";
import { isMoved, type PlacedRevision, placeFolder, planRebase, renameArchives } from "../planning/rebase.ts";
import { readRenames } from "../schema/renames.ts";
import type { Revision, Script } from "../history/revision.ts";
import { buildScript } from "../history/script-text.ts";
import { buildWanted } from "../planning/wanted.ts";
import { readApplied } from "../runtime/version-table.ts";
import { inChainOrder } from "../folder/branches.ts";
import { renumberRevisions } from "../folder/renumber.ts";
import { readRevisionFolder, type RevisionFolder } from "../folder/script-directory.ts";
import { parseSnapshot } from "../folder/snapshot.ts";
import { proveRevisions } from "./adopt.ts";
import type { GenerateContext } from "./project/context.ts";
import {
  chainSnapshots,
  refuseForeign,
  renewSnapshots,
  type SnapshotChain,
} from "./revision/rebase-snapshots.ts";
import type { RebaseResult } from "./results.ts";
import { projectOf } from "./revision/revision-draft.ts";
import { compareSchemas, describeDifferences } from "./check/schema-check.ts";
import { withScratch } from "./project/scratch-ground.ts";
import { nameFiles, withDatabase } from "./project/workplace.ts";

/**
 * Renumbers what the database has not applied and would be skipped: files, journal or folders, chain of snapshots. Scripts stay as
 * they are but for the names of archives. The newest snapshot becomes that of the schema in the code.
 *
 * @throws {MigrationError} `DECISION_NEEDED` if what is applied would have to be moved, `PROOF_FAILED` if the scripts
 * do not run at their new place or cannot be taken back there, `SNAPSHOT_INVALID` if a snapshot is another revision's.
 */
export async function rebaseRevisions(
  context: GenerateContext,
  { dryRun = false } = {},
): Promise<RebaseResult> {
  const { projectFolder, folder } = context;
  const directory = await readRevisionFolder(folder, { relativeTo: projectFolder });
  const isThere = (await context.hasDatabase?.()) ?? true;
  const rows = isThere ? await withDatabase(context, readApplied) : [];
  const { revisions, layout } = directory;
  const ordered = layout === "folders" ? inChainOrder(revisions, directory.snapshots) : revisions;
  const { placed, snapshots } = await firstThatRuns(context, directory, planRebase(ordered, rows ?? []));
  const renumbered = placed.map(({ revision, tag, index, when }, at) => ({
    from: revision.tag,
    tag,
    idx: index,
    when,
    snapshot: snapshots[at],
  }));
  const files = dryRun ? [] : await renumberRevisions(folder, directory.journal, renumbered);
  const moved = placed
    .filter((place) => !place.isApplied && isMoved(place))
    .map(({ revision, tag }) => ({ from: revision.tag, to: tag }));
  return { moved, files: nameFiles(context, files) };
}

/** An order that has been replayed and proven, and the snapshots that go with it. */
interface ProvenOrder {
  readonly placed: readonly PlacedRevision[];
  readonly snapshots: readonly (string | undefined)[];
}

interface Trial {
  readonly context: GenerateContext;
  readonly directory: RevisionFolder;
  /** The snapshot of the schema in the code; drizzle-kit is asked once. */
  readonly readModel: () => Promise<string>;
}

/** The first order that runs and is proven; if none is, the fault of the first. */
async function firstThatRuns(
  context: GenerateContext,
  directory: RevisionFolder,
  orders: readonly (readonly PlacedRevision[])[],
): Promise<ProvenOrder> {
  const faults: MigrationError[] = [];
  let asked: Promise<string> | undefined;
  const readModel = (): Promise<string> => {
    context.report("asking drizzle-kit for the snapshot of the schema");
    asked ??= readModelSnapshot(projectOf(context)).then(({ snapshot }) => snapshot);
    return asked;
  };
  for (const placed of orders) {
    try {
      return { placed, snapshots: await proveOrder({ context, directory, readModel }, placed) };
    } catch (error) {
      if (!(error instanceof MigrationError && error.code === "PROOF_FAILED")) throw error;
      faults.push(error);
    }
  }
  throw faults[0] ?? new TypeError("There was no order to be tried");
}

/** Replays all revisions, proves those whose place is another one, and makes the snapshots that have to be anew. */
async function proveOrder(
  { context, directory, readModel }: Trial,
  placed: readonly PlacedRevision[],
): Promise<readonly (string | undefined)[]> {
  const chain = await chainSnapshots(directory, placed);
  const revisions = placed.map(movedRevision);
  context.report("replaying the revisions in their new order on a scratch database");
  const captures = await replayEach(placed, revisions);
  const first = placed.findIndex((place, at) => hasOtherPlace(directory.revisions, placed, place, at));
  const from = Math.min(chain.anew ?? Infinity, first === -1 ? Infinity : first);
  const model = chain.anew === undefined ? undefined : await readCode(readModel, chain, placed, captures);
  if (from < placed.length) {
    for (const { revision, upgrade, downgrade, reason } of (await proveRevisions(context, revisions)).slice(
      from,
    )) {
      if (upgrade === "failed" || downgrade === "unproven") throw doesNotFit(revision, reason);
    }
  }
  return model === undefined ? chain.texts : renewSnapshots(chain, model, captures);
}

/** Whether a revision that is not applied has another name, time or predecessor than on disk. */
function hasOtherPlace(
  onDisk: readonly Revision[],
  placed: readonly PlacedRevision[],
  place: PlacedRevision,
  at: number,
): boolean {
  const { revision, isApplied } = place;
  return !isApplied && (isMoved(place) || onDisk[onDisk.indexOf(revision) - 1] !== placed[at - 1]?.revision);
}

/** The snapshot of the schema in the code, which has to be what the revisions make. */
async function readCode(
  readModel: () => Promise<string>,
  chain: SnapshotChain,
  placed: readonly PlacedRevision[],
  captures: readonly Capture[],
): Promise<string> {
  const anew = chain.anew ?? placed.length;
  refuseForeign(chain, placed, captures);
  const snapshot = await readModel();
  const before = anew === 0 ? emptyCapture : (captures[anew - 1] ?? emptyCapture);
  const text = chain.texts.slice(0, anew).findLast((one) => one !== undefined);
  const previous = text === undefined ? emptyModel : parseSnapshot(text, "snapshot").model;
  const next = parseSnapshot(snapshot, "the schema's snapshot").model;
  const revisions = placed.slice(anew).map(movedRevision);
  refuseOtherSchema({ before, previous, next }, revisions, captures.at(-1) ?? before);
  return snapshot;
}

function replayEach(
  placed: readonly PlacedRevision[],
  revisions: readonly Revision[],
): Promise<readonly Capture[]> {
  return withScratch(async (ground) => {
    const captures: Capture[] = [];
    for (const [at, revision] of revisions.entries()) {
      try {
        captures.push(await replayRevisions(ground, [revision]));
      } catch (error) {
        if (!(error instanceof MigrationError)) throw error;
        const place = placed[at];
        throw place?.isApplied === true
          ? appliedDoesNotRun(place, placed, error.message)
          : doesNotFit(revision.tag, error.message);
      }
    }
    return captures;
  });
}

/** A revision as it will be on disk. */
function movedRevision({ revision, tag, index, when }: PlacedRevision): Revision {
  const rename = (script: Script): Script =>
    buildScript(script.file, renameArchives(script.text, revision.tag, tag), script.checksum);
  const { down } = revision;
  return {
    ...revision,
    tag,
    index,
    when,
    up: rename(revision.up),
    down: down.kind === "script" ? { kind: "script", script: rename(down.script) } : down,
  };
}

interface Models {
  readonly before: Capture;
  readonly previous: Model;
  readonly next: Model;
}

/** What was merged has to be merged in the code as well, since the newest snapshot becomes the code's. */
function refuseOtherSchema(models: Models, revisions: readonly Revision[], after: Capture): void {
  const statements = revisions.flatMap(({ up }) => up.statements.map(({ sql }) => sql));
  const wanted = buildWanted({ ...models, renames: readRenames(statements, models.before) });
  const differences = compareSchemas(wanted, after);
  if (differences.length === 0) return;
  const tags = revisions.map(({ tag }) => tag).join(", ");
  throw new MigrationError(
    "PROOF_FAILED",
    `The schema in the code is not what the revisions make in their new order, up to ${tags}:\n${describeDifferences(differences)}\n` +
      "Nothing was written. Where the code lacks what was merged, merge it there, too; where it has more, put that aside " +
      "and make a revision of it afterwards; where a script undoes what the other branch did, remove its files (and its " +
      "entry in the journal, where there is one), and make it anew with `revision -m`",
    { details: { differences } },
  );
}

function doesNotFit(tag: string, reason: string | null): MigrationError {
  return new MigrationError(
    "PROOF_FAILED",
    `${tag} does not fit behind the others, and nothing was written: ${reason ?? "no reason was given"}. Remove its files ` +
      "(and its entry in the journal, where there is one), and make it anew with `revision -m`",
    { place: { revision: tag } },
  );
}

/** It was applied at another place than it has on disk: it was moved by hand, or drizzle-kit 1.0 applied it late. */
function appliedDoesNotRun(
  { revision }: PlacedRevision,
  placed: readonly PlacedRevision[],
  reason: string,
): MigrationError {
  const newest = placed.findLast(({ isApplied }) => isApplied);
  const when = (newest?.when ?? 0) + 1;
  const later = placeFolder(newest, { ...revision, tag: revision.tag }).tag;
  const advice =
    newest === undefined || newest.revision === revision
      ? `If the revisions before it are in the database without a record, run \`stamp ${revision.tag}\``
      : revision.layout === "folders"
        ? `Rename its folder to ${later}, then run \`stamp --accept-edit ${later}\``
        : `Move its entry in the journal behind that of ${newest.tag} and set its when to ${when}; then run ` +
          `\`revision --rebase\` again, and \`stamp --accept-edit ${revision.tag}\``;
  return new MigrationError(
    "DECISION_NEEDED",
    `${revision.tag} is applied to this database, and cannot be run at its place: ${reason}. What is applied is not moved, and ` +
      `nothing was written. ${advice}`,
    { place: { revision: revision.tag, file: revision.up.file }, details: { after: newest?.tag, when } },
  );
}
