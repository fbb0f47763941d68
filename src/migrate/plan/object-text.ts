// The texts of indexes, views and triggers: which tables and columns their names stand for.
import type { Renames } from "./change.ts";
import { columnRenames, newTableName } from "./renames.ts";
import { foldName, isWord, nameOf, neighbour, replaceNames, sameName, tokenize } from "./sql-tokens.ts";
import type { Token } from "./sql-tokens.ts";

/** The text of an index, view or trigger after renames; `table` is what it stands on, by its old name. */
export function renameObjectSql(sql: string, table: string, renames: Renames): string {
  if (renames.tables.length + renames.columns.length === 0) return sql;
  const tables = namedTables(sql, table);
  return replaceNames(sql, (name, index, tokens) => {
    const next = neighbour(tokens, index, 1)?.text;
    const renamedTable = renames.tables.find(({ from }) => sameName(from, name));
    if (renamedTable !== undefined && isTablePosition(tokens, index, next)) return renamedTable.to;
    if (next === "(" && !isWord(neighbour(tokens, index, -1), "ON")) return undefined;
    const owners = ownersOf(tables, tokens, index);
    return owners
      .map((owner) => columnRenames(renames, newTableName(renames, owner)).get(foldName(name)))
      .find(Boolean);
  });
}

/**
 * Whether a view or trigger reads a column of a table. A bare name counts where no other table that is named has such
 * a column.
 */
export function readsColumn(
  object: { readonly sql: string; readonly table: string },
  column: { readonly table: string; readonly name: string },
  hasColumn: (table: string, name: string) => boolean,
): boolean {
  const tables = namedTables(object.sql, object.table);
  const isOther = (owner: string) => !sameName(owner, column.table);
  const tokens = tokenize(object.sql);
  return tokens.some((token, index) => {
    const name = nameOf(token);
    if (name === undefined || !sameName(name, column.name)) return false;
    if (isTablePosition(tokens, index, neighbour(tokens, index, 1)?.text)) return false;
    const owners = ownersOf(tables, tokens, index);
    return (
      owners.some((owner) => !isOther(owner)) &&
      !owners.some((owner) => isOther(owner) && hasColumn(owner, column.name))
    );
  });
}

/** The tables that a text names, by the folded names and aliases that it calls them by. */
function namedTables(sql: string, table: string): ReadonlyMap<string, string> {
  const tokens = tokenize(sql);
  const names = new Map([
    ["new", table],
    ["old", table],
    [foldName(table), table],
  ]);
  for (const [index, token] of tokens.entries()) {
    const name = nameOf(token);
    if (name === undefined || !isTablePosition(tokens, index, undefined)) continue;
    names.set(foldName(name), name);
    const alias = aliasOf(tokens, index);
    if (alias !== undefined) names.set(foldName(alias), name);
  }
  return names;
}

function aliasOf(tokens: readonly Token[], index: number): string | undefined {
  const next = neighbour(tokens, index, 1);
  if (next === undefined || nameOf(next) === undefined) return undefined;
  if (isWord(next, "AS")) return nameOf(neighbour(tokens, tokens.indexOf(next), 1));
  return isWord(next, ...clauseWords) ? undefined : nameOf(next);
}

/** The tables that a column's name may belong to: that of its qualifier, or all that are named. */
function ownersOf(tables: ReadonlyMap<string, string>, tokens: readonly Token[], index: number): string[] {
  const dot = neighbour(tokens, index, -1);
  if (dot?.text !== ".") return [...new Set(tables.values())];
  const owner = tables.get(foldName(nameOf(neighbour(tokens, tokens.indexOf(dot), -1)) ?? ""));
  return owner === undefined ? [] : [owner];
}

const tableWords = ["ON", "FROM", "JOIN", "INTO", "UPDATE", "TABLE", "REFERENCES"];

// prettier-ignore
const clauseWords = [
  "WHERE", "ON", "JOIN", "LEFT", "RIGHT", "FULL", "INNER", "OUTER", "CROSS", "NATURAL", "USING", "GROUP", "ORDER", "SET",
  "WHEN", "BEGIN", "LIMIT", "UNION", "EXCEPT", "INTERSECT", "VALUES", "SELECT", "FOR", "INDEXED", "NOT", "HAVING",
  "WINDOW", "RETURNING", "DEFAULT",
];

function isTablePosition(tokens: readonly Token[], index: number, next: string | undefined): boolean {
  const previous = neighbour(tokens, index, -1);
  return next === "." || isWord(previous, ...tableWords) || previous?.text === ",";
}
