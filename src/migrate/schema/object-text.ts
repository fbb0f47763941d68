// The texts of indexes, views and triggers: which tables and columns their names stand for.
import type { Renames } from "./change.ts";
import { columnRenames, newTableName } from "./renames.ts";
import {
  foldName,
  isWord,
  nameOf,
  neighbour,
  replaceNames,
  sameName,
  significant,
  tokenize,
} from "../sql/sql-tokens.ts";
import type { Token } from "../sql/sql-tokens.ts";

/** The text of an index, view or trigger after renames; `table` is what it stands on, by its old name. */
export function renameObjectSql(sql: string, table: string, renames: Renames): string {
  if (renames.tables.length + renames.columns.length === 0) return sql;
  const scopes = scopesOf(tokenize(sql), table);
  return replaceNames(sql, (name, index, tokens) => {
    const next = neighbour(tokens, index, 1)?.text;
    const renamedTable = renames.tables.find(({ from }) => sameName(from, name));
    if (renamedTable !== undefined && isTablePosition(tokens, index, next)) return renamedTable.to;
    if (next === "(" && !isWord(neighbour(tokens, index, -1), "ON")) return undefined;
    const owners = ownersOf(scopes, tokens, index, table);
    return owners
      .map((owner) => columnRenames(renames, newTableName(renames, owner)).get(foldName(name)))
      .find(Boolean);
  });
}

/**
 * Whether a view or trigger reads a column of a table. A bare name counts if no other table that is named has such
 * a column.
 */
export function readsColumn(
  object: { readonly sql: string; readonly table: string },
  column: { readonly table: string; readonly name: string },
  hasColumn: (table: string, name: string) => boolean,
): boolean {
  const isOther = (owner: string) => !sameName(owner, column.table);
  const tokens = tokenize(object.sql);
  const scopes = scopesOf(tokens, object.table);
  return tokens.some((token, index) => {
    const name = nameOf(token);
    if (name === undefined || !sameName(name, column.name)) return false;
    if (isTablePosition(tokens, index, neighbour(tokens, index, 1)?.text)) return false;
    const owners = ownersOf(scopes, tokens, index, object.table);
    return (
      owners.some((owner) => !isOther(owner)) &&
      !owners.some((owner) => isOther(owner) && hasColumn(owner, column.name))
    );
  });
}

/** A stretch of tokens in which bare names mean the columns of the same tables. */
interface Scope {
  readonly start: number;
  readonly end: number;
  /** By the folded names and aliases that they are called by. */
  readonly tables: ReadonlyMap<string, string>;
  /** Whether bare names mean the columns of the table that the object stands on. */
  readonly isHead: boolean;
}

/** A trigger has a head and a scope for each statement of its body; everything else is one scope. */
function scopesOf(tokens: readonly Token[], table: string): Scope[] {
  const words = tokens.flatMap((token, index) => (isWord(token, "BEGIN") ? [index] : []));
  const isTrigger = isWord(significant(tokens)[1], "TRIGGER");
  const begin = isTrigger ? (words[0] ?? tokens.length) : tokens.length;
  const ends = tokens.flatMap((token, index) => (index > begin && token.text === ";" ? [index] : []));
  const bounds = [0, begin, ...ends, tokens.length];
  return bounds.slice(1).map((end, at) => {
    const start = bounds[at] ?? 0;
    return { start, end, isHead: at === 0, tables: namedTables(tokens, start, end, table) };
  });
}

function namedTables(
  tokens: readonly Token[],
  start: number,
  end: number,
  table: string,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (let index = start; index < end; index += 1) {
    const name = nameOf(tokens[index]);
    if (name === undefined || !isTablePosition(tokens, index, undefined)) continue;
    names.set(foldName(name), name);
    const alias = aliasOf(tokens, index);
    if (alias !== undefined) names.set(foldName(alias), name);
  }
  return names.set("new", table).set("old", table);
}

function aliasOf(tokens: readonly Token[], index: number): string | undefined {
  const next = neighbour(tokens, index, 1);
  if (next === undefined || nameOf(next) === undefined) return undefined;
  if (isWord(next, "AS")) return nameOf(neighbour(tokens, tokens.indexOf(next), 1));
  return isWord(next, ...clauseWords) ? undefined : nameOf(next);
}

/** The tables that a column's name may belong to: that of its qualifier, or all that are named beside it. */
function ownersOf(
  scopes: readonly Scope[],
  tokens: readonly Token[],
  index: number,
  table: string,
): string[] {
  const scope = scopes.find(({ start, end }) => index >= start && index < end);
  if (scope === undefined) return [];
  const dot = neighbour(tokens, index, -1);
  if (dot?.text === ".") {
    const owner = scope.tables.get(foldName(nameOf(neighbour(tokens, tokens.indexOf(dot), -1)) ?? ""));
    return owner === undefined ? [] : [owner];
  }
  const inserted = insertTable(tokens, index);
  if (inserted !== undefined) return [inserted];
  const named = [...scope.tables]
    .filter(([name]) => name !== "new" && name !== "old")
    .map(([, owner]) => owner);
  return [...new Set([...named, ...(scope.isHead ? [table] : [])])];
}

/** The table whose list of columns in an INSERT a name stands in. */
function insertTable(tokens: readonly Token[], index: number): string | undefined {
  let at = index;
  while (at > 0 && tokens[at]?.text !== "(") {
    if (tokens[at]?.text === ")") return undefined;
    at -= 1;
  }
  const name = neighbour(tokens, at, -1);
  if (name === undefined || nameOf(name) === undefined) return undefined;
  return isWord(neighbour(tokens, tokens.indexOf(name), -1), "INTO") ? nameOf(name) : undefined;
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
  if (isUpdated(tokens, index)) return false;
  return next === "." || isWord(previous, ...tableWords) || previous?.text === ",";
}

/** Whether a name stands in the list of columns of a trigger's `UPDATE OF a, b ON …`. */
function isUpdated(tokens: readonly Token[], index: number): boolean {
  for (let at = index; at > 0;) {
    const previous = neighbour(tokens, at, -1);
    if (isWord(previous, "OF")) return true;
    if (previous?.text !== ",") return false;
    const before = neighbour(tokens, tokens.indexOf(previous), -1);
    if (nameOf(before) === undefined || before === undefined) return false;
    at = tokens.indexOf(before);
  }
  return false;
}
