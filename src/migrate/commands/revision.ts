// `revision`: writes a revision for what changed in the schema, with the downgrade and the proof of both.
import { isSeenByPush } from "../kit/drizzle-config.ts";
import type { Proposal } from "../proof/proposal.ts";
import { proposeRevision } from "../proof/proposal.ts";
import type { Removal } from "../schema/change.ts";
import { MigrationError } from "../errors.ts";
import { parseTag } from "../history/revision.ts";
import { assertRunnable } from "../history/script-text.ts";
import { readScriptDirectory } from "../folder/script-directory.ts";
import { scriptFiles } from "../folder/place.ts";
import { writeRevision } from "../folder/script-files.ts";
import type { GenerateContext } from "./project/context.ts";
import { noticeHazards } from "./revision/hazard-notices.ts";
import { draftRevision, type RevisionDraft } from "./revision/revision-draft.ts";
import { describeRemoval, renderDown, renderUp } from "./revision/revision-texts.ts";
import type { RevisionResult } from "./results.ts";
import { withScratch } from "./project/scratch-ground.ts";
import { readSeed } from "./project/seed.ts";
import { nameFiles } from "./project/workplace.ts";

/** What to write. */
export interface RevisionOptions {
  /** What changes, in a few words; becomes a part of the tag. */
  readonly message: string;
  /** Scripts to be filled by hand. */
  readonly empty?: boolean;
  /** `users.a=users.b` or `old=new`; what is not named here is new. */
  readonly renames?: readonly string[] | undefined;
  /** Undefined: to be asked. */
  readonly archive?: boolean | undefined;
  /** Write it although its proof failed. */
  readonly unproven?: boolean;
  /** Write nothing. */
  readonly dryRun?: boolean;
}

/**
 * Makes a revision. Nothing is left behind on any failure.
 *
 * @throws {MigrationError} `GENERATE_FAILED`, `RENAME_UNDECIDED`, `ARCHIVE_UNDECIDED`, `PROOF_FAILED`, and what an older
 * revision that cannot be run throws.
 */
export async function createRevision(
  context: GenerateContext,
  options: RevisionOptions,
): Promise<RevisionResult> {
  const { folder, projectFolder } = context;
  const directory = await readScriptDirectory(folder, { relativeTo: projectFolder, whenMissing: "sqlite" });
  for (const { tag, up } of directory.history.revisions) assertRunnable(up, tag);
  const drafting = draftRevision(context, directory, options);
  if (options.empty === true) return writeEmpty(context, await drafting, options);
  // The server starts while drizzle-kit works; whoever fails first is the one to be heard.
  drafting.catch(() => undefined);
  return withScratch(async (ground) => {
    const draft = await drafting;
    if (draft === undefined) return nothingToDo;
    context.report(`proving ${draft.files.entry.tag} up, down and up on ${ground.by}`);
    const proposal = await proposeRevision(ground, {
      history: directory.history.revisions,
      tag: draft.files.entry.tag,
      generated: draft.generated,
      previous: draft.previous,
      next: draft.next,
      renames: draft.renames,
      archive: (removals) => decideArchive(context, options, removals),
      clock: context.clock,
      ...(await readSeed(folder)),
    });
    refuseUnproven(proposal, draft, options);
    return writeProposal(context, draft, proposal, options);
  });
}

/** What comes of it if there is nothing to write. */
export const nothingToDo: RevisionResult = {
  revision: null,
  files: [],
  class: "exact",
  upgrade: "ok",
  downgrade: "none",
  reason: null,
  rewritten: null,
  by: null,
  hazards: [],
  texts: undefined,
};

/** Whether to keep what goes: as was said, or as a person answers. */
export async function decideArchive(
  { questions }: GenerateContext,
  { archive }: Pick<RevisionOptions, "archive">,
  removals: readonly Removal[],
): Promise<boolean> {
  if (archive !== undefined) return archive;
  const removed = removals.map(describeRemoval);
  if (questions !== undefined) return questions.archive(removed);
  throw new MigrationError(
    "ARCHIVE_UNDECIDED",
    `This revision removes ${removed.join(", ")}, and it was not said whether to keep the values. Nothing was written: ` +
      "add --archive to keep them in a table that the downgrade reads, or --no-archive to let them go",
    { details: { removed } },
  );
}

