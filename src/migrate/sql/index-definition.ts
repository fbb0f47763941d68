// Reads CREATE INDEX into its parts.
import { MigrationError } from "../errors.ts";
import { Cursor, splitParts } from "./sql-cursor.ts";
import { nameOf, significant } from "./sql-tokens.ts";

/** One part of an index: a column if it is nothing else, and its whole text with collation and order. */
export interface IndexPart {
  readonly column: string | undefined;
  /** What is indexed, with its collation and without its order. */
  readonly text: string;
}

/** An index. */
export interface IndexDefinition {
  readonly unique: boolean;
  readonly table: string;
  readonly parts: readonly IndexPart[];
  /** The condition of a partial index. */
  readonly where: string | undefined;
}

/**
 * Reads a CREATE INDEX.
 *
 * @throws {MigrationError} `SQL_UNREADABLE` for a text that is none.
 */
export function parseIndex(sql: string): IndexDefinition {
  const cursor = new Cursor(sql);
  cursor.expect("CREATE");
  const unique = cursor.accept("UNIQUE");
  cursor.expect("INDEX");
  if (cursor.accept("IF")) {
    cursor.expect("NOT");
    cursor.expect("EXISTS");
  }
  cursor.takeName();
  if (cursor.acceptPunct(".")) cursor.takeName();
  cursor.expect("ON");
  const table = cursor.takeName();
  const parts = splitParts(cursor.takeParenthesized()).map((tokens): IndexPart => {
    const text = cursor.textOf(tokens).replace(/\s+(?:ASC|DESC)$/i, "");
    const [first, second] = significant(tokens);
    const isColumn = second === undefined || /^(?:asc|desc|collate)$/i.test(second.text);
    return { column: isColumn ? nameOf(first) : undefined, text };
  });
  const where = cursor.accept("WHERE") ? cursor.textOf(cursor.rest()) : undefined;
  return { unique, table, parts, where };
}

/** Reads a CREATE INDEX; undefined for a text that is none. */
export function readIndex(sql: string): IndexDefinition | undefined {
  try {
    return parseIndex(sql);
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    return undefined;
  }
}
