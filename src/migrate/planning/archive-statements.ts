// The statements that make an archive and fill it.
import { affinityOf } from "../sql/affinity.ts";
import {
  afterColumn,
  type Archive,
  type ColumnArchive,
  matchColumn,
  rowidColumn,
  type TableArchive,
  witnessColumn,
} from "./archive.ts";
import type { PlannedStatement } from "../schema/change.ts";
import { foldName, quoteName, quoteText, sameName } from "../sql/sql-tokens.ts";
import type { TablePair } from "../schema/table-changes.ts";
import { findColumn, isRowidAlias, readColumn, type TableDefinition } from "../sql/table-definition.ts";
import { parseTable } from "../sql/table-parser.ts";

/** The rowid of a mark's row: far from what VACUUM, a dump or a copy would make of it. */
export const markedRowid = 1_000_000;

/** Copies what goes. First in the upgrade. */
export function openArchive(archive: Archive, pair: TablePair | undefined): PlannedStatement[] {
  const statements =
    archive.kind === "columns" && pair !== undefined
      ? copyColumns(archive, pair)
      : archive.kind === "table"
        ? copyTable(archive)
        : [];
  return statements.map((sql) => ({ sql, class: "exact", summary: `archive ${archive.table}` }));
}

function copyTable(archive: TableArchive): string[] {
  const name = quoteName(archive.name);
  const columns = archive.columns.map(quoteName);
  const rowid = archive.columns.some((column) => foldName(column) === "rowid") ? "_rowid_" : "rowid";
  const all = [
    ...(archive.keepsRowid ? [`${rowid} AS ${quoteName(rowidColumn)}`] : []),
    ...columns,
    ...(archive.witness === witnessColumn ? [`1 AS ${quoteName(witnessColumn)}`] : []),
  ];
  const copy = `CREATE TABLE ${name} AS SELECT ${all.join(", ")} FROM ${quoteName(archive.table)}`;
  if (archive.sequence === undefined) return [copy];
  const sequence = `CREATE TABLE ${quoteName(archive.sequence)} AS SELECT seq FROM sqlite_sequence WHERE name = ${quoteText(archive.table)}`;
  return [copy, sequence];
}

interface ArchivedColumn {
  readonly name: string;
  readonly definition: string;
  /** What is copied into it; undefined for what is not known before the upgrade has run. */
  readonly value: string | undefined;
}

/** The key has the live key's affinity and collation, so that both say of the same two values that they are the same. */
function copyColumns(archive: ColumnArchive, pair: TablePair): string[] {
  const name = quoteName(archive.name);
  const old = parseTable(pair.captured.from.sql);
  const keys = archive.key.map(({ before, after, collate }): ArchivedColumn => {
    const kept = matchColumn(archive, before);
    const column = findColumn(pair.to, after);
    const type = column === undefined ? "INTEGER" : declared(pair.to, after);
    const collation = collate ?? column?.collate;
    const definition = `${quoteName(kept)} ${type}`.trimEnd();
    return {
      name: kept,
      definition: collation === undefined ? definition : `${definition} COLLATE ${collation}`,
      value: readColumn(before),
    };
  });
  const values = [...archive.dropped, ...archive.converted.map(({ before }) => before)]
    .filter((column) => !keys.some((key) => sameName(key.name, column)))
    .map((column): ArchivedColumn => {
      const definition = `${quoteName(column)} ${declared(old, column)}`.trimEnd();
      return { name: column, definition, value: quoteName(column) };
    });
  const afters = convertedValues(archive).map(({ before }): ArchivedColumn => {
    const column = afterColumn(before);
    return { name: column, definition: quoteName(column), value: undefined };
  });
  const witness =
    archive.witness === witnessColumn
      ? [{ name: witnessColumn, definition: `${quoteName(witnessColumn)} INTEGER`, value: "1" }]
      : [];
  const columns = [...keys, ...values, ...afters, ...witness];
  const copied = columns.filter(({ value }) => value !== undefined);
  const [only] = archive.key;
  const isRowid =
    only !== undefined &&
    archive.key.length === 1 &&
    (findColumn(pair.to, only.after) === undefined || isRowidAlias(pair.to, only.after));
  const order = isRowid ? "" : ` ORDER BY ${keys.map(({ value }) => `+${value ?? ""}`).join(", ")}`;
  return [
    isRowid ? withRowidKey(name, columns) : withKey(name, columns, keys),
    `INSERT INTO ${name} (${copied.map((column) => quoteName(column.name)).join(", ")}) SELECT ${copied
      .map(({ value }) => value)
      .join(", ")} FROM ${quoteName(archive.table)}${order}`,
    ...markRows(archive),
  ];
}

function withRowidKey(name: string, [key, ...others]: readonly ArchivedColumn[]): string {
  const columns = [`${key?.definition ?? ""} PRIMARY KEY`, ...others.map(({ definition }) => definition)];
  return `CREATE TABLE ${name} (${columns.join(", ")})`;
}

function withKey(name: string, columns: readonly ArchivedColumn[], keys: readonly ArchivedColumn[]): string {
  const written = columns.map((column) =>
    keys.includes(column) ? `${column.definition} NOT NULL` : column.definition,
  );
  const key = `PRIMARY KEY (${keys.map((column) => quoteName(column.name)).join(", ")})`;
  return `CREATE TABLE ${name} (${[...written, key].join(", ")}) WITHOUT ROWID`;
}

/** A type that stores every value of the column as it is. */
function declared(table: TableDefinition, name: string): string {
  const column = findColumn(table, name);
  if (column === undefined) return "";
  const affinity = affinityOf(column.type, table.strict);
  return affinity === "blob" ? "" : affinity.toUpperCase();
}

/** The mark has no key and no index, so that VACUUM, a dump or a copy renumber its row wherever they renumber others. */
function markRows({ mark }: ColumnArchive): string[] {
  if (mark === undefined) return [];
  return [
    `CREATE TABLE ${quoteName(mark)} (\`in_step\` INTEGER NOT NULL CHECK (\`in_step\`))`,
    `INSERT INTO ${quoteName(mark)} (rowid, \`in_step\`) VALUES (${markedRowid}, 1)`,
  ];
}

/** Fails if the rows have been renumbered; in the downgrade, before anything is read from the archive. */
export function checkMark(mark: string): string {
  const name = quoteName(mark);
  return `INSERT INTO ${name} (\`in_step\`) SELECT EXISTS (SELECT 1 FROM ${name} WHERE rowid = ${markedRowid})`;
}

/** Converted columns that are no part of the key: the key is archived as it is afterwards. */
function convertedValues({ converted, key }: ColumnArchive): ColumnArchive["converted"] {
  return converted.filter((column) => !key.some(({ before }) => sameName(before, column.before)));
}

/** Adds what the conversions made of the values; only then can an edit be told from a conversion. */
export function closeArchive(archive: ColumnArchive, pair: TablePair): PlannedStatement[] {
  const name = quoteName(archive.name);
  const row = archive.key
    .map(({ before, after, collate }) => {
      const kept = `${name}.${quoteName(matchColumn(archive, before))}`;
      return `now.${readColumn(after)} = ${kept}${collate === undefined ? "" : ` COLLATE ${collate}`}`;
    })
    .join(" AND ");
  return convertedValues(archive).map(({ before, after }) => ({
    sql: `UPDATE ${name} SET ${quoteName(afterColumn(before))} = (SELECT now.${quoteName(after)} FROM ${quoteName(pair.name)} AS now WHERE ${row})`,
    class: "exact",
    summary: `archive ${archive.table}.${before}`,
  }));
}
