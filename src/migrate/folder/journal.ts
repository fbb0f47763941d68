// drizzle's journal, `meta/_journal.json`: which revisions there are, in which order. Written byte for byte as drizzle-kit does.
import { MigrationError } from "../errors.ts";
import { parseTag } from "../history/revision.ts";
import type { Tag } from "../history/revision.ts";
import { isObject } from "./json.ts";
import type { JsonObject } from "./json.ts";

/** A dialect of drizzle-kit whose revisions run on libSQL. */
export type Dialect = "sqlite" | "turso";

/** One revision in the journal. `breakpoints` says whether drizzle-kit put markers between its statements. */
export interface JournalEntry {
  readonly idx: number;
  readonly version: string;
  readonly when: number;
  readonly tag: Tag;
  readonly breakpoints: boolean;
}

/** The journal; `content` is everything in it, so that what we do not know is written back as it was. */
export interface Journal {
  readonly dialect: Dialect;
  readonly entries: readonly JournalEntry[];
  readonly content: JsonObject;
}

/** The journal of a folder without a revision. */
export function emptyJournal(dialect: Dialect): Journal {
  return { dialect, entries: [], content: { version: "7", dialect, entries: [] } };
}

/**
 * Reads a journal.
 *
 * @throws {MigrationError} JOURNAL_INVALID, for another format or dialect, too.
 */
export function parseJournal(text: string, file: string): Journal {
  const content = parseJson(text, file);
  const { dialect, entries } = content;
  if (dialect !== "sqlite" && dialect !== "turso") {
    throw invalid(
      file,
      `its dialect is ${JSON.stringify(dialect)}; the tool works with "sqlite" and "turso"`,
    );
  }
  if (!Array.isArray(entries)) throw invalid(file, `"entries" is no list`);
  return { dialect, entries: entries.map((entry, at) => parseEntry(entry, at, file)), content };
}

/** Adds a revision at the end. Its `when` is made newer than the last if a clock went backwards. */
export function addEntry(journal: Journal, entry: Omit<JournalEntry, "idx">): Journal {
  const last = journal.entries.at(-1);
  const { version, when, tag, breakpoints } = entry;
  const added: JournalEntry = {
    idx: last === undefined ? 0 : last.idx + 1,
    version,
    when: Math.max(when, (last?.when ?? -Infinity) + 1),
    tag,
    breakpoints,
  };
  const raw = Array.isArray(journal.content["entries"]) ? journal.content["entries"] : [];
  const content = { ...journal.content, entries: [...raw, added] };
  return { ...journal, entries: [...journal.entries, added], content };
}

/** The journal's text, as drizzle-kit writes it. */
export function renderJournal(journal: Journal): string {
  return JSON.stringify(journal.content, undefined, 2);
}

function parseJson(text: string, file: string): JsonObject {
  if (/^(<{7}|={7}|>{7})/m.test(text)) {
    throw invalid(
      file,
      "it has the marks of an unfinished merge. Keep the entries of both sides, as they are, and run `revision --rebase`",
    );
  }
  try {
    const content: unknown = JSON.parse(text);
    if (isObject(content)) return content;
  } catch (cause) {
    throw invalid(file, "it is no JSON", cause);
  }
  throw invalid(file, "it is no JSON object");
}

function parseEntry(entry: unknown, position: number, file: string): JournalEntry {
  const where = `entry ${position}`;
  if (!isObject(entry)) throw invalid(file, `${where} is no object`);
  const { idx, when, tag, version = "6", breakpoints = true } = entry;
  if (!isCount(idx)) throw invalid(file, `${where} has idx ${JSON.stringify(idx)}, expected a number from 0`);
  if (!isCount(when)) throw invalid(file, `${where} has when ${JSON.stringify(when)}, expected milliseconds`);
  if (typeof tag !== "string")
    throw invalid(file, `${where} has tag ${JSON.stringify(tag)}, expected a text`);
  if (typeof version !== "string" || typeof breakpoints !== "boolean") {
    throw invalid(
      file,
      `${where} has a version that is no text, or breakpoints that are neither true nor false`,
    );
  }
  try {
    return { idx, version, when, tag: parseTag(tag), breakpoints };
  } catch (cause) {
    throw invalid(
      file,
      `${where} has tag ${JSON.stringify(tag)}, expected the stem of a file such as 0003_name`,
      cause,
    );
  }
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function invalid(file: string, found: string, cause?: unknown): MigrationError {
  const message = `${file} cannot be used: ${found}. Take the file back from version control, or repair it.`;
  return new MigrationError("JOURNAL_INVALID", message, { cause, place: { file } });
}
