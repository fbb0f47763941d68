// A picture as Mermaid's `erDiagram`, which code hosts draw in Markdown. Pure.
import type { Diagram, DiagramLine, DiagramRow, DiagramTable } from "./diagram.ts";

/** The text of an `erDiagram`, without the fence around it. */
export function writeMermaid({ tables, lines }: Diagram): string {
  const names = new Map(tables.map((table) => [table.name, entityOf(table)]));
  return ["erDiagram", ...tables.map(writeEntity), ...lines.map((line) => writeLine(line, names)), ""].join(
    "\n",
  );
}

/** Its name, as it is and in quotes, with what there is to say of the whole table. */
function entityOf({ name, kind, mark, note }: DiagramTable): string {
  const said = [kind === "view" ? kind : "", mark === "same" ? "" : mark, note].filter((word) => word !== "");
  return quoted(said.length === 0 ? name : `${name} (${said.join(", ")})`);
}

function writeEntity(table: DiagramTable): string {
  if (table.columns.length === 0) return `  ${entityOf(table)}`;
  return [`  ${entityOf(table)} {`, ...table.columns.map((row) => `    ${writeColumn(row)}`), "  }"].join(
    "\n",
  );
}

/** Type and name have to be words; what else there is to say, a name that is no word included, is the comment. */
function writeColumn({ name, detail, keys, mark, note }: DiagramRow): string {
  const [type = ""] = /^[^\s(]+(?:\([^)]*\))?/.exec(detail) ?? [];
  const word = wordOf(name);
  const comment = [
    mark === "same" ? "" : [mark, note].filter((part) => part !== "").join(", "),
    word === name ? "" : name,
    detail.slice(type.length).trim(),
  ].filter((part) => part !== "");
  const tail = comment.length === 0 ? "" : ` ${quoted(comment.join("; "))}`;
  return `${wordOf(type)} ${word}${keys.length === 0 ? "" : ` ${keys.join(", ")}`}${tail}`;
}

function writeLine(
  { child, parent, columns, optional, single }: DiagramLine,
  names: Map<string, string>,
): string {
  const [one, many] = [optional ? "|o" : "||", single ? "o|" : "o{"];
  return `  ${names.get(parent) ?? quoted(parent)} ${one}--${many} ${names.get(child) ?? quoted(child)} : ${quoted(columns.join(", "))}`;
}

/** Letters, digits and underscores, and none of the words that mean a key. */
function wordOf(text: string): string {
  const word = text.replaceAll(/[^A-Za-z0-9_]/g, "_");
  return /^(?:$|\d)/.test(word) || /^(?:pk|fk|uk)$/i.test(word) ? `_${word}` : word;
}

/** A quoted text ends at its quote, and takes none of these. */
function quoted(text: string): string {
  return `"${text.replaceAll('"', "'").replaceAll(/[%\\\p{Cc}]/gu, "_") || "_"}"`;
}
