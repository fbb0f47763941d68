// The rows that a table will have after a planned change, as a query over the schema before it.
import { affinityOf, storedAs } from "../sql/affinity.ts";
import { type Archive, type ColumnArchive, rowidColumn } from "./archive.ts";
import { joinArchive, valueOf } from "./row-source.ts";
import { foldName, quoteName, sameName } from "../sql/sql-tokens.ts";
import { dropQualifiers, mentions } from "../sql/table-compare.ts";
import type { TableChanges, TablePair } from "../schema/table-changes.ts";
import { findColumn, rowidName, type TableDefinition } from "../sql/table-definition.ts";
import { parseTable } from "../sql/table-parser.ts";

/** A table's future rows. */
export interface FutureRows {
  readonly table: TableDefinition;
  /** What the rows come from; undefined for a table whose rows come from its archive, or that has none. */
  readonly pair: TablePair | undefined;
  /** A SELECT of the columns of the table as it will be; columns of its key besides, under names of our own. */
  readonly rows: string;
  /** How a row is named: columns of `rows`. */
  readonly key: string;
  /** Columns that do not come from the same column of the table before, or may be changed on the way. */
  readonly changed: ReadonlySet<string>;
}

/** The future rows of each table that there will be. */
export function listFutureRows(tables: TableChanges, archives: readonly Archive[]): FutureRows[] {
  const kept = tables.changes.map(({ kind, pair }) =>
    kind === "none" ? unchangedRows(pair) : changedRows(pair, archives),
  );
  const created = tables.created
    .filter((table) => table.kind === "table")
    .map((table) => {
      const archive = archives.find(
        (candidate) => candidate.kind === "table" && sameName(candidate.table, table.name),
      );
      return createdRows(parseTable(table.sql), archive);
    });
  return [...kept, ...created];
}

const keyName = (at: number) => quoteName(`__key_${at}`);

interface OldRows {
  /** A FROM item called `old`: the table before by the names after the renames, with its rowid. */
  readonly from: string;
  /** What a row is named by, as columns of `old`, and then as columns of the future rows. */
  readonly read: string;
  readonly key: string;
}

function readOld({ from, captured }: TablePair): OldRows {
  const rowid = rowidName(from);
  const oldName = (at: number) => captured.from.columns[at]?.name ?? "";
  const columns = from.columns.map((column, at) => `${quoteName(oldName(at))} AS ${quoteName(column.name)}`);
  const keys = (from.primaryKey?.columns ?? []).map((name) => ({
    name,
    label: oldName(from.columns.findIndex((column) => sameName(column.name, name))),
  }));
  if (keys.length === 0 && rowid !== undefined) keys.push({ name: rowidColumn, label: rowid });
  const all = [...(rowid === undefined ? [] : [`${rowid} AS ${quoteName(rowidColumn)}`]), ...columns];
  return {
    from: `(SELECT ${all.join(", ")} FROM ${quoteName(captured.from.name)}) AS old`,
    read:
      keys.length === 0
        ? `1 AS ${keyName(0)}`
        : keys.map(({ name }, at) => `old.${quoteName(name)} AS ${keyName(at)}`).join(", "),
    key:
      keys.length === 0
        ? keyName(0)
        : keys.map(({ label }, at) => `${keyName(at)} AS ${quoteName(label)}`).join(", "),
  };
}

function unchangedRows(pair: TablePair): FutureRows {
  const { from, read, key } = readOld(pair);
  return { table: pair.to, pair, rows: `SELECT ${read}, old.* FROM ${from}`, key, changed: new Set() };
}

/** The rows that come back from an archive; none without one. */
function createdRows(table: TableDefinition, archive: Archive | undefined): FutureRows {
  const changed = new Set(table.columns.map((column) => foldName(column.name)));
  if (archive === undefined) {
    const rows = `SELECT ${table.columns.map((column) => `NULL AS ${quoteName(column.name)}`).join(", ")} WHERE 0`;
    return { table, pair: undefined, rows, key: "*", changed };
  }
  const key =
    table.primaryKey?.columns.map(quoteName).join(", ") ??
    (archive.kind === "table" && archive.keepsRowid ? quoteName(rowidColumn) : "*");
  return {
    table,
    pair: undefined,
    rows: compute(table, `SELECT * FROM ${quoteName(archive.name)}`),
    key,
    changed,
  };
}

function changedRows(pair: TablePair, archives: readonly Archive[]): FutureRows {
  const archive = archives.find(
    (candidate): candidate is ColumnArchive =>
      candidate.kind === "columns" && sameName(candidate.table, pair.name),
  );
  const { from, read, key } = readOld(pair);
  const source = {
    pair,
    archive,
    rowid: rowidName(pair.from) === undefined ? undefined : quoteName(rowidColumn),
  };
  const changed = new Set<string>();
  const values = pair.to.columns
    .filter((column) => column.generated === undefined)
    .map((column) => {
      const value = valueOf(source, column);
      const old = findColumn(pair.from, column.name);
      const affinity = affinityOf(column.type, pair.to.strict);
      const isPlain = old !== undefined && value === `old.${quoteName(column.name)}`;
      if (isPlain && affinity === affinityOf(old.type, pair.from.strict))
        return `${value} AS ${quoteName(column.name)}`;
      changed.add(foldName(column.name));
      return `${storedAs(`(${value})`, affinity)} AS ${quoteName(column.name)}`;
    });
  const rows = `SELECT ${[read, ...values].join(", ")} FROM ${from}${joinArchive(source)}`;
  return { table: pair.to, pair, rows: compute(pair.to, rows), key, changed };
}

/** Generated columns, each from those before it. */
function compute(table: TableDefinition, rows: string): string {
  let query = rows;
  let open = table.columns.filter((column) => column.generated !== undefined);
  while (open.length > 0) {
    const ready = open.find(
      ({ generated }) => !open.some((other) => mentions(generated?.expression ?? "", other.name)),
    );
    if (ready?.generated === undefined) return query;
    const expression = dropQualifiers(ready.generated.expression, [table.name]);
    query = `SELECT *, (${expression}) AS ${quoteName(ready.name)} FROM (${query})`;
    open = open.filter((column) => column !== ready);
  }
  return query;
}
