// A place in a list of tokens, and what can be taken from there: the reader of table definitions stands on it.
import { MigrationError } from "../errors.ts";
import { isWord, nameOf, significant, tokenize } from "./sql-tokens.ts";
import type { Token } from "./sql-tokens.ts";
import type { ColumnDefinition, ForeignKeyDefinition, UniqueDefinition } from "./table-definition.ts";

const columnWords = [
  "CONSTRAINT",
  "PRIMARY",
  "NOT",
  "NULL",
  "UNIQUE",
  "CHECK",
  "DEFAULT",
  "COLLATE",
  "REFERENCES",
  "GENERATED",
  "AS",
];

/** Splits tokens at the commas outside of every parenthesis. */
export function splitParts(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.text === "(") depth += 1;
    if (token.text === ")") depth -= 1;
    if (token.kind === "punct" && token.text === "," && depth === 0) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts.filter((part) => significant(part).length > 0);
}

/** A place in a list of tokens. */
export class Cursor {
  readonly #sql: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(sql: string, tokens: readonly Token[] = tokenize(sql)) {
    this.#sql = sql;
    this.#tokens = tokens;
  }

  peek(): Token | undefined {
    for (; this.#at < this.#tokens.length; this.#at += 1) {
      const token = this.#tokens[this.#at];
      if (token !== undefined && token.kind !== "space" && token.kind !== "comment") return token;
    }
    return undefined;
  }

  take(): Token {
    const token = this.peek();
    if (token === undefined) throw this.unreadable();
    this.#at += 1;
    return token;
  }

  accept(...words: readonly string[]): boolean {
    if (!isWord(this.peek(), ...words)) return false;
    this.#at += 1;
    return true;
  }

  acceptPunct(text: string): boolean {
    if (this.peek()?.text !== text) return false;
    this.#at += 1;
    return true;
  }

  expect(word: string): void {
    if (!this.accept(word)) throw this.unreadable();
  }

  expectEnd(): void {
    if (this.peek() !== undefined) throw this.unreadable();
  }

  rest(): Token[] {
    return this.#tokens.slice(this.#at);
  }

  takeName(): string {
    const token = this.take();
    const name =
      nameOf(token) ?? (token.kind === "string" ? token.text.slice(1, -1).replaceAll("''", "'") : undefined);
    if (name === undefined) throw this.unreadable();
    return name;
  }

  takeNames(): string[] {
    return splitParts(this.takeParenthesized()).map((part) => new Cursor(this.#sql, part).takeName());
  }

  /** Columns of a key, each perhaps with a collation and an order, and AUTOINCREMENT behind the last. */
  takeKey(): Pick<UniqueDefinition, "columns" | "suffixes"> & { readonly autoincrement: boolean } {
    let autoincrement = false;
    const parts = splitParts(this.takeParenthesized()).map((part) => {
      const cursor = new Cursor(this.#sql, part);
      const column = cursor.takeName();
      const words = significant(cursor.rest());
      autoincrement ||= words.some((token) => isWord(token, "AUTOINCREMENT"));
      const suffix = words
        .filter((token) => !isWord(token, "AUTOINCREMENT", "ASC"))
        .map((token) => token.text);
      return { column, suffix: suffix.join(" ") };
    });
    return {
      columns: parts.map(({ column }) => column),
      suffixes: parts.map(({ suffix }) => suffix),
      autoincrement,
    };
  }

  /** The tokens between the next parenthesis and its partner. */
  takeParenthesized(): Token[] {
    if (!this.acceptPunct("(")) throw this.unreadable();
    const first = this.#at;
    for (let depth = 1; depth > 0; this.#at += 1) {
      const token = this.#tokens[this.#at];
      if (token === undefined) throw this.unreadable();
      if (token.kind === "punct" && token.text === "(") depth += 1;
      if (token.kind === "punct" && token.text === ")") depth -= 1;
    }
    return this.#tokens.slice(first, this.#at - 1);
  }

  takeExpression(): string {
    return this.textOf(this.takeParenthesized());
  }

  textOf(tokens: readonly Token[]): string {
    return tokens
      .map((token) => (token.kind === "comment" ? " " : token.text))
      .join("")
      .trim();
  }

  /** A type is any number of names, then perhaps sizes in parentheses. */
  takeType(): string {
    const words: string[] = [];
    for (let token = this.peek(); token !== undefined; token = this.peek()) {
      if (!["word", "name", "string"].includes(token.kind) || isWord(token, ...columnWords)) break;
      const name = this.takeName();
      words.push(/^\w+$/.test(name) && !columnWords.includes(name.toUpperCase()) ? name : token.text);
    }
    const sizes = words.length > 0 && this.peek()?.text === "(" ? `(${this.takeExpression()})` : "";
    return words.join(" ") + sizes;
  }

  takeDefault(): string {
    if (this.peek()?.text === "(") return `(${this.takeExpression()})`;
    const sign = this.peek()?.text === "-" || this.peek()?.text === "+" ? this.take().text : "";
    return sign + this.take().text;
  }

  takeGenerated(): NonNullable<ColumnDefinition["generated"]> {
    const expression = this.takeExpression();
    const stored = this.accept("STORED");
    if (!stored) this.accept("VIRTUAL");
    return { expression, kind: stored ? "stored" : "virtual" };
  }

  takeConflict(): string | undefined {
    if (!this.accept("ON")) return undefined;
    this.expect("CONFLICT");
    return this.take().text.toUpperCase();
  }

  takeReferences(columns: readonly string[]): ForeignKeyDefinition {
    this.expect("REFERENCES");
    const parent = this.takeName();
    const parentColumns = this.peek()?.text === "(" ? this.takeNames() : [];
    const actions: Record<string, string | undefined> = {};
    const rest: string[] = [];
    for (;;) {
      if (this.accept("ON")) actions[this.take().text.toUpperCase()] = this.#takeAction();
      else if (this.accept("MATCH")) rest.push(`MATCH ${this.take().text}`);
      else if (this.#startsDeferrable()) rest.push(...this.#takeDeferrable());
      else break;
    }
    return {
      columns,
      parent,
      parentColumns,
      onDelete: actions["DELETE"],
      onUpdate: actions["UPDATE"],
      rest: rest.join(" "),
    };
  }

  #takeAction(): string | undefined {
    const first = this.take().text.toUpperCase();
    if (first === "CASCADE" || first === "RESTRICT") return first;
    const action = `${first} ${this.take().text.toUpperCase()}`;
    return action === "NO ACTION" ? undefined : action;
  }

  /** NOT may also begin NOT NULL. */
  #startsDeferrable(): boolean {
    const words = significant(this.#tokens.slice(this.#at));
    return isWord(words[0], "DEFERRABLE") || (isWord(words[0], "NOT") && isWord(words[1], "DEFERRABLE"));
  }

  #takeDeferrable(): string[] {
    const words: string[] = [];
    while (isWord(this.peek(), "NOT", "DEFERRABLE", "INITIALLY", "DEFERRED", "IMMEDIATE")) {
      if (isWord(this.peek(), "NOT") && words.length > 0) break;
      words.push(this.take().text.toUpperCase());
    }
    return words;
  }

  unreadable(): MigrationError {
    const token = this.peek();
    const found = token === undefined ? "its end" : `"${token.text}"`;
    return new MigrationError(
      "SQL_UNREADABLE",
      `A table definition cannot be read at ${found}: ${this.#sql.slice(0, 200)}`,
      {
        place: { statement: this.#sql },
      },
    );
  }
}
