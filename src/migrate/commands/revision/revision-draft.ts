// What drizzle-kit makes of the schema as it is now, or what we make in its place if it would have to ask.
import type { DrizzleConfig } from "../../kit/drizzle-config.ts";
import { type GeneratedFiles, generateRevision } from "../../kit/drizzle-kit.ts";
import { generate } from "../../kit/generation.ts";
import { composeRevision, readModelSnapshot } from "../../kit/model-snapshot.ts";
import { correctDefaults, correctUnchanged } from "../../kit/schema-defaults.ts";
import { noRenames, type Renames } from "../../schema/change.ts";
import { MigrationError } from "../../errors.ts";
import { emptyModel, type Model } from "../../schema/model.ts";
import { findRenameQuestions, parseRenames, type RenameQuestion } from "../../schema/rename-questions.ts";
import { readScriptText } from "../../history/script-text.ts";
import type { ScriptDirectory } from "../../folder/script-directory.ts";
import { parseSnapshot } from "../../folder/snapshot.ts";
import type { GenerateContext } from "../project/context.ts";
import type { Questions } from "../project/questions.ts";

/** A revision before it is proven. */
export interface RevisionDraft {
  readonly files: GeneratedFiles;
  readonly config: DrizzleConfig;
  /** drizzle-kit's statements; undefined if it could not write any. */
  readonly generated: readonly string[] | undefined;
  readonly previous: Model;
  readonly next: Model;
  readonly renames: Renames;
}

interface DraftOptions {
  readonly message: string;
  readonly empty?: boolean;
  readonly renames?: readonly string[] | undefined;
}

/**
 * Drafts a revision; undefined if the schema is what the newest snapshot says.
 *
 * @throws {MigrationError} `GENERATE_FAILED`, `RENAME_UNDECIDED`, `USAGE_INVALID`, `SNAPSHOT_INVALID`.
 */
export async function draftRevision(
  context: GenerateContext,
  directory: ScriptDirectory,
  options: DraftOptions,
): Promise<RevisionDraft | undefined> {
  context.report("asking drizzle-kit what has changed");
  const name = nameOf(options.message);
  const previous = await readPrevious(context, directory);
  const generation = await generate({ ...projectOf(context), name, custom: options.empty === true });
  const { config } = generation;
  const model = previous?.model ?? emptyModel;
  const given = options.renames;
  if (generation.kind === "nothing") return undefined;
  const { defaults } = generation;
  if (generation.kind === "files" && (given === undefined || given.length === 0)) {
    const { files } = generation;
    const written = parseSnapshot(files.snapshot, files.snapshotName).model;
    const next = correctDefaults(written, defaults);
    const statements = readScriptText(files.sql).statements.map(({ sql }) => sql);
    const older = correctUnchanged(model, written, next);
    return { files, config, generated: statements, previous: older, next, renames: noRenames };
  }
  const snapshot =
    generation.kind === "planned" ? generation.model : (await readModelSnapshot(projectOf(context))).snapshot;
  const written = parseSnapshot(snapshot, "the schema's snapshot").model;
  const next = correctDefaults(written, defaults);
  const renames = await decideRenames({ previous: model, next, given, questions: context.questions });
  const files = composeRevision({
    config,
    model: snapshot,
    previous: previous?.text,
    previousIds: previous?.ids,
    renames,
    name,
    index: (directory.history.head?.index ?? -1) + 1,
    last: directory.history.head?.tag,
    now: context.clock(),
    sql: "",
  });
  const older = correctUnchanged(model, written, next);
  return { files, config, generated: undefined, previous: older, next, renames };
}

/** What drizzle-kit is told of the project. */
export function projectOf(context: GenerateContext): {
  readonly node: string;
  readonly folder: string;
  readonly out: string;
  readonly schema?: string;
} {
  const { nodePath, projectFolder, folder, schema } = context;
  return { node: nodePath, folder: projectFolder, out: folder, ...(schema === undefined ? {} : { schema }) };
}

