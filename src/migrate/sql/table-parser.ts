// Reads CREATE TABLE into its parts. Understands SQLite's grammar; what it does not, it refuses by name.
import { Cursor, splitParts } from "./sql-cursor.ts";
import { isWord, sameName, significant } from "./sql-tokens.ts";
import type { Token } from "./sql-tokens.ts";
import type {
  CheckDefinition,
  ColumnDefinition,
  ForeignKeyDefinition,
  PrimaryKeyDefinition,
  TableDefinition,
  UniqueDefinition,
} from "./table-definition.ts";

/** What is collected while the parts of a table are read. */
interface Draft {
  readonly columns: ColumnDefinition[];
  primaryKey: PrimaryKeyDefinition | undefined;
  readonly uniques: UniqueDefinition[];
  readonly checks: CheckDefinition[];
  readonly foreignKeys: ForeignKeyDefinition[];
}

/**
 * Reads a CREATE TABLE.
 *
 * @throws {MigrationError} `SQL_UNREADABLE` for a text that is none, such as `CREATE TABLE … AS SELECT`.
 */
export function parseTable(sql: string): TableDefinition {
  const cursor = new Cursor(sql);
  cursor.expect("CREATE");
  cursor.accept("TEMP", "TEMPORARY");
  cursor.expect("TABLE");
  if (cursor.accept("IF")) {
    cursor.expect("NOT");
    cursor.expect("EXISTS");
  }
  let name = cursor.takeName();
  if (cursor.acceptPunct(".")) name = cursor.takeName();
  const draft: Draft = { columns: [], primaryKey: undefined, uniques: [], checks: [], foreignKeys: [] };
  for (const part of splitParts(cursor.takeParenthesized())) readPart(new Cursor(sql, part), draft);
  const options = significantWords(cursor.rest());
  return {
    name,
    ...draft,
    strict: options.includes("STRICT"),
    withoutRowid: options.includes("WITHOUT"),
  };
}

function significantWords(tokens: readonly Token[]): string[] {
  return significant(tokens).map((token) => token.text.toUpperCase());
}

const constraintWords = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"];

function readPart(cursor: Cursor, draft: Draft): void {
  if (isWord(cursor.peek(), ...constraintWords)) readTableConstraints(cursor, draft);
  else readColumn(cursor, draft);
}

function readColumn(cursor: Cursor, draft: Draft): void {
  const name = cursor.takeName();
  const type = cursor.takeType();
  const column = {
    name,
    type,
    notNull: false,
    notNullConflict: undefined as string | undefined,
    defaultValue: undefined as string | undefined,
    collate: undefined as string | undefined,
    generated: undefined as ColumnDefinition["generated"],
  };
  for (;;) {
    // A name belongs to the one constraint behind it.
    const constraint = cursor.accept("CONSTRAINT") ? cursor.takeName() : undefined;
    if (cursor.accept("NOT")) {
      cursor.expect("NULL");
      column.notNullConflict = cursor.takeConflict();
      column.notNull = true;
    } else if (cursor.accept("NULL")) cursor.takeConflict();
    else if (cursor.accept("DEFAULT")) column.defaultValue = cursor.takeDefault();
    else if (cursor.accept("COLLATE")) column.collate = cursor.takeName();
    else if (cursor.accept("GENERATED")) {
      cursor.expect("ALWAYS");
      cursor.expect("AS");
      column.generated = cursor.takeGenerated();
    } else if (cursor.accept("AS")) column.generated = cursor.takeGenerated();
    else if (!readColumnKey(cursor, draft, name, constraint)) break;
  }
  cursor.expectEnd();
  draft.columns.push(column);
}

/** The constraints that a column shares with the table as a whole. */
function readColumnKey(cursor: Cursor, draft: Draft, name: string, constraint: string | undefined): boolean {
  if (cursor.accept("PRIMARY")) {
    cursor.expect("KEY");
    const descending = cursor.accept("DESC") || (cursor.accept("ASC"), false);
    const onConflict = cursor.takeConflict();
    const autoincrement = cursor.accept("AUTOINCREMENT");
    draft.primaryKey = { columns: [name], suffixes: [""], autoincrement, descending, onConflict };
  } else if (cursor.accept("UNIQUE")) {
    draft.uniques.push({ columns: [name], suffixes: [""], onConflict: cursor.takeConflict() });
  } else if (cursor.accept("CHECK")) {
    draft.checks.push({ name: constraint, expression: cursor.takeExpression() });
  } else if (isWord(cursor.peek(), "REFERENCES")) {
    draft.foreignKeys.push(cursor.takeReferences([name]));
  } else return false;
  return true;
}

function readTableConstraints(cursor: Cursor, draft: Draft): void {
  // SQLite lets table constraints follow one another without a comma.
  while (cursor.peek() !== undefined) {
    const constraint = cursor.accept("CONSTRAINT") ? cursor.takeName() : undefined;
    if (cursor.accept("PRIMARY")) {
      cursor.expect("KEY");
      draft.primaryKey = { ...cursor.takeKey(), descending: false, onConflict: cursor.takeConflict() };
    } else if (cursor.accept("UNIQUE")) {
      const { columns, suffixes } = cursor.takeKey();
      draft.uniques.push({ columns, suffixes, onConflict: cursor.takeConflict() });
    } else if (cursor.accept("CHECK")) {
      draft.checks.push({ name: constraint, expression: cursor.takeExpression() });
      cursor.takeConflict();
    } else if (cursor.accept("FOREIGN")) {
      cursor.expect("KEY");
      draft.foreignKeys.push(cursor.takeReferences(cursor.takeNames()));
    } else throw cursor.unreadable();
  }
}

/** A column's own part of a CREATE TABLE as written, without comments: what ADD COLUMN takes. */
export function columnText(sql: string, name: string): string | undefined {
  const cursor = new Cursor(sql);
  while (cursor.peek()?.text !== "(") cursor.take();
  const part = splitParts(cursor.takeParenthesized()).find((tokens) => {
    const first = new Cursor(sql, tokens);
    return !isWord(first.peek(), ...constraintWords) && sameName(first.takeName(), name);
  });
  return part === undefined ? undefined : cursor.textOf(part);
}