/** @throws {MigrationError} `PROOF_FAILED`, unless that is what was asked for. */
export function refuseUnproven(
  { proof }: Proposal,
  draft: RevisionDraft,
  options: Pick<RevisionOptions, "unproven">,
): void {
  if (proof.upgrade === "ok" && proof.downgrade !== "unproven") return;
  if (options.unproven === true) return;
  const { tag } = draft.files.entry;
  throw new MigrationError(
    "PROOF_FAILED",
    `${tag} failed its proof on ${proof.by}, and nothing was written: ${proof.reason ?? "no reason was given"}. ` +
      "Change the schema, or write the statements yourself (--empty), or write it nevertheless with --unproven",
    { place: { revision: tag }, details: { upgrade: proof.upgrade, downgrade: proof.downgrade } },
  );
}

/** A push that drops an archive leaves triggers that name it, and every write to their table fails. */
function warnOfPush(context: GenerateContext, { config }: RevisionDraft, { archives }: Proposal): void {
  const archive = archives?.archives.find(({ triggers }) => triggers.length > 0);
  if (archive === undefined || !isSeenByPush(config, archive.name)) return;
  context.report(
    `warning: drizzle-kit push would drop the archive ${archive.name}, and then every INSERT and DELETE in ` +
      `${archive.triggers[0]?.table ?? archive.table} would fail. Add this line to drizzle.config: tablesFilter: ["!__eaves_*"]`,
  );
}

/** Writes what was proven, or shows it. */
export async function writeProposal(
  context: GenerateContext,
  draft: RevisionDraft,
  proposal: Proposal,
  options: RevisionOptions,
): Promise<RevisionResult> {
  const { proof, origin } = proposal;
  warnOfPush(context, draft, proposal);
  const hazards = noticeHazards(proposal, draft.renames);
  const texts = { up: renderUp(draft, proposal, hazards), down: renderDown(proposal) };
  const result: RevisionResult = {
    revision: draft.files.entry.tag,
    files: [],
    class: proof.class,
    upgrade: proof.upgrade,
    downgrade: proof.downgrade,
    reason: proof.reason ?? null,
    rewritten: origin === "rewrite" ? (proposal.rewriteReason ?? "drizzle-kit wrote nothing") : null,
    by: proof.by,
    hazards,
    texts: undefined,
  };
  return finish(context, draft, texts, result, options);
}

async function writeEmpty(
  context: GenerateContext,
  draft: RevisionDraft | undefined,
  options: RevisionOptions,
): Promise<RevisionResult> {
  if (draft === undefined) return nothingToDo;
  const { tag } = draft.files.entry;
  const texts = {
    up: "-- Write the statements of the upgrade here, with a line `--> statement-breakpoint` between any two.\n",
    down:
      "-- Write the statements that take it back here, or in their place a line\n" +
      "-- `eaves:irreversible REASON` behind two dashes. `check --prove` proves both files.\n",
  };
  const result: RevisionResult = { ...nothingToDo, revision: tag, class: "unknown" };
  return finish(context, draft, texts, result, options);
}

async function finish(
  context: GenerateContext,
  { files, config }: RevisionDraft,
  { up, down }: { readonly up: string; readonly down: string },
  result: RevisionResult,
  { dryRun = false }: RevisionOptions,
): Promise<RevisionResult> {
  const { entry, snapshot, layout } = files;
  const tag = parseTag(entry.tag);
  if (dryRun) {
    const names = scriptFiles(layout, tag);
    const name = (file: string): string => nameFiles(context, [file]).join("");
    return { ...result, texts: { [name(names.up)]: up, [name(names.down)]: down } };
  }
  const { breakpoints } = config;
  const revision = { layout, entry: { ...entry, tag, breakpoints }, snapshot, up, down };
  // drizzle-kit writes this dialect into the journal for both of its own.
  const written = await writeRevision(context.folder, revision, "sqlite");
  return { ...result, revision: written.entry.tag, files: nameFiles(context, written.files) };
}
