// What is left of an archive that is pruned: a table without values, so that the triggers which name it, and later
// scripts which drop and make those triggers, go on working. The revision's downgrade then fails for want of a column.
import { archivePrefix } from "./archive.ts";
import { archiveOfTrigger, isArchiveTrigger } from "./archive-upkeep.ts";
import type { CapturedObject } from "../schema/capture.ts";
import { foldName, isWord, nameOf, quoteName, sameName, significant, tokenize } from "../sql/sql-tokens.ts";

/** The constraint of what is left of a pruned archive: it never has a row. */
export const prunedConstraint = "__eaves_pruned";

/** What is in the database of one archive. */
export interface ArchiveObjects {
  readonly name: string;
  /** Whether its table is there. */
  readonly exists: boolean;
  /** Its helper tables that are there. */
  readonly helpers: readonly string[];
  /** Triggers of live tables that name it, and those that should be there and are not. */
  readonly triggers: readonly CapturedObject[];
  readonly missing: readonly CapturedObject[];
}

/** The triggers of an archive. */
export function triggersOf(name: string, objects: readonly CapturedObject[]): CapturedObject[] {
  return objects.filter(
    (object) => isArchiveTrigger(object) && sameName(archiveOfTrigger(object.name), name),
  );
}

/** The statements that prune an archive. Over a table that is empty for good, a missing trigger may be made again. */
export function pruneArchive({ name, exists, helpers, triggers, missing }: ArchiveObjects): string[] {
  const all = [...triggers, ...missing];
  return [
    ...helpers.map((helper) => `DROP TABLE ${quoteName(helper)}`),
    ...(exists ? [`DROP TABLE ${quoteName(name)}`] : []),
    ...(all.length === 0 ? [] : [writeShell(name, all)]),
    ...missing.map(({ sql }) => sql),
  ];
}

/** The CREATE TABLE of what is left: the columns that triggers read. */
export function writeShell(name: string, triggers: readonly CapturedObject[]): string {
  const columns: string[] = [];
  for (const column of triggers.flatMap(({ sql }) => columnsIn(sql))) {
    if (!columns.some((other) => sameName(other, column))) columns.push(column);
  }
  return `CREATE TABLE ${quoteName(name)} (${columns.map(quoteName).join(", ")}, CONSTRAINT ${prunedConstraint} CHECK (0))`;
}

/** The archive's columns in a trigger: what is compared with, or set to, a column of the row. */
function columnsIn(sql: string): string[] {
  const words = significant(tokenize(sql));
  return words.flatMap((token, at) => {
    const isRow = isWord(words[at + 2], "NEW", "OLD") && words[at + 3]?.text === ".";
    return words[at + 1]?.text === "=" && isRow ? (nameOf(token) ?? []) : [];
  });
}

/** Triggers that scripts need, when they are run one after the other: dropped before they were made. */
export function findNeededTriggers(statements: readonly string[]): string[] {
  const made = new Set<string>();
  const needed: string[] = [];
  for (const sql of statements) {
    const words = significant(tokenize(sql));
    if (!isWord(words[1], "TRIGGER")) continue;
    const name = nameOf(words[2]) ?? "";
    if (!isArchiveTrigger({ kind: "trigger", name })) continue;
    if (isWord(words[0], "CREATE")) made.add(name);
    else if (isWord(words[0], "DROP") && !made.delete(name)) needed.push(name);
  }
  return needed;
}

/** Drops the archives that an upgrade makes, for a downgrade that does not read them. They may be gone already. */
export function dropMadeArchives(statements: readonly string[]): string[] {
  return statements.flatMap((sql) => {
    const words = significant(tokenize(sql));
    const name = nameOf(words[2]) ?? "";
    const isMade = isWord(words[0], "CREATE") && isWord(words[1], "TABLE");
    return isMade && foldName(name).startsWith(archivePrefix)
      ? [`DROP TABLE IF EXISTS ${quoteName(name)}`]
      : [];
  });
}
