// What an upgrade puts aside before it removes values, as plain SQL in the reviewed files: copies without foreign keys,
// so that an archive never blocks a live table, and triggers that keep each copy in step with the rows it belongs to.
import {
  type Archive,
  type ArchivePlan,
  archivePrefix,
  beforeName,
  type ColumnArchive,
  convertedColumns,
  droppedColumns,
  type KeyPart,
  matchColumn,
  rowidColumn,
  type TableArchive,
  witnessColumn,
} from "./archive.ts";
import { closeArchive, openArchive } from "./archive-statements.ts";
import { followParents, followRows, type ParentTriggers } from "./archive-triggers.ts";
import type { Capture, CapturedObject, CapturedTable } from "../schema/capture.ts";
import type { PlannedStatement, Removal, Renames } from "../schema/change.ts";
import { isContentless, readsContent } from "../schema/full-text.ts";
import { sameName } from "../sql/sql-tokens.ts";
import { compareTables, type TablePair } from "../schema/table-changes.ts";
import {
  findColumn,
  isRowidAlias,
  rowidAlias,
  rowidName,
  type UniqueDefinition,
} from "../sql/table-definition.ts";
import { parseTable } from "../sql/table-parser.ts";

/** Plans the archives for everything that a revision removes. */
export function planArchives(before: Capture, after: Capture, renames: Renames, tag: string): ArchivePlan {
  const { dropped, changes } = compareTables(before, after, renames);
  const made: { readonly archive: Archive; readonly pair: TablePair | undefined }[] = [];
  const impossible: { removal: Removal; reason: string }[] = [];
  const nextName = () => `${archivePrefix}${tag}_${made.length + 1}`;
  for (const table of dropped) {
    if (isContentless(table)) {
      impossible.push({
        removal: { kind: "table", table: table.name },
        reason: "a contentless index cannot be read",
      });
    } else if (!readsContent(table)) made.push({ archive: archiveTable(table, nextName()), pair: undefined });
  }
  for (const { pair } of changes) {
    const gone = droppedColumns(pair);
    const converted = convertedColumns(pair);
    if (gone.length + converted.length === 0) continue;
    const archive = archiveColumns(pair, { name: nextName(), gone, converted });
    if (archive !== undefined) made.push({ archive, pair });
    else {
      const reason = "no key of the table stays the same in this revision";
      const column = [...gone, ...converted].join(", ");
      impossible.push({ removal: { kind: "column", table: pair.captured.from.name, column }, reason });
    }
  }
  const all = made.map(({ archive }) => archive);
  const linked = made.map(({ archive, pair }) =>
    link(archive, pair, followParents(archive, { before, after, renames, archives: all })),
  );
  return {
    archives: linked.map(({ archive }) => archive),
    impossible,
    opening: linked.flatMap(({ archive, pair, indexes }) => [...openArchive(archive, pair), ...indexes]),
    closing: [
      ...linked.flatMap(({ archive, pair }) =>
        archive.kind === "columns" && pair !== undefined ? closeArchive(archive, pair) : [],
      ),
      ...linked.flatMap(({ triggers }) => triggers),
    ],
  };
}

interface Linked {
  readonly archive: Archive;
  readonly pair: TablePair | undefined;
  readonly indexes: readonly PlannedStatement[];
  readonly triggers: readonly PlannedStatement[];
}

