// What follows from data statements for the downgrade of a revision: only a person can write it.
import { type DataStatement, findDataStatements } from "../statements/data-statements.ts";
import { readHeadNote } from "./head-notes.ts";
import type { Revision } from "./revision.ts";

/** A revision that changes rows by statements of its own. */
export interface DataRevision {
  /** What it does and what to do about it; goes on a sentence that begins with the revision. */
  readonly explanation: string;
  /** Why its downgrade script must not run; undefined if a person wrote it, or there is none. */
  readonly refusal: string | undefined;
}

/** Those of a history, by their position in it. */
export function findDataRevisions(revisions: readonly Revision[]): ReadonlyMap<number, DataRevision> {
  const found = findDataStatements(revisions.map(({ up }) => up));
  return new Map(
    revisions.flatMap((revision, at) => {
      const statements = found[at] ?? [];
      if (statements.length === 0) return [];
      const explanation = explainDataStatements(revision.up, statements);
      return [[at, { explanation, refusal: refusalOf(revision, explanation) }] as const];
    }),
  );
}

/** A class in the head says that the script was planned from the schemas, by the tool and before the statements were known. */
function refusalOf({ down }: Revision, explanation: string): string | undefined {
  if (down.kind !== "script") return undefined;
  const { file, text } = down.script;
  const named = readHeadNote(text, "class");
  if (named === undefined || named === "unknown") return undefined;
  return (
    `${file} was planned from the schema alone (class ${named}), but ${explanation}. ` +
    `Where the script restores the rows, or they may stay as they are, change its note to \`-- eaves:class unknown\``
  );
}

/** What a revision does and what to do about it, for a sentence that begins with the revision. */
export function explainDataStatements(up: ReadUpgrade, found: readonly DataStatement[]): string {
  return (
    `${describeDataStatements(up, found)}, which only a hand-written downgrade can undo: ` +
    `write ${downFileOf(up.file)}, then run \`check --prove\``
  );
}

/** The same if the downgrade was written; `met` says whether rows were changed when it was proven. */
export function explainWrittenDowngrade(
  up: ReadUpgrade,
  found: readonly DataStatement[],
  met: boolean,
): string {
  const rows = "no row that the proof had was changed by them: give some to the proof in seed.sql";
  return `${describeDataStatements(up, found)}; ${met ? "its downgrade was written by hand" : rows}`;
}

interface ReadUpgrade {
  readonly file: string;
  readonly statements: readonly { readonly line: number }[];
}

function describeDataStatements({ file, statements }: ReadUpgrade, found: readonly DataStatement[]): string {
  const places = found.map(({ at, summary }) => `${summary} at ${file}:${statements[at]?.line ?? 1}`);
  return `it changes rows by statements of its own (${places.join(", ")})`;
}

/** The file of the downgrade beside that of the upgrade, in either layout. */
function downFileOf(file: string): string {
  return file.replace(/(^|[\\/])migration\.sql$|\.sql$/, (_, slash?: string) =>
    slash === undefined ? ".down.sql" : `${slash}down.sql`,
  );
}
