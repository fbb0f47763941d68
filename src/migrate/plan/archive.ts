// What an upgrade puts aside before it removes values, as plain SQL: copies without keys, triggers or indexes,
// so that an archive never stands in the way of a live table.
import { affinityOf, mayConvert } from "./affinity.ts";
import type { Capture, CapturedTable } from "./capture.ts";
import type { PlannedStatement, Removal, Renames } from "./change.ts";
import { isContentless, readsContent } from "./full-text.ts";
import { newTableName } from "./renames.ts";
import { foldName, quoteName, quoteText, sameName } from "./sql-tokens.ts";
import { compareTables, type TablePair } from "./table-changes.ts";
import {
  findColumn,
  isRowidAlias,
  readColumn,
  rowidAlias,
  rowidName,
  type TableDefinition,
} from "./table-definition.ts";
import { parseTable } from "./table-parser.ts";

/** What an archive holds. */
export type Archive =
  /** All rows of a dropped table; `columns` without generated ones, `rowid` first where the rows have no other. */
  | {
      readonly kind: "table";
      readonly name: string;
      readonly table: string;
      readonly columns: readonly string[];
      readonly keepsRowid: boolean;
      readonly sequence: string | undefined;
    }
  /** Dropped or converted columns with a key that outlives the upgrade. Names are those before the upgrade. */
  | {
      readonly kind: "columns";
      readonly name: string;
      readonly table: string;
      readonly key: readonly { readonly before: string; readonly after: string }[];
      readonly dropped: readonly string[];
      /** Kept as the value before and the value after, so that an edit in between is told from the conversion. */
      readonly converted: readonly { readonly before: string; readonly after: string }[];
    };

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

/** The prefix of every archive's name; the tool's own tables are left out of every schema. */
export const archivePrefix = "__eaves_archive_";

/** The column of an archive that holds a row's rowid. */
export const rowidColumn = "__rowid";

/** The column of an archive that holds a part of the key. */
export function keyColumn(before: string): string {
  return readColumn(before) === before ? rowidColumn : before;
}

