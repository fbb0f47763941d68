// Compares two schemas table by table and decides how each table gets from one to the other.
import { findTable, type Capture, type CapturedTable } from "./capture.ts";
import type { Renames } from "./change.ts";
import { parseIndex } from "../sql/index-definition.ts";
import { makeRoom, renameTable, targetName } from "./renames.ts";
import { retitle } from "../sql/retitle.ts";
import { isWord, normalizeSql, sameName, significant, tokenize } from "../sql/sql-tokens.ts";
import { mentions, sameTable } from "../sql/table-compare.ts";
import { findColumn, type ColumnDefinition, type TableDefinition } from "../sql/table-definition.ts";
import { parseTable } from "../sql/table-parser.ts";

/** A table in both schemas. `from` is as the renames leave it. */
export interface TablePair {
  readonly name: string;
  readonly from: TableDefinition;
  readonly to: TableDefinition;
  readonly captured: { readonly from: CapturedTable; readonly to: CapturedTable };
  /** Keys that no two rows of `to` may share: constraints and unique indexes on plain columns. */
  readonly uniqueKeys: readonly (readonly string[])[];
  readonly direction: Direction;
}

/** Whether a change is an upgrade, or takes one back. */
export type Direction = "up" | "down";

/** How a table gets from one definition to the other. */
export type TableChange =
  | { readonly kind: "none"; readonly pair: TablePair }
  | {
      readonly kind: "alter";
      readonly pair: TablePair;
      readonly dropped: readonly string[];
      readonly added: readonly ColumnDefinition[];
    }
  | { readonly kind: "rebuild"; readonly pair: TablePair };

/** All tables of two schemas, told apart. */
export interface TableChanges {
  readonly dropped: readonly CapturedTable[];
  readonly created: readonly CapturedTable[];
  readonly changes: readonly TableChange[];
}

/** Compares two schemas under the renames from the first to the second. */
export function compareTables(
  from: Capture,
  to: Capture,
  wished: Renames,
  direction: Direction = "up",
): TableChanges {
  const renames = makeRoom(wished, from);
  const dropped: CapturedTable[] = [];
  const changes: TableChange[] = [];
  const reached = new Set<CapturedTable>();
  for (const table of from.tables) {
    const name = targetName(renames, table.name);
    const target = name === undefined ? undefined : findTable(to, name);
    if (target === undefined || !isSameKind(table, target)) {
      dropped.push(table);
      continue;
    }
    reached.add(target);
    if (table.kind === "table") changes.push(decide({ ...pairOf(table, target, to, renames), direction }));
  }
  return { dropped, changes, created: to.tables.filter((table) => !reached.has(table)) };
}

/** A virtual table cannot be altered: one with another text is another table. */
function isSameKind(from: CapturedTable, to: CapturedTable): boolean {
  if (from.kind !== to.kind) return false;
  return (
    from.kind === "table" || normalizeSql(retitle(from.sql, to.name, from.name)) === normalizeSql(to.sql)
  );
}

function pairOf(
  from: CapturedTable,
  to: CapturedTable,
  schema: Capture,
  renames: Renames,
): Omit<TablePair, "direction"> {
  const definition = parseTable(to.sql);
  const keys = [
    ...(definition.primaryKey === undefined ? [] : [definition.primaryKey]),
    ...definition.uniques,
  ];
  return {
    name: to.name,
    from: renameTable(parseTable(from.sql), renames),
    to: definition,
    captured: { from, to },
    uniqueKeys: [...keys.map(({ columns }) => columns), ...uniqueIndexKeys(definition, schema)],
  };
}

function uniqueIndexKeys(table: TableDefinition, schema: Capture): (readonly string[])[] {
  return schema.objects
    .filter((object) => object.kind === "index" && sameName(object.table, table.name))
    .flatMap((object) => {
      const index = parseIndex(object.sql);
      return index.unique
        ? [index.parts.flatMap(({ column }) => (column === undefined ? [] : [column]))]
        : [];
    });
}

