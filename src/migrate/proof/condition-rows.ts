// Gives some rows of a scratch database the values that data statements ask for: literals of their conditions, texts that
// their patterns match, and texts that their functions change. Tried row by row; what a table refuses stays as it was.
import { affinityOf } from "../sql/affinity.ts";
import type { Capture, CapturedTable } from "../schema/capture.ts";
import {
  foldName,
  isWord,
  nameOf,
  quoteName,
  quoteText,
  significant,
  type Token,
  tokenize,
} from "../sql/sql-tokens.ts";
import { keyOf } from "./refused-rows.ts";
import type { ScratchPort } from "./scratch.ts";

const mostRows = 4;

/** Changes rows of the tables that the statements name. */
export async function meetConditions(
  port: ScratchPort,
  capture: Capture,
  statements: readonly string[],
): Promise<void> {
  for (const sql of statements) {
    const words = significant(tokenize(sql));
    const tables = capture.tables.filter(({ kind, name }) => kind === "table" && isNamed(words, name));
    for (const table of tables) {
      const values = valuesOf(words, table);
      for (let row = 0; row < mostRows; row++) await writeRow(port, table, capture, values, row);
    }
    await joinTables(port, capture, tables, words);
  }
}

function isNamed(words: readonly Token[], name: string): boolean {
  return words.some((word) => foldName(nameOf(word) ?? "") === foldName(name));
}

type Values = ReadonlyMap<string, readonly string[]>;

/** For each column that the statement names, the values in its conditions. */
function valuesOf(words: readonly Token[], { columns }: CapturedTable): Values {
  const found = new Map<string, string[]>();
  const isChanged = words.some((word) =>
    isWord(word, "LOWER", "UPPER", "TRIM", "LTRIM", "RTRIM", "REPLACE", "SUBSTR"),
  );
  const conditions = withoutAssignments(words);
  for (const { name, type, generated } of columns) {
    if (generated !== "no" || !isNamed(words, name)) continue;
    const literals = conditions.flatMap((word, at) =>
      foldName(nameOf(word) ?? "") === foldName(name) ? literalsNear(conditions, at) : [],
    );
    const isText = affinityOf(type) === "text";
    const variants = isChanged && isText ? literals.flatMap(spellings) : literals;
    const odd =
      isChanged && isText && literals.length === 0 ? ["' Mixed CASE  text '", "'UPPER'", "'lower '"] : [];
    const values = [...variants, ...odd];
    if (values.length > 0) found.set(name, values);
  }
  return found;
}

/** What stands between SET and the condition says what a row becomes, not what it was. */
function withoutAssignments(words: readonly Token[]): readonly Token[] {
  const set = words.findIndex((word) => isWord(word, "SET"));
  if (set === -1) return words;
  const where = words.findIndex((word, at) => at > set && isWord(word, "FROM", "WHERE"));
  return where === -1 ? words.slice(0, set) : [...words.slice(0, set), ...words.slice(where)];
}

/** The literals up to the next AND or OR behind a column, and one that it is compared with in front of it. */
function literalsNear(words: readonly Token[], at: number): string[] {
  const end = words.findIndex(
    (word, place) => place > at && isWord(word, "AND", "OR", "WHERE", "ORDER", "LIMIT"),
  );
  const between = isBetween(words, at, end);
  const last = between ? end + 2 : end;
  const behind = words.slice(at + 1, last === -1 ? undefined : last);
  const isPattern = behind.some((word) => isWord(word, "LIKE", "GLOB"));
  const before = /^(?:=|==|<|>|<=|>=)$/.test(words[at - 1]?.text ?? "") ? words.slice(at - 2, at - 1) : [];
  return [...before, ...behind].flatMap((word) => {
    if (word.kind === "string") return isPattern ? matching(word.text) : [word.text];
    if (word.kind === "blob") return [word.text];
    if (word.kind !== "number") return [];
    const value = Number(word.text);
    return Number.isSafeInteger(value) ? [value, value + 1, value - 1].map(String) : [word.text];
  });
}

function isBetween(words: readonly Token[], at: number, end: number): boolean {
  return end !== -1 && words.slice(at, end).some((word) => isWord(word, "BETWEEN"));
}

/** Texts that a LIKE or GLOB pattern matches. */
function matching(literal: string): string[] {
  const pattern = literal.slice(1, -1).replaceAll("''", "'");
  return ["", "x", "some "].map((text) =>
    quoteText(pattern.replaceAll(/[%*]/g, text).replaceAll(/[_?]/g, "x").replaceAll("\\", "")),
  );
}

function spellings(literal: string): string[] {
  if (!literal.startsWith("'")) return [literal];
  return [literal, literal.toUpperCase(), literal.toLowerCase(), `' ${literal.slice(1, -1)} '`];
}

async function writeRow(
  port: ScratchPort,
  table: CapturedTable,
  capture: Capture,
  values: Values,
  row: number,
): Promise<void> {
  const key = keyOf(capture, table.name);
  if (key === undefined || values.size === 0) return;
  const name = quoteName(table.name);
  const where = `WHERE (${key}) IN (SELECT ${key} FROM ${name} ORDER BY ${key} LIMIT 1 OFFSET ${row})`;
  const assigned = [...values].map(
    ([column, own]) => `${quoteName(column)} = ${own[row % own.length] ?? "NULL"}`,
  );
  const together = `UPDATE OR IGNORE ${name} SET ${assigned.join(", ")} ${where}`;
  const isWritten = await port.write([together]).then(
    () => true,
    () => false,
  );
  if (isWritten) return;
  for (const one of assigned) {
    await port.write([`UPDATE OR IGNORE ${name} SET ${one} ${where}`]).catch(() => undefined);
  }
}

/**
 * Columns of two tables that are compared share no value unless a foreign key makes them: each column that has no literal
 * and is no key gets the values of those of the other tables, one in each row.
 */
async function joinTables(
  port: ScratchPort,
  capture: Capture,
  tables: readonly CapturedTable[],
  words: readonly Token[],
): Promise<void> {
  const named = tables.flatMap((table) => {
    const literals = valuesOf(words, table);
    return table.columns
      .filter(({ name, generated }) => generated === "no" && isNamed(words, name))
      .map(({ name, type, primaryKey }) => {
        const isFree = primaryKey === 0 && !literals.has(name);
        return { table, name, affinity: affinityOf(type), isFree };
      });
  });
  for (const to of named.filter(({ isFree }) => isFree)) {
    const sources = named.filter(({ table, affinity }) => table !== to.table && affinity === to.affinity);
    for (const [row, from] of sources.slice(0, mostRows).entries()) {
      const key = keyOf(capture, to.table.name);
      const [source, target] = [quoteName(from.table.name), quoteName(to.table.name)];
      const column = quoteName(from.name);
      const value = `(SELECT ${column} FROM ${source} WHERE ${column} IS NOT NULL LIMIT 1)`;
      const where = `WHERE (${key}) IN (SELECT ${key} FROM ${target} ORDER BY ${key} LIMIT 1 OFFSET ${row})`;
      const sql = `UPDATE OR IGNORE ${target} SET ${quoteName(to.name)} = ${value} ${where}`;
      if (key !== undefined) await port.write([sql]).catch(() => undefined);
    }
  }
}
