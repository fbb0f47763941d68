// What a statement does to tables, views, indexes and rows: read as far as hazards have to know, never run.
import { MigrationError } from "../errors.ts";
import { Cursor, splitParts } from "../sql/sql-cursor.ts";
import { isWord, nameOf, significant, type Token, tokenize } from "../sql/sql-tokens.ts";
import { readSource, type RowSource } from "./row-selection.ts";

/** What a statement does; `other` is whatever changes neither schema nor rows in a way that matters here. */
export type Act =
  | {
      readonly kind: "create-table";
      readonly name: string;
      readonly unlessThere: boolean;
      readonly virtual: boolean;
      /** Of a CREATE TABLE … AS. */
      readonly source: RowSource | undefined;
    }
  | { readonly kind: "create-view"; readonly name: string }
  | { readonly kind: "create-index"; readonly name: string; readonly unlessThere: boolean }
  | { readonly kind: "drop"; readonly object: "table" | "view" | "index"; readonly name: string }
  | { readonly kind: "rename-table"; readonly table: string; readonly to: string }
  | {
      readonly kind: "rename-column";
      readonly table: string;
      readonly column: string;
      readonly to: string;
    }
  | { readonly kind: "drop-column"; readonly table: string; readonly column: string }
  | { readonly kind: "add-column"; readonly table: string; readonly definition: string }
  | {
      readonly kind: "alter-column";
      readonly table: string;
      readonly column: string;
      readonly definition: string;
    }
  | {
      readonly kind: "insert";
      readonly table: string;
      /** Undefined if none are named. */
      readonly columns: readonly string[] | undefined;
      /** Undefined for VALUES. */
      readonly source: RowSource | undefined;
      /** Whether rows in its way are deleted. */
      readonly replaces: boolean;
      readonly ignores: boolean;
    }
  | {
      readonly kind: "update";
      readonly table: string;
      readonly columns: readonly string[];
      readonly replaces: boolean;
    }
  | {
      readonly kind: "delete";
      readonly table: string;
      /** The statement as a question for how many rows it would delete; undefined if it is more than that. */
      readonly count: string | undefined;
    }
  | { readonly kind: "other" };

const other: Act = { kind: "other" };

/** Reads a statement. What cannot be read is `other`: SQLite will say more about it. */
export function readAct(sql: string): Act {
  const cursor = new Cursor(sql);
  try {
    if (cursor.accept("CREATE")) return readCreate(cursor);
    if (cursor.accept("DROP")) return readDrop(cursor);
    if (cursor.accept("ALTER")) return readAlter(cursor);
    const begun = significant(tokenize(sql))[0];
    skipWith(cursor);
    if (cursor.accept("INSERT")) return readInsert(cursor, cursor.accept("OR") ? cursor.take() : undefined);
    if (isWord(cursor.peek(), "REPLACE")) return readInsert(cursor, cursor.take());
    if (cursor.accept("UPDATE")) return readUpdate(cursor);
    if (cursor.accept("DELETE")) return readDelete(cursor, isWord(begun, "DELETE"));
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
  }
  return other;
}

function takeName(cursor: Cursor): string {
  const first = cursor.takeName();
  return cursor.acceptPunct(".") ? cursor.takeName() : first;
}

function acceptIf(cursor: Cursor): boolean {
  if (!cursor.accept("IF")) return false;
  cursor.accept("NOT");
  cursor.expect("EXISTS");
  return true;
}

function readCreate(cursor: Cursor): Act {
  const virtual = cursor.accept("VIRTUAL");
  cursor.accept("TEMP", "TEMPORARY");
  cursor.accept("UNIQUE");
  const word = cursor.take();
  const unlessThere = acceptIf(cursor);
  if (isWord(word, "TABLE")) {
    const name = takeName(cursor);
    const source = !virtual && cursor.accept("AS") ? readSource(cursor.rest()) : undefined;
    return { kind: "create-table", name, unlessThere, virtual, source };
  }
  if (isWord(word, "VIEW")) return { kind: "create-view", name: takeName(cursor) };
  if (isWord(word, "INDEX")) return { kind: "create-index", name: takeName(cursor), unlessThere };
  return other;
}

function readDrop(cursor: Cursor): Act {
  const word = cursor.take();
  acceptIf(cursor);
  const name = takeName(cursor);
  if (isWord(word, "TABLE")) return { kind: "drop", object: "table", name };
  if (isWord(word, "VIEW")) return { kind: "drop", object: "view", name };
  return isWord(word, "INDEX") ? { kind: "drop", object: "index", name } : other;
}

function readAlter(cursor: Cursor): Act {
  cursor.expect("TABLE");
  const table = takeName(cursor);
  if (cursor.accept("RENAME")) {
    if (cursor.accept("TO")) return { kind: "rename-table", table, to: cursor.takeName() };
    cursor.accept("COLUMN");
    const column = cursor.takeName();
    cursor.expect("TO");
    return { kind: "rename-column", table, column, to: cursor.takeName() };
  }
  if (cursor.accept("DROP")) {
    cursor.accept("COLUMN");
    return { kind: "drop-column", table, column: cursor.takeName() };
  }
  if (cursor.accept("ADD")) {
    cursor.accept("COLUMN");
    return { kind: "add-column", table, definition: cursor.textOf(cursor.rest()) };
  }
  cursor.expect("ALTER");
  cursor.accept("COLUMN");
  const column = cursor.takeName();
  cursor.expect("TO");
  return { kind: "alter-column", table, column, definition: cursor.textOf(cursor.rest()) };
}

function readInsert(cursor: Cursor, conflict: Token | undefined): Act {
  cursor.expect("INTO");
  const table = takeName(cursor);
  if (cursor.accept("AS")) cursor.takeName();
  const columns = cursor.peek()?.text === "(" ? cursor.takeNames() : undefined;
  const source = isWord(cursor.peek(), "SELECT", "WITH") ? readSource(cursor.rest()) : undefined;
  const replaces = isWord(conflict, "REPLACE");
  return { kind: "insert", table, columns, source, replaces, ignores: isWord(conflict, "IGNORE") };
}

function readUpdate(cursor: Cursor): Act {
  const replaces = cursor.accept("OR") && isWord(cursor.take(), "REPLACE");
  const table = takeName(cursor);
  while (!cursor.accept("SET")) cursor.take();
  const columns = splitParts(cursor.rest()).flatMap((part) => {
    const [first, second] = significant(part);
    if (first?.text === "(") return new Cursor(cursor.textOf(part)).takeNames();
    return second?.text === "=" ? [nameOf(first) ?? ""] : [];
  });
  return { kind: "update", table, columns, replaces };
}

function readDelete(cursor: Cursor, isPlain: boolean): Act {
  cursor.expect("FROM");
  const table = takeName(cursor);
  const rest = cursor.rest();
  const isSimple = isPlain && !rest.some((token) => isWord(token, "RETURNING", "ORDER", "LIMIT"));
  return { kind: "delete", table, count: isSimple ? cursor.textOf(rest) : undefined };
}

/** Leaves `WITH a AS (…), b(x) AS MATERIALIZED (…)` behind. */
function skipWith(cursor: Cursor): void {
  if (!cursor.accept("WITH")) return;
  cursor.accept("RECURSIVE");
  do {
    cursor.takeName();
    if (cursor.peek()?.text === "(") cursor.takeNames();
    cursor.expect("AS");
    cursor.accept("NOT");
    cursor.accept("MATERIALIZED");
    cursor.takeParenthesized();
  } while (cursor.acceptPunct(","));
}
