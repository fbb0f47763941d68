// What the head comments of a revision's files say: for a reviewer, for `history`, and for the look before a downgrade.
import { changeClasses, type ChangeClass, type SchemaPlan } from "../../schema/change.ts";
import { type HeadNote, readHeadNote, readHeadNotes } from "../../history/head-notes.ts";
import type { Script } from "../../history/revision.ts";

/** The class that a downgrade script names; `unknown` for one that names none, as hand-written ones do. */
export function readScriptClass(script: Pick<Script, "text">): ChangeClass {
  const named = readHeadNote(script.text, "class");
  return changeClasses.find((candidate) => candidate === named) ?? "unknown";
}

/** A question to the rows that a downgrade script asks before it runs. */
export interface RowQuestion {
  /** What is asked about, in words: `NOT NULL of users.name`. */
  readonly subject: string;
  readonly query: string;
}

const separator = " :: ";

/** Questions whose answers are the keys of rows that a constraint would refuse. */
export function readRefusalQuestions(script: Pick<Script, "text">): RowQuestion[] {
  return readQuestions(script, "refused-by");
}

/** Questions whose answers are the number of values that would be lost. */
export function readNewerDataQuestions(script: Pick<Script, "text">): RowQuestion[] {
  return readQuestions(script, "loses-newer");
}

function readQuestions({ text }: Pick<Script, "text">, key: string): RowQuestion[] {
  return readHeadNotes(text).flatMap((note) => {
    const at = note.value.indexOf(separator);
    if (note.key !== key || at === -1) return [];
    return [{ subject: note.value.slice(0, at), query: note.value.slice(at + separator.length) }];
  });
}

/** The questions of a plan as head notes. */
export function noteQuestions({
  refusals,
  archiveRefusals,
  newerData,
}: Pick<SchemaPlan, "refusals" | "archiveRefusals" | "newerData">): HeadNote[] {
  return [
    ...[...archiveRefusals, ...refusals].map(({ rule, query }) => ({
      key: "refused-by",
      value: `${rule}${separator}${query}`,
    })),
    ...newerData.map(({ table, column, query }) => {
      const subject = column === undefined ? table : `${table}.${column}`;
      return { key: "loses-newer", value: `${subject}${separator}${query}` };
    }),
  ];
}
