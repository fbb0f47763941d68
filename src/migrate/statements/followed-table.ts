// One table on its way through a script: its definition at each moment, and which columns of before its columns are.
import { affinityOf } from "../sql/affinity.ts";
import type { CapturedTable } from "../schema/capture.ts";
import { MigrationError } from "../errors.ts";
import { isMadeFrom, type RowSource, type SelectedValue } from "./row-selection.ts";
import { foldName, sameName } from "../sql/sql-tokens.ts";
import {
  type ColumnDefinition,
  findColumn,
  isRowidAlias,
  type TableDefinition,
} from "../sql/table-definition.ts";
import { parseTable } from "../sql/table-parser.ts";

/** What is known of a column besides its definition. */
export interface ColumnTrace {
  /** The column of the schema before whose values it has. */
  readonly origin: string | undefined;
  /** NULL in every row that was there before. */
  readonly empty: boolean;
}

/** A table at one moment. */
export interface TableMoment {
  readonly definition: TableDefinition;
  /** By folded name. */
  readonly traces: ReadonlyMap<string, ColumnTrace>;
}

/** A table whose text has been read already. */
export interface KnownTable extends CapturedTable {
  readonly definition: TableDefinition;
}

/** A table of before as the script finds it. */
export function momentOf(table: CapturedTable | KnownTable): TableMoment {
  const definition = "definition" in table ? table.definition : readDefinition(table.name, table.sql);
  const traces = definition.columns.map(
    ({ name }) => [foldName(name), { origin: name, empty: false }] as const,
  );
  return { definition, traces: new Map(traces) };
}

/** A table's definition; without columns if it is virtual, or cannot be read. */
export function readDefinition(name: string, sql: string): TableDefinition {
  try {
    return { ...parseTable(sql), name };
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    return emptyTable(name);
  }
}

function emptyTable(name: string): TableDefinition {
  return {
    name,
    columns: [],
    primaryKey: undefined,
    uniques: [],
    checks: [],
    foreignKeys: [],
    strict: false,
    withoutRowid: false,
  };
}

/** A new table: it holds nothing of before. */
export function newMoment(definition: TableDefinition): TableMoment {
  const traces = definition.columns.map(({ name }) => [foldName(name), unknown] as const);
  return { definition, traces: new Map(traces) };
}

const unknown: ColumnTrace = { origin: undefined, empty: false };

/** What is known of a column; nothing for one that is not there. */
export function traceOf({ traces }: TableMoment, column: string): ColumnTrace {
  return traces.get(foldName(column)) ?? unknown;
}

/** Columns that the script writes to are not NULL throughout any more; all of them if none are named. */
export function fillColumns(
  { definition, traces }: TableMoment,
  columns: readonly string[] | undefined,
): TableMoment {
  const written = columns?.map(foldName);
  const filled = [...traces].map(
    ([name, trace]) =>
      [name, written?.includes(name) === false ? trace : { ...trace, empty: false }] as const,
  );
  return { definition, traces: new Map(filled) };
}

/** A column with its own constraints, as ADD COLUMN and ALTER COLUMN have it. */
export function readColumnDefinition(table: string, text: string): TableDefinition {
  return readDefinition(table, `CREATE TABLE x (${text})`);
}

/** Which value of a copy each column of the filled table gets. */
export interface Copying {
  readonly target: TableMoment;
  readonly origin: TableMoment;
  /** The value that a column of the target gets, by folded name; undefined if values cannot be told. */
  readonly values: ReadonlyMap<string, SelectedValue> | undefined;
}

/** Lays the values of a SELECT on the columns of the table that they fill. */
export function layValues(
  target: TableMoment,
  origin: TableMoment,
  source: RowSource,
  columns: readonly string[] | undefined,
): Copying {
  const selected = source.values?.flatMap((value) =>
    value.column === "*"
      ? origin.definition.columns.map((column) => ({
          column: column.name,
          converted: false,
          name: column.name,
          words: [],
        }))
      : [value],
  );
  const names = columns ?? target.definition.columns.filter(isStored).map(({ name }) => name);
  const values = selected && new Map(names.flatMap((name, at) => pairOf(name, selected[at])));
  return { target, origin, values };
}

/** The values of a copy of a copy, in terms of the first table. */
export function joinValues(later: Copying["values"], earlier: Copying["values"]): Copying["values"] {
  if (later === undefined || earlier === undefined) return undefined;
  const joined = [...later].flatMap(([name, value]): [string, SelectedValue][] => {
    const first = earlier.get(foldName(value.column ?? ""));
    return first === undefined
      ? [[name, value]]
      : [[name, { ...first, converted: first.converted || value.converted }]];
  });
  return new Map(joined);
}

function isStored({ generated }: ColumnDefinition): boolean {
  return generated === undefined;
}

function pairOf(name: string, value: SelectedValue | undefined): [string, SelectedValue][] {
  return value === undefined ? [] : [[foldName(name), value]];
}

/** The column of the origin that goes on as a column of the target; undefined for one that is new. */
export function continued({ target, origin, values }: Copying, name: string): ColumnDefinition | undefined {
  const same = findColumn(origin.definition, name);
  const value = values?.get(foldName(name));
  if (values === undefined) return same;
  const generated = findColumn(target.definition, name)?.generated;
  if (value === undefined) return generated === undefined ? undefined : same;
  if (same !== undefined && isMadeFrom(value, name)) return same;
  const source = value.column === undefined ? undefined : findColumn(origin.definition, value.column);
  if (source === undefined) return undefined;
  if (sameName(source.name, name)) return source;
  // Beside a copy under its own name, this is a second one.
  const own = values.get(foldName(source.name));
  return own !== undefined && isMadeFrom(own, source.name) ? undefined : source;
}

/** What is known of the target's columns once the copy has run. */
export function traceCopy(copying: Copying): TableMoment {
  const { target, origin, values } = copying;
  const traces = target.definition.columns.map(({ name, defaultValue, generated }) => {
    const source = continued(copying, name);
    if (source !== undefined) return [foldName(name), traceOf(origin, source.name)] as const;
    const isGiven = values?.has(foldName(name)) ?? true;
    const isNull = !isGiven && (defaultValue === undefined || /^null$/i.test(defaultValue));
    const empty = isNull && generated === undefined && !isRowidAlias(target.definition, name);
    return [foldName(name), { origin: undefined, empty }] as const;
  });
  return { definition: target.definition, traces: new Map(traces) };
}

/** The table that CREATE TABLE … AS makes: columns with the affinity of what they copy, and no constraint. */
export function tableOfSource(name: string, source: RowSource, origin: TableDefinition): TableDefinition {
  const columns = (source.values ?? []).flatMap((value) => {
    if (value.column === "*")
      return origin.columns.map((column) => bareColumn(column.name, column.type, origin));
    const copied = findColumn(origin, value.column ?? "");
    const label = value.name ?? value.words.map(({ text }) => text).join("");
    return [bareColumn(label, copied?.type ?? "", origin)];
  });
  return { ...emptyTable(name), columns };
}

const affinityNames = { integer: "INT", text: "TEXT", blob: "", real: "REAL", numeric: "NUM" };

function bareColumn(name: string, type: string, { strict }: TableDefinition): ColumnDefinition {
  return {
    name,
    type: affinityNames[affinityOf(type, strict)],
    notNull: false,
    notNullConflict: undefined,
    defaultValue: undefined,
    collate: undefined,
    generated: undefined,
  };
}
