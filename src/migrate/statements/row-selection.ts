// Where the rows of an INSERT … SELECT come from, and which column each value was.
import { splitParts } from "../sql/sql-cursor.ts";
import { isWord, nameOf, sameName, significant, type Token } from "../sql/sql-tokens.ts";

/** One value that is selected. */
export interface SelectedValue {
  /** `*`, or the column that it is and nothing else. */
  readonly column: string | undefined;
  /** Whether that column's value passes a CAST or a COALESCE on its way. */
  readonly converted: boolean;
  /** What it is called: its alias, or the column. */
  readonly name: string | undefined;
  readonly words: readonly Token[];
}

/** A SELECT, as far as a copy of rows has to be understood. */
export interface RowSource {
  /** All tables that are named in it. */
  readonly tables: readonly string[];
  /** The table that the rows are those of; undefined if it is not one alone. */
  readonly from: string | undefined;
  /** Undefined if they cannot be told. */
  readonly values: readonly SelectedValue[] | undefined;
  /** Whether rows may be left out: by a condition, a join, a limit, an ON CONFLICT DO NOTHING. */
  readonly leavesOut: boolean;
}

/** Reads what stands behind INSERT INTO … or CREATE TABLE … AS. */
export function readSource(tokens: readonly Token[]): RowSource {
  const words = significant(tokens);
  const tables = words.flatMap((_, at) => tableAt(words, at) ?? []);
  const start = topLevel(words).find((at) => isWord(words[at], "SELECT"));
  if (start === undefined || isWord(words[0], "WITH")) {
    return { tables, from: undefined, values: undefined, leavesOut: leavesOut(words) };
  }
  const distinct = isWord(words[start + 1], "DISTINCT");
  const first = start + (distinct || isWord(words[start + 1], "ALL") ? 2 : 1);
  const from = topLevel(words).find((at) => at > start && isWord(words[at], "FROM"));
  const parts = splitParts(words.slice(first, from ?? words.length));
  return {
    tables,
    from: from === undefined ? undefined : tableAt(words, from + 1),
    values: parts.map(readValue),
    leavesOut: distinct || (from !== undefined && leavesOut(words.slice(from))),
  };
}

/** The name of a table, if one stands here: `FROM users`, `JOIN main.users`. */
function tableAt(words: readonly Token[], at: number): string | undefined {
  if (!isWord(words[at - 1], "FROM", "JOIN")) return undefined;
  return nameOf(words[words[at + 1]?.text === "." ? at + 2 : at]);
}

/** The places of the words that stand in no parenthesis. */
function topLevel(words: readonly Token[]): number[] {
  let depth = 0;
  return words.flatMap((word, at) => {
    if (word.text === ")") depth -= 1;
    const isTop = depth === 0;
    if (word.text === "(") depth += 1;
    return isTop ? [at] : [];
  });
}

function leavesOut(words: readonly Token[]): boolean {
  const top = topLevel(words).flatMap((at) => words[at] ?? []);
  const where = top.findIndex((word) => isWord(word, "WHERE"));
  // An INSERT … SELECT … ON CONFLICT needs a WHERE for its grammar.
  const isIdle = /^(?:true|1)$/i.test(top[where + 1]?.text ?? "") && !isWord(top[where + 2], "AND", "OR");
  const listed = top.slice(0, where === -1 ? undefined : where);
  return (
    (where !== -1 && !isIdle) ||
    top.some((word) => isWord(word, "LIMIT", "GROUP", "HAVING", "EXCEPT", "INTERSECT", "NOTHING")) ||
    listed.some((word) => word.text === ",") ||
    top.some((word, at) => isWord(word, "JOIN") && !isWord(top[at - 1], "LEFT", "OUTER"))
  );
}

function readValue(tokens: readonly Token[]): SelectedValue {
  const { words, alias } = splitAlias(significant(tokens));
  const column = columnOf(words);
  const inner = column ?? columnOf(withoutConversion(words));
  return { column: inner, converted: column === undefined, name: alias ?? column, words };
}

function splitAlias(words: readonly Token[]): { words: readonly Token[]; alias: string | undefined } {
  const alias = nameOf(words.at(-1));
  if (alias === undefined || words.length < 2) return { words, alias: undefined };
  if (isWord(words.at(-2), "AS")) return { words: words.slice(0, -2), alias };
  const isValue = words.at(-2)?.text === ")" || nameOf(words.at(-2)) !== undefined;
  const isEnd = isWord(words.at(-1), "END", "NULL");
  return isValue && !isEnd ? { words: words.slice(0, -1), alias } : { words, alias: undefined };
}

function columnOf(words: readonly Token[]): string | undefined {
  const last = words.at(-1);
  const isOne = words.length === 1 || (words.length === 3 && words[1]?.text === ".");
  if (!isOne || isWord(last, "NULL", "TRUE", "FALSE")) return undefined;
  return last?.text === "*" ? "*" : nameOf(last);
}

/** What stands in a CAST, or first in a COALESCE. */
function withoutConversion(words: readonly Token[]): readonly Token[] {
  if (!isWord(words[0], "CAST", "COALESCE", "IFNULL") || words[1]?.text !== "(") return [];
  if (words.at(-1)?.text !== ")") return [];
  const [first = []] = splitParts(words.slice(2, -1));
  const as = first.findIndex((word) => isWord(word, "AS"));
  return as === -1 ? first : first.slice(0, as);
}

/** Whether a value is made from a column, among others perhaps. */
export function isMadeFrom({ words }: SelectedValue, column: string): boolean {
  return words.some((word, at) => {
    const name = nameOf(word);
    return name !== undefined && sameName(name, column) && words[at + 1]?.text !== "(";
  });
}
