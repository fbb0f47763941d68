// Tables with a column more or less, as ALTER TABLE leaves them.
import { sameName } from "./sql-tokens.ts";
import type { TableDefinition } from "./table-definition.ts";

/** With what a definition of a column adds. */
export function joinColumn(table: TableDefinition, added: TableDefinition): TableDefinition {
  return {
    ...table,
    columns: [...table.columns, ...added.columns],
    checks: [...table.checks, ...added.checks],
    uniques: [...table.uniques, ...added.uniques],
    foreignKeys: [...table.foreignKeys, ...added.foreignKeys],
  };
}

/** Without a column, and without the foreign keys that it has by itself. */
export function withoutColumn(table: TableDefinition, column: string): TableDefinition {
  return {
    ...withoutKeys(table, column),
    columns: table.columns.filter(({ name }) => !sameName(name, column)),
  };
}

/** Without the foreign keys that a column has by itself. */
export function withoutKeys(table: TableDefinition, column: string): TableDefinition {
  const isOwn = ({ columns }: { readonly columns: readonly string[] }) =>
    columns.length === 1 && sameName(columns[0] ?? "", column);
  return { ...table, foreignKeys: table.foreignKeys.filter((key) => !isOwn(key)) };
}
