// What becomes of the triggers that keep archives in step with their tables: which revisions carry them over, when an
// archive is over, and how a downgrade tells that it must not read one.
import { affinityOf } from "../sql/affinity.ts";
import { type Archive, archivePrefix } from "./archive.ts";
import { markedRowid } from "./archive-statements.ts";
import { type Capture, type CapturedObject, type CapturedTable, findTable } from "../schema/capture.ts";
import type { Refusal, Renames } from "../schema/change.ts";
import { readsColumn } from "../schema/object-text.ts";
import { columnRenames, targetName } from "../schema/renames.ts";
import {
  foldName,
  isWord,
  nameOf,
  quoteName,
  quoteText,
  sameName,
  significant,
  type Token,
  tokenize,
} from "../sql/sql-tokens.ts";
import {
  findColumn,
  isRowidAlias,
  readColumn,
  rowidAlias,
  type TableDefinition,
} from "../sql/table-definition.ts";
import { parseTable } from "../sql/table-parser.ts";

/** Whether an object is a trigger that keeps an archive in step with a table. */
export function isArchiveTrigger({ kind, name }: Pick<CapturedObject, "kind" | "name">): boolean {
  return kind === "trigger" && foldName(name).startsWith(archivePrefix);
}

/** A schema with the triggers of archives that an upgrade to it makes. */
export function withArchiveTriggers(schema: Capture, archives: readonly Archive[]): Capture {
  return { ...schema, objects: [...schema.objects, ...archives.flatMap(({ triggers }) => triggers)] };
}

/** The archive that a trigger belongs to, by the trigger's name. */
export function archiveOfTrigger(name: string): string {
  return name.replace(/_(?:fk\d+_)?(?:inserted|deleted|moved)$/i, "");
}

/** The revision that an archive belongs to, by the name of the archive or of one of its helper tables. */
export function revisionOfArchive(name: string): string {
  return name.slice(archivePrefix.length).replace(/_\d+(?:_sequence|_mark)?$/, "");
}

/**
 * Whether a trigger cannot go on: a column of the key that it follows goes, or its values are converted or compared in
 * another way. `table` is where the trigger's table gets to; undefined if it goes altogether.
 */
export function isArchiveOver(
  trigger: CapturedObject,
  from: CapturedTable,
  table: CapturedTable | undefined,
  renames: Renames,
): boolean {
  if (table === undefined) return true;
  const renamed = columnRenames(renames, table.name);
  const [old, target] = [parseTable(from.sql), parseTable(table.sql)];
  const rowid = rowidIn(trigger, old);
  if (rowid !== undefined && !keepsRowids(old, target, renamed, rowid)) return true;
  return old.columns.some((column) => {
    if (!readsColumn(trigger, { table: from.name, name: column.name }, () => false)) return false;
    const now = renamed.get(foldName(column.name)) ?? column.name;
    return describeKey(old, column.name) !== describeKey(target, now);
  });
}

/** The word by which a trigger reads the rowid. */
function rowidIn(trigger: CapturedObject, table: TableDefinition): string | undefined {
  const words = significant(tokenize(trigger.sql));
  const read = words.find((token, at) => isWord(words[at - 2], "NEW", "OLD") && isRowidOf(table, token));
  return nameOf(read);
}

function isRowidOf(table: TableDefinition, token: Token): boolean {
  const name = token.kind === "word" ? token.text : "";
  return readColumn(name) === name && findColumn(table, name) === undefined;
}

/** Whether the same word reads the same number of each row afterwards. */
function keepsRowids(
  old: TableDefinition,
  target: TableDefinition,
  renamed: ReadonlyMap<string, string>,
  rowid: string,
): boolean {
  if (target.withoutRowid || findColumn(target, rowid) !== undefined) return false;
  const alias = rowidAlias(target);
  const before = old.columns.find(({ name }) => sameName(renamed.get(foldName(name)) ?? name, alias ?? ""));
  return before === undefined || isRowidAlias(old, before.name);
}

function describeKey(table: TableDefinition, name: string): string {
  const column = findColumn(table, name);
  if (column === undefined || column.generated !== undefined) return "none";
  return `${affinityOf(column.type, table.strict)} ${foldName(column.collate ?? "binary")}`;
}

/**
 * The schema that a downgrade leads to: the one before the upgrade, without triggers of archives that the upgrade took from a table
 * which stayed. What was written to the table since is not known to those archives, and no script makes their triggers
 * again. Those of a table that was dropped come back with it.
 */
export function withoutLostArchives(before: Capture, after: Capture, renames: Renames): Capture {
  const kept = new Set(after.objects.filter(isArchiveTrigger).map(({ name }) => foldName(name)));
  const isLost = (object: CapturedObject): boolean => {
    if (!isArchiveTrigger(object) || kept.has(foldName(object.name))) return false;
    const table = targetName(renames, object.table);
    return table !== undefined && findTable(after, table) !== undefined;
  };
  return { ...before, objects: before.objects.filter((object) => !isLost(object)) };
}

/** Says which archives end with a change: it takes their triggers away from tables that stay. One sentence each. */
export function describeLostArchives(before: Capture, after: Capture, renames: Renames): string[] {
  const left = new Set(withoutLostArchives(before, after, renames).objects);
  const lost = before.objects.filter((object) => !left.has(object));
  return [...new Set(lost.map(({ name }) => archiveOfTrigger(name)))].map(
    (name) =>
      `the archive ${name} ends here, since the key of its rows changes: the downgrade of ${revisionOfArchive(name)} will be refused`,
  );
}

const subject = "the archive of ";

/** Whether a rule of a refusal is about an archive and not about rows. */
export function isArchiveRule(rule: string): boolean {
  return rule.startsWith(subject);
}

/** Why a downgrade must not read an archive: questions that are answered with a row if it must not. */
export function findArchiveRefusals(archives: readonly Archive[]): Refusal[] {
  return archives.flatMap((archive): Refusal[] => {
    const { name, table, triggers, witness } = archive;
    const refusal = (reason: string, condition: string): Refusal => ({
      table,
      rule: `${subject}${table} (${name}) ${reason}`,
      query: `SELECT ${quoteText(table)} AS "table" WHERE ${condition}`,
    });
    const names = triggers.map((trigger) => quoteText(trigger.name)).join(", ");
    const found = `(SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND name IN (${names}))`;
    const columns = `SELECT 1 FROM pragma_table_info(${quoteText(name)}) WHERE name = ${quoteText(witness)}`;
    const mark = archive.kind === "columns" ? archive.mark : undefined;
    return [
      ...(triggers.length === 0
        ? []
        : [
            refusal(
              "is not in step with its rows: triggers that kept it so are gone",
              `${found} <> ${triggers.length}`,
            ),
          ]),
      refusal("has no values any more: it was pruned or dropped", `NOT EXISTS (${columns})`),
      ...(mark === undefined
        ? []
        : [
            refusal(
              "is not in step with its rows: they were renumbered, by VACUUM, by a copy or by a rebuild of the table",
              `NOT EXISTS (SELECT 1 FROM ${quoteName(mark)} WHERE rowid = ${markedRowid})`,
            ),
          ]),
    ];
  });
}