/** Adds the triggers, and the column by which a pruned archive is known. */
function link(archive: Archive, pair: TablePair | undefined, parents: readonly ParentTriggers[]): Linked {
  const own = archive.kind === "columns" && pair !== undefined ? followRows(archive, pair) : [];
  const triggers = [...own, ...parents.flatMap((parent) => parent.triggers)];
  const read = [
    ...(archive.kind === "columns" ? archive.key.map(({ before }) => matchColumn(archive, before)) : []),
    ...parents.flatMap(({ columns }) => columns),
  ];
  const all =
    archive.kind === "table"
      ? [...(archive.keepsRowid ? [rowidColumn] : []), ...archive.columns]
      : [...archive.dropped, ...archive.converted.map(({ before }) => before)];
  const witness =
    all.find((column) => !read.some((other) => sameName(other, column))) ??
    (triggers.length === 0 ? (all[0] ?? witnessColumn) : witnessColumn);
  const statement = (sql: string): PlannedStatement => ({
    sql,
    class: "exact",
    summary: `archive ${archive.table}`,
  });
  const isArchive = ({ table }: CapturedObject) => table.startsWith(archivePrefix);
  const live = triggers.filter((trigger) => !isArchive(trigger));
  return {
    archive: { ...archive, triggers: live, witness },
    pair,
    indexes: parents.map(({ index }) => statement(index)),
    triggers: triggers.map(({ sql }) => statement(sql)),
  };
}

function archiveTable(table: CapturedTable, name: string): TableArchive {
  const shared = { kind: "table", name, table: table.name, triggers: [], witness: "" } as const;
  if (table.kind === "virtual") {
    const columns = table.columns.map((column) => column.name);
    return { ...shared, columns, keepsRowid: true, sequence: undefined };
  }
  const definition = parseTable(table.sql);
  const columns = definition.columns
    .filter((column) => column.generated === undefined)
    .map((column) => column.name);
  const sequence = definition.primaryKey?.autoincrement === true ? `${name}_sequence` : undefined;
  const keepsRowid = rowidAlias(definition) === undefined && rowidName(definition) !== undefined;
  return { ...shared, columns, keepsRowid, sequence };
}

interface ColumnsToArchive {
  readonly name: string;
  readonly gone: readonly string[];
  readonly converted: readonly string[];
}

function archiveColumns(
  pair: TablePair,
  { name, gone, converted }: ColumnsToArchive,
): ColumnArchive | undefined {
  const before = (column: string) => beforeName(pair, column);
  const found = findKey(pair, converted)?.map((part): KeyPart => ({
    ...part,
    before: before(part.after),
    after: part.after,
  }));
  const key = found ?? findRowid(pair);
  const [only] = key ?? [];
  const isNumbered =
    only !== undefined && findColumn(pair.to, only.after) === undefined && rowidAlias(pair.to) === undefined;
  return (
    key && {
      kind: "columns",
      name,
      table: pair.captured.from.name,
      key,
      dropped: gone.map(before),
      converted: converted.map((column) => ({ before: before(column), after: column })),
      mark: isNumbered ? `${name}_mark` : undefined,
      triggers: [],
      witness: "",
    }
  );
}

/** A key by which a row is found again after the upgrade: best one that stays as it is. */
function findKey(
  { from, to, uniqueKeys }: TablePair,
  converted: readonly string[],
): readonly Omit<KeyPart, "before">[] | undefined {
  const isConverted = (name: string) => converted.includes(name);
  const keys = [...(from.primaryKey === undefined ? [] : [from.primaryKey]), ...from.uniques].filter(
    ({ columns }) =>
      columns.length > 0 &&
      columns.every((name) => stays(name) && isFilled(name)) &&
      // What a conversion makes of two keys may be one, unless the table forbids it.
      (!columns.some(isConverted) || uniqueKeys.some((key) => isSameSet(key, columns))),
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
  const chosen = keys.find(({ columns }) => !columns.some(isConverted)) ?? keys[0];
  return chosen?.columns.map((after, at) => ({ after, collate: collationOf(chosen, at) }));
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name) => other.some((own) => sameName(own, name)));
}

function collationOf(key: UniqueDefinition, at: number): string | undefined {
  return /collate\s+(\S+)/i.exec(key.suffixes[at] ?? "")?.[1];
}

/** The rowid, if the rows keep it. */
function findRowid({ from, to }: TablePair): ColumnArchive["key"] | undefined {
  const [before, after] = [rowidName(from), rowidName(to)];
  if (before === undefined || after === undefined) return undefined;
  const alias = rowidAlias(to);
  const keeps = alias === undefined || findColumn(from, alias) === undefined || isRowidAlias(from, alias);
  return keeps ? [{ before, after, collate: undefined }] : undefined;
}
