// `adopt` and `check --prove`: the whole history up, down and up on a scratch database with rows in it.
// `adopt` writes the downgrade scripts that are missing, and never touches what is there.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type AdoptedRevision, type AdoptionRevision, adoptHistory } from "../proof/adoption.ts";
import type { ScriptDirectory } from "../folder/script-directory.ts";
import { findDataRevisions } from "../history/data-downgrades.ts";
import { MigrationError } from "../errors.ts";
import type { Model } from "../schema/model.ts";
import type { Revision } from "../history/revision.ts";
import { scriptFiles } from "../folder/place.ts";
import { writeDowngrades } from "../folder/script-files.ts";
import { renderAdopted } from "./revision/adopted-text.ts";
import type { Context } from "./project/context.ts";
import type { ProofResult, ProvenRevision } from "./results.ts";
import { withScratch } from "./project/scratch-ground.ts";
import { readSeed } from "./project/seed.ts";
import { nameFiles, readRevisions } from "./project/workplace.ts";

/** Writes a proven downgrade script for each revision that lacks one; with `dryRun` only says which. */
export async function adopt(context: Context, { dryRun = false } = {}): Promise<ProofResult> {
  const directory = await readRevisions(context);
  const adopted = await walkHistory(context, directory.history.revisions, directory.models, "missing");
  const tags = new Map(directory.history.revisions.map(({ tag }) => [tag, tag]));
  const downgrades = adopted.flatMap((revision) => {
    const tag = tags.get(revision.revision);
    const isWritable = revision.plan !== undefined && revision.downgrade === "proven";
    return isWritable && tag !== undefined ? [{ tag, text: renderAdopted(revision) }] : [];
  });
  const { layout } = directory;
  const written =
    dryRun || downgrades.length === 0 ? [] : await writeDowngrades(context.folder, downgrades, layout);
  return { revisions: adopted.map(describeProof), written: nameFiles(context, written) };
}

/** Proves every revision with the scripts that it has; one without a downgrade counts as `none`. */
export async function proveHistory(context: Context): Promise<ProofResult> {
  const { history, models } = await readRevisions(context);
  return { revisions: await proveRevisions(context, history.revisions, models), written: [] };
}

/** The same with revisions that need not be on disk as they are. */
export async function proveRevisions(
  context: Context,
  history: readonly Revision[],
  models: ScriptDirectory["models"] = () => undefined,
): Promise<readonly ProvenRevision[]> {
  const adopted = await walkHistory(context, history, models, "irreversible");
  const changes = findDataRevisions(history);
  return adopted.map((proof, index) => {
    const revision = history[index];
    const described = describeProof(proof);
    const change = changes.get(index);
    if (revision?.down.kind === "irreversible") {
      const isMissing = !hasDownFile(context, revision);
      const reason = (isMissing ? change?.explanation : undefined) ?? revision.down.reason;
      return { ...described, reason: proof.error?.message ?? reason };
    }
    // Rows that the proof did not have say nothing for a script that was planned without them.
    return proof.error === undefined && change?.refusal !== undefined
      ? { ...described, downgrade: "unproven" as const, reason: change.refusal }
      : described;
  });
}

async function walkHistory(
  context: Context,
  history: readonly Revision[],
  models: ScriptDirectory["models"],
  without: "missing" | "irreversible",
): Promise<readonly AdoptedRevision[]> {
  const revisions = history.map((revision) => ({
    tag: revision.tag,
    up: revision.up,
    down: readDown(context, revision, without),
    model: readModel(models, revision),
  }));
  const seed = await readSeed(context.folder);
  return withScratch((ground) => {
    context.report(`proving ${revisions.length} revisions on ${ground.by}`);
    const report = (tag: string): void => context.report(`proving ${tag}`);
    return adoptHistory(ground, { revisions, clock: context.clock, report, ...seed });
  });
}

/** A file that says that there is no downgrade, or is still to be filled by hand, is not to be replaced by one of ours. */
function readDown(
  context: Context,
  revision: Revision,
  without: "missing" | "irreversible",
): AdoptionRevision["down"] {
  const { down } = revision;
  if (down.kind === "script") return down.script.statements.map(({ sql }) => sql);
  return hasDownFile(context, revision) ? "irreversible" : without;
}

function hasDownFile({ folder }: Context, { layout, tag }: Pick<Revision, "layout" | "tag">): boolean {
  return existsSync(join(folder, scriptFiles(layout, tag).down));
}

/** A snapshot that cannot be read is as good as none here: the history's own statements say more. */
function readModel(models: ScriptDirectory["models"], { tag }: Revision): Model | undefined {
  try {
    return models(tag);
  } catch (error) {
    if (error instanceof MigrationError) return undefined;
    throw error;
  }
}

function describeProof(proof: AdoptedRevision): ProvenRevision {
  const { revision, upgrade, downgrade, reason, error, unprovenTables } = proof;
  const place = error?.place;
  const where =
    place?.file === undefined ? "" : ` (${place.file}${place.line === undefined ? "" : `:${place.line}`})`;
  const statement = place?.statement === undefined ? "" : `: ${place.statement}`;
  const without = unprovenTables.length === 0 ? undefined : `without rows in ${unprovenTables.join(", ")}`;
  const said = error === undefined ? (reason ?? without) : `${error.message}${where}${statement}`;
  return {
    revision,
    upgrade: proof.breaks.length > 0 ? "failed" : upgrade,
    downgrade,
    class: proof.class,
    reason: said ?? null,
  };
}