/** The column of an archive that holds what a conversion made of a value. */
export function afterColumn(before: string): string {
  return `__after_${before}`;
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
function beforeName(pair: TablePair, name: string): string {
  const at = pair.from.columns.findIndex((column) => sameName(column.name, name));
  return parseTable(pair.captured.from.sql).columns[at]?.name ?? name;
}

/** Plans the archives for everything that a revision removes. */
export function planArchives(before: Capture, after: Capture, renames: Renames, tag: string): ArchivePlan {
  const { dropped, changes } = compareTables(before, after, renames);
  const archives: Archive[] = [];
  const impossible: { removal: Removal; reason: string }[] = [];
  const nextName = () => `${archivePrefix}${tag}_${archives.length + 1}`;
  for (const table of dropped) {
    if (isContentless(table)) {
      impossible.push({
        removal: { kind: "table", table: table.name },
        reason: "a contentless index cannot be read",
      });
    } else if (!readsContent(table)) archives.push(archiveTable(table, nextName()));
  }
  for (const { pair } of changes) {
    const gone = droppedColumns(pair);
    const converted = convertedColumns(pair);
    if (gone.length + converted.length === 0) continue;
    const archive = archiveColumns(pair, { name: nextName(), gone, converted });
    if (archive !== undefined) archives.push(archive);
    else {
      const reason = "no key of the table stays the same in this revision";
      const column = [...gone, ...converted].join(", ");
      impossible.push({ removal: { kind: "column", table: pair.captured.from.name, column }, reason });
    }
  }
  return {
    archives,
    impossible,
    opening: archives.flatMap((archive) => openArchive(archive)),
    closing: archives.flatMap((archive) =>
      closeArchive(
        archive,
        newTableName(renames, archive.table),
        changes.map(({ pair }) => pair),
      ),
    ),
  };
}

function archiveTable(table: CapturedTable, name: string): Archive {
  if (table.kind === "virtual") {
    const columns = table.columns.map((column) => column.name);
    return { kind: "table", name, table: table.name, columns, keepsRowid: true, sequence: undefined };
  }
  const definition = parseTable(table.sql);
  const columns = definition.columns
    .filter((column) => column.generated === undefined)
    .map((column) => column.name);
  const sequence = definition.primaryKey?.autoincrement === true ? `${name}_sequence` : undefined;
  const keepsRowid = rowidAlias(definition) === undefined && rowidName(definition) !== undefined;
  return { kind: "table", name, table: table.name, columns, keepsRowid, sequence };
}

interface ColumnsToArchive {
  readonly name: string;
  readonly gone: readonly string[];
  readonly converted: readonly string[];
}

function archiveColumns(pair: TablePair, { name, gone, converted }: ColumnsToArchive): Archive | undefined {
  const before = (column: string) => beforeName(pair, column);
  const key =
    findKey(pair, converted)?.map((column) => ({ before: before(column), after: column })) ?? findRowid(pair);
  return (
    key && {
      kind: "columns",
      name,
      table: pair.captured.from.name,
      key,
      dropped: gone.map(before),
      converted: converted.map((column) => ({ before: before(column), after: column })),
    }
  );
}

/** A key by which a row is found again after the upgrade: best one that stays as it is. */
function findKey({ from, to }: TablePair, converted: readonly string[]): readonly string[] | undefined {
  const keys = [from.primaryKey?.columns ?? [], ...from.uniques.map((unique) => unique.columns)].filter(
    (columns) => columns.length > 0 && columns.every((name) => stays(name) && isFilled(name)),
  );
  function stays(name: string): boolean {
    const [old, target] = [findColumn(from, name), findColumn(to, name)];
    return (
      old !== undefined &&
      old.generated === undefined &&
      target !== undefined &&
      target.generated === undefined
    );
  }
  function isFilled(name: string): boolean {
    return findColumn(from, name)?.notNull === true || isRowidAlias(from, name) || from.withoutRowid;
  }
  return keys.find((columns) => !columns.some((name) => converted.includes(name))) ?? keys[0];
}

/** The rowid, where the rows keep it. */
function findRowid({ from, to }: TablePair): ColumnArchive["key"] | undefined {
  const [before, after] = [rowidName(from), rowidName(to)];
  if (before === undefined || after === undefined) return undefined;
  const alias = rowidAlias(to);
  const keeps = alias === undefined || findColumn(from, alias) === undefined || isRowidAlias(from, alias);
  return keeps ? [{ before, after }] : undefined;
}

function openArchive(archive: Archive): PlannedStatement[] {
  const name = quoteName(archive.name);
  const table = quoteName(archive.table);
  const statement = (sql: string): PlannedStatement => ({
    sql,
    class: "exact",
    summary: `archive ${archive.table}`,
  });
  if (archive.kind === "columns") {
    const key = archive.key.map(({ before }) => `${readColumn(before)} AS ${quoteName(keyColumn(before))}`);
    const values = [...archive.dropped, ...archive.converted.map(({ before }) => before)]
      .filter((column) => !archive.key.some(({ before }) => sameName(before, column)))
      .map(quoteName);
    return [statement(`CREATE TABLE ${name} AS SELECT ${[...key, ...values].join(", ")} FROM ${table}`)];
  }
  const columns = archive.columns.map(quoteName);
  const rowid = archive.columns.some((column) => foldName(column) === "rowid") ? "_rowid_" : "rowid";
  const all = archive.keepsRowid ? [`${rowid} AS ${quoteName(rowidColumn)}`, ...columns] : columns;
  const copy = statement(`CREATE TABLE ${name} AS SELECT ${all.join(", ")} FROM ${table}`);
  if (archive.sequence === undefined) return [copy];
  const sequence = `CREATE TABLE ${quoteName(archive.sequence)} AS SELECT seq FROM sqlite_sequence WHERE name = ${quoteText(archive.table)}`;
  return [copy, statement(sequence)];
}

/** Adds what the conversions made of the values; only then can an edit be told from a conversion. */
function closeArchive(archive: Archive, table: string, pairs: readonly TablePair[]): PlannedStatement[] {
  if (archive.kind !== "columns") return [];
  const name = quoteName(archive.name);
  const target = pairs.find((pair) => sameName(pair.name, table))?.to;
  const row = archive.key
    .map(
      ({ before, after }) =>
        `now.${readColumn(after)} = ${keyAfter(`${name}.${quoteName(keyColumn(before))}`, target, after)}`,
    )
    .join(" AND ");
  return archive.converted.flatMap(({ before, after }) => {
    const column = quoteName(afterColumn(before));
    const value = `SELECT now.${quoteName(after)} FROM ${quoteName(table)} AS now WHERE ${row}`;
    const summary = `archive ${archive.table}.${before}`;
    return [
      { sql: `ALTER TABLE ${name} ADD COLUMN ${column}`, class: "exact" as const, summary },
      { sql: `UPDATE ${name} SET ${column} = (${value})`, class: "exact" as const, summary },
    ];
  });
}

/** A number that has become a text is looked up as one (a plus takes its affinity), or no index would serve. */
function keyAfter(value: string, table: TableDefinition | undefined, column: string): string {
  const type = table === undefined ? undefined : findColumn(table, column)?.type;
  return type !== undefined && affinityOf(type) === "text" ? `+${value}` : value;
}
