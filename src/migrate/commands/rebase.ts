// `revision --rebase`: puts revisions that were merged late behind the others, and proves them there.
import { readModelSnapshot } from "../autogenerate/model-snapshot.ts";
import { replayRevisions } from "../autogenerate/replay.ts";
import { type Capture, emptyCapture } from "../plan/capture.ts";
import { MigrationError } from "../plan/errors.ts";
import { emptyModel, type Model } from "../plan/model.ts";
import { isMoved, type PlacedRevision, planRebase, renameArchives } from "../plan/rebase.ts";
import { readRenames } from "../plan/renames.ts";
import type { Revision, Script } from "../plan/revision.ts";
import { buildScript } from "../plan/script-text.ts";
import { buildWanted } from "../plan/wanted.ts";
import { readApplied } from "../runtime/version-table.ts";
import { inChainOrder } from "../script/branches.ts";
import { renumberRevisions } from "../script/renumber.ts";
import { readRevisionFolder } from "../script/script-directory.ts";
import { parseSnapshot } from "../script/snapshot.ts";
import { proveRevisions } from "./adopt.ts";
import type { GenerateContext } from "./context.ts";
import { chainSnapshots, refuseForeign, renewSnapshots, type SnapshotChain } from "./rebase-snapshots.ts";
import type { RebaseResult } from "./results.ts";
import { projectOf } from "./revision-draft.ts";
import { compareSchemas, describeDifferences } from "./schema-check.ts";
import { withScratch } from "./scratch-ground.ts";
import { nameFiles, withDatabase } from "./workplace.ts";

/**
 * Renumbers what the database has not applied and would be skipped: files, journal or folders, chain of snapshots. Scripts stay as
 * they are but for the names of archives. The newest snapshot becomes that of the schema in the code.
 *
 * @throws {MigrationError} `DECISION_NEEDED` where what is applied would have to be moved, `PROOF_FAILED` where the scripts
 * do not fit at their new place, `SNAPSHOT_INVALID` where a snapshot is another revision's.
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
  const placed = planRebase(ordered, rows ?? []);
  const chain = await chainSnapshots(directory, placed);
  const snapshots = chain.anew === undefined ? chain.texts : await renew(context, placed, chain);
  const renumbered = placed.map(({ revision, tag, index, when }, at) => ({
    from: revision.tag,
    tag,
    idx: index,
    when,
    snapshot: snapshots[at],
  }));
  const files = dryRun ? [] : await renumberRevisions(folder, directory.journal, renumbered);
  const moved = placed.filter(isMoved).map(({ revision, tag }) => ({ from: revision.tag, to: tag }));
  return { moved, files: nameFiles(context, files) };
}

/** Makes the snapshots that have to be anew, once the revisions have passed at their new places. */
async function renew(
  context: GenerateContext,
  placed: readonly PlacedRevision[],
  chain: SnapshotChain,
): Promise<readonly (string | undefined)[]> {
  const anew = chain.anew ?? placed.length;
  const revisions = placed.map(movedRevision);
  context.report("asking drizzle-kit for the snapshot of the schema");
  const { snapshot } = await readModelSnapshot(projectOf(context));
  context.report("replaying the revisions in their new order on a scratch database");
  const captures = await replayEach(revisions);
  refuseForeign(chain, placed, captures);
  const before = anew === 0 ? emptyCapture : (captures[anew - 1] ?? emptyCapture);
  const text = chain.texts.slice(0, anew).findLast((one) => one !== undefined);
  const previous = text === undefined ? emptyModel : parseSnapshot(text, "snapshot").model;
  const next = parseSnapshot(snapshot, "the schema's snapshot").model;
  refuseOtherSchema({ before, previous, next }, revisions.slice(anew), captures.at(-1) ?? before);
  const proven = await proveRevisions(context, revisions);
  for (const { revision, upgrade, downgrade, reason } of proven.slice(anew)) {
    if (upgrade === "failed" || downgrade === "unproven") throw doesNotFit(revision, reason);
  }
  return renewSnapshots(chain, snapshot, captures);
}

function replayEach(revisions: readonly Revision[]): Promise<readonly Capture[]> {
  return withScratch(async (ground) => {
    const captures: Capture[] = [];
    for (const revision of revisions) {
      try {
        captures.push(await replayRevisions(ground, [revision]));
      } catch (error) {
        if (error instanceof MigrationError) throw doesNotFit(revision.tag, error.message);
        throw error;
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
