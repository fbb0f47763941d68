// What an upgrade removes, and what an archive of it is. archive-plan.ts makes archives.
import { affinityOf, mayConvert } from "../sql/affinity.ts";
import type { Capture, CapturedObject } from "../schema/capture.ts";
import type { PlannedStatement, Removal, Renames } from "../schema/change.ts";
import { readsContent } from "../schema/full-text.ts";
import { sameName } from "../sql/sql-tokens.ts";
import { compareTables, type TablePair } from "../schema/table-changes.ts";
import { findColumn, readColumn } from "../sql/table-definition.ts";
import { parseTable } from "../sql/table-parser.ts";

/** A part of the key by which an archive finds a row again. */
export interface KeyPart {
  readonly before: string;
  readonly after: string;
  /** The collation of the key, if it is another one than that of its column. */
  readonly collate: string | undefined;
}

interface AnyArchive {
  readonly name: string;
  /** By its name before the upgrade. */
  readonly table: string;
  /** The triggers on tables that stay, which keep the archive in step with the rows it belongs to. */
  readonly triggers: readonly CapturedObject[];
  /** A column that an archive has until it is pruned. */
  readonly witness: string;
}

/** What an archive holds. */
export type Archive =
  /** All rows of a dropped table; `columns` without generated ones, `rowid` first if the rows have no other. */
  | (AnyArchive & {
      readonly kind: "table";
      readonly columns: readonly string[];
      readonly keepsRowid: boolean;
      readonly sequence: string | undefined;
    })
  /** Dropped or converted columns with a key that outlives the upgrade. Names are those before the upgrade. */
  | (AnyArchive & {
      readonly kind: "columns";
      readonly key: readonly KeyPart[];
      readonly dropped: readonly string[];
      /** Kept as the value before and the value after, so that an edit in between can be distinguished from the conversion. */
      readonly converted: readonly { readonly before: string; readonly after: string }[];
      /** A table whose only row is renumbered together with rows that have no key but their rowid. */
      readonly mark: string | undefined;
    });

/** The archives of a revision and the statements that fill them. */
export interface ArchivePlan {
  readonly archives: readonly Archive[];
  /** First in the upgrade, before anything is removed. */
  readonly opening: readonly PlannedStatement[];
  /** Last in the upgrade, when conversions have been made. */
  readonly closing: readonly PlannedStatement[];
  /** What is removed and could not be archived, with the reason. */
  readonly impossible: readonly { readonly removal: Removal; readonly reason: string }[];
}

/** Archived columns of one table. */
export type ColumnArchive = Archive & { readonly kind: "columns" };

/** Archived rows of a dropped table. */
export type TableArchive = Archive & { readonly kind: "table" };

/** The prefix of every archive's name; the tool's own tables are left out of every schema. */
export const archivePrefix = "__eaves_archive_";

/** The column of an archive that holds a row's rowid. */
export const rowidColumn = "__rowid";

/** The column that tells an archive from what is left of it when it was pruned, if no other column does. */
export const witnessColumn = "__kept";

/** The column of an archive that holds a part of the key. */
export function keyColumn(before: string): string {
  return readColumn(before) === before ? rowidColumn : before;
}

/** The column of an archive that holds what a conversion made of a value. */
export function afterColumn(before: string): string {
  return `__after_${before}`;
}

/** The column of an archive that the rows are found by: the key as it is after the upgrade. */
export function matchColumn({ converted }: Pick<ColumnArchive, "converted">, before: string): string {
  return converted.some((column) => sameName(column.before, before))
    ? afterColumn(before)
    : keyColumn(before);
}

/** What a change of the schema removes by intent. */
export function findRemovals(before: Capture, after: Capture, renames: Renames): Removal[] {
  const { dropped, changes } = compareTables(before, after, renames);
  const tables = dropped
    .filter((table) => !readsContent(table))
    .map((table): Removal => ({ kind: "table", table: table.name }));
  const columns = changes.flatMap(({ pair }) => {
    const table = pair.captured.from.name;
    const removal =
      (kind: Removal["kind"]) =>
      (column: string): Removal => ({ kind, table, column: beforeName(pair, column) });
    return [
      ...droppedColumns(pair).map(removal("column")),
      ...convertedColumns(pair).map(removal("conversion")),
    ];
  });
  return [...tables, ...columns];
}

/** Columns whose values go: dropped, or computed from now on. By the name after the renames. */
export function droppedColumns(pair: TablePair): string[] {
  return pair.from.columns
    .filter((column) => column.generated === undefined)
    .filter((column) => {
      const target = findColumn(pair.to, column.name);
      return target === undefined || target.generated !== undefined;
    })
    .map((column) => column.name);
}

/** Columns whose values may be changed: another type, or NULLs that are filled. */
export function convertedColumns(pair: TablePair): string[] {
  return pair.from.columns.flatMap((column) => {
    const target = findColumn(pair.to, column.name);
    if (target === undefined || target.generated !== undefined || column.generated !== undefined) return [];
    const filled = target.notNull && !column.notNull && target.defaultValue !== undefined;
    const from = affinityOf(column.type, pair.from.strict);
    return filled || mayConvert(from, affinityOf(target.type, pair.to.strict)) ? [column.name] : [];
  });
}

/** Renames keep the order and number of columns, so that a column's old name stands in its place. */
export function beforeName(pair: TablePair, name: string): string {
  const at = pair.from.columns.findIndex((column) => sameName(column.name, name));
  return parseTable(pair.captured.from.sql).columns[at]?.name ?? name;
}
