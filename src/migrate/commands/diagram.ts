// A picture of the schema, or of what one revision changes. Reads the snapshots; needs no database.
import { buildDiagram, compareDiagrams, type DiagramChange } from "../schema/diagram.ts";
import { writeMermaid } from "../schema/diagram-mermaid.ts";
import { MigrationError } from "../errors.ts";
import { emptyModel, type Model } from "../schema/model.ts";
import type { Revision } from "../history/revision.ts";
import { resolveTarget } from "../history/target.ts";
import type { ScriptDirectory } from "../folder/script-directory.ts";
import type { Context } from "./project/context.ts";
import { readRevisions } from "./project/workplace.ts";

/** A diagram. */
export interface DrawnDiagram {
  /** The revision whose schema it is, or whose changes. */
  readonly revision: string;
  readonly markdown: string;
}

/**
 * Draws the schema after the newest revision, or what the named revision changes.
 *
 * @throws {MigrationError} `TARGET_UNKNOWN`, `TARGET_AMBIGUOUS`, `SNAPSHOT_INVALID`.
 */
export async function drawDiagram(
  context: Pick<Context, "folder" | "projectFolder">,
  asked?: string,
): Promise<DrawnDiagram> {
  const directory = await readRevisions(context);
  const target = resolveTarget(directory.history, asked ?? "head", undefined);
  if (target.kind === "base") {
    const found = asked === undefined ? "There is no revision yet" : `"${asked}" is no revision`;
    throw new MigrationError("TARGET_UNKNOWN", `${found}: make one, or name one that \`history\` lists`);
  }
  const { revision } = target;
  const model = modelOf(directory, revision);
  return asked === undefined ? drawSchema(model, revision) : drawRevision(directory, model, revision);
}

function drawSchema(model: Model, { tag }: Revision): DrawnDiagram {
  const diagram = buildDiagram(model);
  const markdown = `# The schema at ${tag}\n\n${fence(writeMermaid(diagram))}`;
  return { revision: tag, markdown };
}

function drawRevision(directory: ScriptDirectory, model: Model, revision: Revision): DrawnDiagram {
  const { tag } = revision;
  const previous = directory.history.revisions[directory.history.revisions.indexOf(revision) - 1];
  const before = previous === undefined ? emptyModel : modelOf(directory, previous);
  const renames = directory.snapshots(tag)?.renames ?? { tables: [], columns: [] };
  const change = compareDiagrams(before, model, renames);
  return { revision: tag, markdown: writeChange(tag, change) };
}

function writeChange(tag: string, { before, after, words }: DiagramChange): string {
  if (words.length === 0) {
    return `# What ${tag} changes\n\nThe schema is the same before and after. What the revision does is in its SQL.\n`;
  }
  const part = (name: string, diagram: DiagramChange["before"]): string =>
    `## ${name}\n\n${diagram.tables.length === 0 ? "No table of this revision.\n" : fence(writeMermaid(diagram))}`;
  return [
    `# What ${tag} changes`,
    words.map((line) => `- ${codeSpan(line)}`).join("\n"),
    part("Before", before).trimEnd(),
    part("After", after),
  ].join("\n\n");
}

function modelOf(directory: ScriptDirectory, { tag }: Revision): Model {
  const model = directory.models(tag);
  if (model !== undefined) return model;
  throw new MigrationError(
    "SNAPSHOT_INVALID",
    `${tag} has no snapshot, so that its schema cannot be drawn. Take the file back from version control.`,
  );
}

function fence(text: string): string {
  return `\`\`\`mermaid\n${text}\`\`\`\n`;
}

/** In a span of code nothing is Markdown or HTML; it is longer than any run of backticks in it. */
function codeSpan(line: string): string {
  const text = line.replaceAll(/\p{Cc}/gu, " ");
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const ticks = "`".repeat(longest + 1);
  return longest === 0 ? `\`${text}\`` : `${ticks} ${text} ${ticks}`;
}
