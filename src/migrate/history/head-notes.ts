// The tool's lines at the beginning of a script: `-- eaves:class exact`. They are for reviewers, and for `history`.
import { tokenize } from "../sql/sql-tokens.ts";

/** One line: a key such as `class`, `removes` or `irreversible`, and what is said. Keys may come more than once. */
export interface HeadNote {
  readonly key: string;
  readonly value: string;
}

const pattern = /^--\s*eaves:\s*([a-z][a-z-]*)(?:\s+(.*?))?\s*$/s;

/** The tool's notes in front of a script's first statement. */
export function readHeadNotes(text: string): HeadNote[] {
  return headComments(text).flatMap((comment) => {
    const [, key, value = ""] = pattern.exec(comment.text) ?? [];
    return key === undefined ? [] : [{ key, value: unescapeLine(value) }];
  });
}

/** The value of the first note with this key. */
export function readHeadNote(text: string, key: string): string | undefined {
  return readHeadNotes(text).find((note) => note.key === key)?.value;
}

/**
 * Puts notes in front of a script, in place of those that are there. Other comments stay. Values may be any text; white
 * space around them is not kept.
 */
export function writeHeadNotes(text: string, notes: readonly HeadNote[]): string {
  let rest = text;
  for (const comment of headComments(text).toReversed()) {
    if (!pattern.test(comment.text)) continue;
    const after = rest.slice(comment.start + comment.text.length).replace(/^\r?\n/, "");
    rest = rest.slice(0, comment.start) + after;
  }
  return notes.map(renderNote).join("") + rest;
}

function renderNote({ key, value }: HeadNote): string {
  const line = escapeLine(value.trim());
  return line === "" ? `-- eaves:${key}\n` : `-- eaves:${key} ${line}\n`;
}

/** A line end would turn the rest into SQL, and drizzle-kit splits at its marker wherever it stands. */
const escapes: Readonly<Record<string, string>> = { "\n": "n", "\r": "r", "\0": "0", "\\": "\\" };

function escapeLine(value: string): string {
  const line = value.replaceAll(/[\n\r\0\\]/g, (letter) => `\\${escapes[letter] ?? letter}`);
  return line.replaceAll("-->", "--\\>");
}

function unescapeLine(line: string): string {
  const letters = Object.fromEntries(Object.entries(escapes).map(([letter, name]) => [name, letter]));
  return line.replaceAll(/\\(.)/gs, (_, name: string) => letters[name] ?? name);
}

/** Where the first statement of a script begins, behind white space and comments. */
export function headLength(text: string): number {
  return /^(?:\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))*/.exec(text)?.[0].length ?? 0;
}

/** Only the head is taken apart: a history has many scripts, and most of them are read for their notes alone. */
function headComments(text: string): { text: string; start: number }[] {
  return tokenize(text.slice(0, headLength(text))).filter((token) => token.kind === "comment");
}
