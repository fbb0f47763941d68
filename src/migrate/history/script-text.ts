// The text of a script taken apart into statements, and put together from them. Reading never fails: what must not be
// run is noted as a fault, and refused when it is to be run.
import { MigrationError } from "../errors.ts";
import { readAllowances } from "./hazard-allowance.ts";
import { headLength, readHeadNote, writeHeadNotes } from "./head-notes.ts";
import type { HeadNote } from "./head-notes.ts";
import type { Checksum, Down, Script, ScriptFault, ScriptStatement } from "./revision.ts";
import { splitStatements, tokenize } from "../sql/sql-tokens.ts";
import type { Token } from "../sql/sql-tokens.ts";
import { findRefusal, isTransactionStatement, switchesForeignKeys } from "../sql/statement-rules.ts";

/** What drizzle-kit puts between statements. */
export const breakpoint = "--> statement-breakpoint";

/**
 * Reads a script; the checksum of its text is made if hashing is at hand. It is taken apart when its statements are
 * first asked for: most commands look at the newest few of a long history.
 */
export function buildScript(file: string, text: string, checksum: Checksum): Script {
  let read: ReturnType<typeof readScriptText> | undefined;
  return {
    file,
    text,
    checksum,
    get statements() {
      return (read ??= readScriptText(text)).statements;
    },
    get faults() {
      return (read ??= readScriptText(text)).faults;
    },
  };
}

/** A statement, and between which two markers it stands. */
export interface ChunkStatement extends ScriptStatement {
  /** From 0. */
  readonly chunk: number;
}

/** All statements of a text, those that switch foreign keys too. */
export function readStatements(text: string): ChunkStatement[] {
  const lineOf = countLines(text);
  return splitChunks(text).flatMap((chunk, at) => statementsOf(chunk, at, lineOf));
}

function statementsOf(chunk: Chunk, at: number, lineOf: (offset: number) => number): ChunkStatement[] {
  return splitStatements(chunk.text).map(({ sql, offset }) => {
    const bare = trimComments(sql);
    return { sql: bare.sql, line: lineOf(chunk.offset + offset + bare.offset), chunk: at };
  });
}

/** The statements of a text, and what keeps it from being run. */
export function readScriptText(text: string): Pick<Script, "statements" | "faults"> {
  const lineOf = countLines(text);
  const statements: ScriptStatement[] = [];
  const faults: ScriptFault[] = [];
  for (const [at, chunk] of splitChunks(text).entries()) {
    if (chunk.tail !== "") {
      const message = `text stands behind the marker "${breakpoint}"; begin a new line for it`;
      faults.push({ message, statement: chunk.tail, line: lineOf(chunk.offset) });
    }
    for (const { sql, line } of statementsOf(chunk, at, lineOf)) {
      if (switchesForeignKeys(sql)) continue;
      statements.push({ sql, line });
      const refusal = findRefusal(sql);
      if (refusal === undefined) continue;
      const code = isTransactionStatement(sql) ? "TRANSACTION_STATEMENT" : "REFUSED_BY_SERVER";
      faults.push({ message: `${refusal} (${code})`, statement: sql, line });
    }
  }
  return { statements, faults: [...faults, ...readAllowances(text).faults] };
}

/**
 * Refuses a script before any of it runs.
 *
 * @throws {MigrationError} REVISION_INVALID, with file and line of the first fault.
 */
export function assertRunnable(script: Script, revision: string): void {
  const [fault] = script.faults;
  if (fault === undefined) return;
  const { line, statement } = fault;
  throw new MigrationError("REVISION_INVALID", `${script.file}:${line}: ${fault.message}.`, {
    place: { revision, statement, file: script.file, line },
    details: { faults: script.faults },
  });
}

/** The downgrade that a downgrade script offers; `undefined` for a script that is not there. */
export function readDown(file: string, script: Script | undefined): Down {
  const irreversible = (reason: string): Down => ({ kind: "irreversible", reason });
  if (script === undefined)
    return irreversible(
      `there is no ${file}; "adopt" writes one, but for a revision that changes rows by statements of its own: write that by hand.`,
    );
  const reason = readHeadNote(script.text, "irreversible");
  const acts = hasStatements(script);
  if (acts && reason !== undefined) {
    return irreversible(
      `${file} holds statements, and a note that it is irreversible; remove the one or the other.`,
    );
  }
  if (reason !== undefined) return irreversible(reason === "" ? `${file} says so.` : reason);
  if (acts) return { kind: "script", script };
  return irreversible(`${file} holds no statement; where nothing has to be undone, write SELECT 1; there.`);
}

/** A text that begins with a letter has a statement, unless it may be one that is left out. */
function hasStatements(script: Script): boolean {
  return /^(?!pragma)[a-z]/i.test(script.text.slice(headLength(script.text))) || script.statements.length > 0;
}

/**
 * A script's text, as drizzle-kit lays it out: one statement between two markers.
 *
 * @throws {MigrationError} SQL_UNREADABLE for a statement with the marker in it, which drizzle-kit would take apart.
 */
export function renderScript(notes: readonly HeadNote[], statements: readonly string[]): string {
  const parts = statements.map((sql) => {
    if (sql.includes(breakpoint)) throw unsplittable(sql);
    const { sql: bare } = trimComments(sql);
    return bare.endsWith(";") ? bare : `${bare};`;
  });
  return writeHeadNotes(parts.length === 0 ? "" : `${parts.join(`\n${breakpoint}\n`)}\n`, notes);
}

function unsplittable(statement: string): MigrationError {
  return new MigrationError(
    "SQL_UNREADABLE",
    `A statement holds the marker "${breakpoint}", at which drizzle-kit splits wherever it stands. Spell it otherwise.`,
    { place: { statement } },
  );
}

interface Chunk {
  readonly text: string;
  readonly offset: number;
  /** What stands behind the marker before this chunk, on its line. */
  readonly tail: string;
}

/** Splits at the markers that are comments: one in a text literal or a block comment is no marker. */
function splitChunks(text: string): Chunk[] {
  const markers = tokenize(text).filter(
    (token) => token.text.startsWith("--") && token.text.includes(breakpoint),
  );
  const starts = [0, ...markers.map((token) => token.start + token.text.length)];
  return starts.map((offset, at) => {
    const before = markers[at - 1];
    const end = markers[at]?.start ?? text.length;
    const tail =
      before === undefined ? "" : before.text.slice(before.text.indexOf(breakpoint) + breakpoint.length);
    return { text: text.slice(offset, end), offset, tail: /^\s*(--|$)/.test(tail) ? "" : tail.trim() };
  });
}

/** Leaves out white space and comments around a statement; those within are its own. */
function trimComments(sql: string): { sql: string; offset: number } {
  if (!/--|\/\*/.test(sql)) return { sql: sql.trim(), offset: sql.length - sql.trimStart().length };
  const tokens = tokenize(sql);
  const means = (token: Token) => token.kind !== "space" && token.kind !== "comment";
  const first = tokens.find(means);
  const last = tokens.findLast(means);
  if (first === undefined || last === undefined) return { sql: "", offset: 0 };
  return { sql: sql.slice(first.start, last.start + last.text.length), offset: first.start };
}

function countLines(text: string): (offset: number) => number {
  const ends = [...text.matchAll(/\n/g)].map((match) => match.index);
  return (offset) => ends.filter((end) => end < offset).length + 1;
}
