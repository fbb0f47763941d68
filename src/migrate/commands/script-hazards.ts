// What an upgrade script does to data, read off its statements: so that drizzle-kit's and hand-written ones are seen, too.
import type { Script } from "../plan/revision.ts";
import { isWord, nameOf, sameName, significant, type Token, tokenize } from "../plan/sql-tokens.ts";

/** Something to know before a script runs. */
export interface ScriptHazard {
  readonly kind: "removes" | "rebuilds";
  readonly table: string;
  /** Only of a removed column. */
  readonly column: string | undefined;
  /** From 1. */
  readonly line: number;
}

/** Finds dropped tables and columns, and tables that are copied as a whole. The tool's own tables do not count. */
export function findScriptHazards({ statements }: Pick<Script, "statements">): ScriptHazard[] {
  const parsed = statements.map(({ sql, line }) => ({ words: significant(tokenize(sql)), line }));
  const taken = parsed.flatMap(({ words }) => renamedTo(words));
  return parsed.flatMap(({ words, line }): ScriptHazard[] => {
    const dropped = droppedTable(words);
    if (dropped !== undefined && !dropped.startsWith("__")) {
      const isRebuilt = taken.some((name) => sameName(name, dropped));
      return [{ kind: isRebuilt ? "rebuilds" : "removes", table: dropped, column: undefined, line }];
    }
    const gone = droppedColumn(words);
    return gone === undefined ? [] : [{ kind: "removes", ...gone, line }];
  });
}

/** The hazard in a few words, without what is known only from the database. */
export function describeHazard({ kind, table, column }: ScriptHazard): string {
  return `${kind} ${column === undefined ? `table ${table}` : `${table}.${column}`}`;
}

function droppedTable(words: readonly Token[]): string | undefined {
  if (!isWord(words[0], "DROP") || !isWord(words[1], "TABLE")) return undefined;
  return nameOf(words[isWord(words[2], "IF") ? 4 : 2]);
}

function droppedColumn(
  words: readonly Token[],
): { readonly table: string; readonly column: string } | undefined {
  if (!isWord(words[0], "ALTER") || !isWord(words[1], "TABLE") || !isWord(words[3], "DROP")) return undefined;
  const table = nameOf(words[2]);
  const column = nameOf(words[isWord(words[4], "COLUMN") ? 5 : 4]);
  return table === undefined || column === undefined ? undefined : { table, column };
}

/** The name that a table takes: a dropped one that is taken again was rebuilt. */
function renamedTo(words: readonly Token[]): string[] {
  const isRename = isWord(words[0], "ALTER") && isWord(words[3], "RENAME") && isWord(words[4], "TO");
  const name = isRename ? nameOf(words[5]) : undefined;
  return name === undefined ? [] : [name];
}