/** Whether rows that have no value for a column need different ones, since the column begins a key of new columns. */
export function needsOwnValues(
  { from, uniqueKeys, direction }: TablePair,
  column: ColumnDefinition,
): boolean {
  // The default is what the model says, and a random one differs by row. A downgrade must not fail at any other.
  const { defaultValue } = column;
  const hasDefault = defaultValue !== undefined && !/^\(*\s*null\s*\)*$/i.test(defaultValue);
  if (hasDefault && (direction === "up" || isRandom(defaultValue))) return false;
  return uniqueKeys.some(
    (key) => sameName(key[0] ?? "", column.name) && key.every((name) => findColumn(from, name) === undefined),
  );
}

function decide(pair: TablePair): TableChange {
  if (sameTable(pair.from, pair.to)) return { kind: "none", pair };
  const dropped = pair.from.columns.filter((column) => findColumn(pair.to, column.name) === undefined);
  const added = pair.to.columns.filter((column) => findColumn(pair.from, column.name) === undefined);
  const altered = alterColumns(pair.from, dropped, added, pair.to);
  const possible =
    // SQLite drops no last column, not even if another is added next.
    dropped.length < pair.from.columns.length &&
    dropped.every((column) => isDroppable(pair.from, column)) &&
    added.every((column) => isAddable(pair, column)) &&
    sameTable(altered, pair.to);
  if (!possible) return { kind: "rebuild", pair };
  return { kind: "alter", pair, dropped: dropped.map((column) => column.name), added };
}

/** What DROP COLUMN and ADD COLUMN would make of a table: what is added comes last. */
function alterColumns(
  table: TableDefinition,
  dropped: readonly ColumnDefinition[],
  added: readonly ColumnDefinition[],
  target: TableDefinition,
): TableDefinition {
  // ADD COLUMN writes one reference: a second key of the same column needs a rebuild.
  const own = added.flatMap(
    ({ name }) =>
      target.foreignKeys.find(({ columns }) => columns.length === 1 && sameName(columns[0] ?? "", name)) ??
      [],
  );
  return {
    ...table,
    columns: [...table.columns.filter((column) => !dropped.includes(column)), ...added],
    foreignKeys: [...table.foreignKeys, ...own],
  };
}

/** SQLite drops a column that nothing else in the table is made from. */
function isDroppable(table: TableDefinition, column: ColumnDefinition): boolean {
  const { name } = column;
  const isIn = (names: readonly string[]) => names.some((other) => sameName(other, name));
  const used =
    isIn(table.primaryKey?.columns ?? []) ||
    table.uniques.some((unique) => isIn(unique.columns)) ||
    table.foreignKeys.some((foreignKey) => isIn(foreignKey.columns)) ||
    table.checks.some((check) => mentions(check.expression, name)) ||
    table.columns.some((other) => other !== column && mentions(other.generated?.expression ?? "", name));
  return !used;
}

/** SQLite adds a column whose value for the rows that exist is a constant, or computed when it is read. */
function isAddable(pair: TablePair, column: ColumnDefinition): boolean {
  const { name, defaultValue, generated } = column;
  const table = pair.to;
  const isIn = (names: readonly string[]) => names.some((other) => sameName(other, name));
  if (isIn(table.primaryKey?.columns ?? [])) return false;
  if (table.uniques.some((unique) => isIn(unique.columns))) return false;
  if (generated !== undefined) return generated.kind === "virtual" && !column.notNull;
  const constant = defaultValue !== undefined && isConstant(defaultValue);
  if (defaultValue !== undefined && !constant) return false;
  const hasValue = constant && normalizeSql(defaultValue) !== "null";
  if (column.notNull && !hasValue) return false;
  if (hasValue && needsOwnValues(pair, column)) return false;
  // A reference with a value would be checked against the parent, which only NULL passes for sure.
  return !(hasValue && table.foreignKeys.some((foreignKey) => isIn(foreignKey.columns)));
}

/** Whether an expression gives another value for each row. */
function isRandom(expression: string): boolean {
  const words = significant(tokenize(expression));
  return words.some((word, at) => isWord(word, "RANDOM", "RANDOMBLOB") && words[at + 1]?.text === "(");
}

/** Whether a default is the same for every row: no expression and no clock. */
export function isConstant(defaultValue: string): boolean {
  return !defaultValue.startsWith("(") && !/^current_(?:time|date|timestamp)$/i.test(defaultValue);
}