/** drizzle-kit puts a name into the tag as it is: what a shell or a file system may not like is left out. */
function nameOf(message: string): string {
  const name = message
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .slice(0, 60)
    .replaceAll(/^_+|_+$/g, "");
  if (name !== "") return name;
  throw new MigrationError(
    "USAGE_INVALID",
    `"${message}" holds no letter or digit that a revision's name could be made from: say in a few words what changes`,
  );
}

/** What the new revision follows: the newest snapshot, or if there are branches, what drizzle-kit makes of them. */
interface Previous {
  readonly model: Model;
  readonly text: string;
  readonly ids: readonly string[];
}

async function readPrevious(
  context: GenerateContext,
  { history, snapshots, models }: ScriptDirectory,
): Promise<Previous | undefined> {
  const { head } = history;
  if (head === undefined) return undefined;
  const snapshot = snapshots(head.tag);
  if (snapshot !== undefined) {
    const { id, text } = snapshot;
    const model = models(head.tag);
    return model === undefined ? joinBranches(context) : { model, text, ids: [id] };
  }
  throw new MigrationError(
    "SNAPSHOT_INVALID",
    `The newest revision ${head.tag} has no snapshot, so that nobody can tell what has changed since: ` +
      "take it back from version control",
    { place: { revision: head.tag } },
  );
}

/** An empty revision of drizzle-kit 1.0 joins the branches: its snapshot has all of them. */
async function joinBranches(context: GenerateContext): Promise<Previous> {
  const joined = await generateRevision({ ...projectOf(context), name: "join", custom: true });
  if (joined.kind !== "files") throw new MigrationError("GENERATE_FAILED", "drizzle-kit joined no branches");
  const { snapshot: text, snapshotName } = joined.files;
  const { model, prevIds: ids } = parseSnapshot(text, snapshotName);
  return { model, text, ids };
}

interface RenameWish {
  readonly previous: Model;
  readonly next: Model;
  readonly given: readonly string[] | undefined;
  readonly questions: Questions | undefined;
}

/** Tables first: which columns have to be asked about depends on them. */
async function decideRenames({ previous, next, given, questions }: RenameWish): Promise<Renames> {
  if (given !== undefined) return parseRenames(given, previous, next);
  let renames = noRenames;
  const isNew = new Set<string>();
  for (;;) {
    const open = findRenameQuestions(previous, next, renames).filter(
      (question) => !isNew.has(keyOf(question)),
    );
    const [question] = open;
    if (question === undefined) return renames;
    if (questions === undefined) throw undecided(open);
    const from = await questions.rename(question);
    if (from === undefined) isNew.add(keyOf(question));
    else renames = addRename(renames, question, from);
  }
}

function keyOf({ kind, table, created }: RenameQuestion): string {
  return JSON.stringify([kind, table, created]);
}

function addRename(renames: Renames, { table, created }: RenameQuestion, from: string): Renames {
  return table === undefined
    ? { ...renames, tables: [...renames.tables, { from, to: created }] }
    : { ...renames, columns: [...renames.columns, { table, from, to: created }] };
}

function undecided(open: readonly RenameQuestion[]): MigrationError {
  const lines = open.map(({ table, created, candidates }) => {
    const prefix = table === undefined ? "" : `${table}.`;
    const old = candidates.map((name) => `${prefix}${name}`).join(" or ");
    return `  ${prefix}${created} is new, or was ${old} before`;
  });
  const [first] = open;
  const prefix = first?.table === undefined ? "" : `${first.table}.`;
  const example = `${prefix}${first?.candidates[0] ?? "old"}=${prefix}${first?.created ?? "new"}`;
  return new MigrationError(
    "RENAME_UNDECIDED",
    `It cannot be told whether something was renamed:\n${lines.join("\n")}\n` +
      `Nothing was written: add --rename ${example} for what was, or --no-rename where nothing was`,
    { details: { questions: open } },
  );
}
