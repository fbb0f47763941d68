// SQLite's lexical rules: texts are taken apart and changed by tokens, never by searching in them.

/** What a token is. `word` is an unquoted name or a keyword, `name` a quoted name. */
export type TokenKind =
  | "space"
  | "comment"
  | "word"
  | "name"
  | "string"
  | "number"
  | "blob"
  | "variable"
  | "punct";

/** A piece of a SQL text; all pieces joined give the text again. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
}

const patterns: readonly (readonly [TokenKind, RegExp])[] = [
  ["space", /[ \t\n\v\f\r\ufeff]+/y],
  ["comment", /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y],
  ["blob", /[xX]'[^']*'/y],
  ["string", /'(?:[^']|'')*(?:'|$)/y],
  ["name", /"(?:[^"]|"")*(?:"|$)|`(?:[^`]|``)*(?:`|$)|\[[^\]]*(?:\]|$)/y],
  ["number", /0[xX][0-9a-fA-F]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y],
  ["variable", /\?\d*|[:@#$][\w$]+/y],
  ["word", /[A-Za-z_\u{80}-\u{10ffff}][\w$\u{80}-\u{10ffff}]*/uy],
  ["punct", /\|\||->>|->|<<|>>|<=|>=|<>|!=|==|[\s\S]/y],
];

/** Takes a text apart. Whatever stands there, every character lands in one token. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  for (let start = 0; start < sql.length;) {
    const token = tokenAt(sql, start);
    tokens.push(token);
    start += token.text.length;
  }
  return tokens;
}

function tokenAt(sql: string, start: number): Token {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = start;
    const text = pattern.exec(sql)?.[0];
    if (text !== undefined && text !== "") return { kind, text, start };
  }
  return { kind: "punct", text: sql.charAt(start), start };
}

/** The tokens that mean something: without white space and comments. */
export function significant(tokens: readonly Token[]): Token[] {
  return tokens.filter((token) => token.kind !== "space" && token.kind !== "comment");
}

/** The name that a token stands for, or undefined for one that is no name. A string counts if SQLite allows it. */
export function nameOf(token: Token | undefined): string | undefined {
  if (token?.kind === "word") return token.text;
  if (token?.kind !== "name") return undefined;
  const body = token.text.slice(1, -1);
  const quote = token.text.charAt(0);
  return quote === "[" ? body : body.replaceAll(quote + quote, quote);
}

/** Whether a token is this keyword; keywords are written in upper case here. */
export function isWord(token: Token | undefined, ...words: readonly string[]): boolean {
  return token?.kind === "word" && words.includes(token.text.toUpperCase());
}

/** Whether two names are the same to SQLite, which folds ASCII letters only. */
export function sameName(a: string, b: string): boolean {
  return foldName(a) === foldName(b);
}

/** The form of a name that names are compared and looked up by. */
export function foldName(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** A name as drizzle-kit quotes it. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

/** A text literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A statement of a text, without its semicolon, and the place of its first token. */
export interface SplitStatement {
  readonly sql: string;
  readonly offset: number;
}

/** Splits at the semicolons between statements; those within a trigger's body are its own. */
export function splitStatements(text: string): SplitStatement[] {
  const statements: SplitStatement[] = [];
  let current: Token[] = [];
  const finish = () => {
    if (significant(current).length > 0) statements.push(joinStatement(current));
    current = [];
  };
  for (const token of tokenize(text)) {
    if (token.text === ";" && token.kind === "punct" && !isOpenTrigger(current)) finish();
    else current.push(token);
  }
  finish();
  return statements;
}

function joinStatement(tokens: readonly Token[]): SplitStatement {
  const text = tokens.map((token) => token.text).join("");
  const leading = text.length - text.trimStart().length;
  return { sql: text.trim(), offset: (tokens[0]?.start ?? 0) + leading };
}

/** Whether these tokens begin a trigger whose END has not come yet: unlike that of a CASE it follows a semicolon. */
function isOpenTrigger(tokens: readonly Token[]): boolean {
  const words = significant(tokens);
  const at = isWord(words[1], "TEMP", "TEMPORARY") ? 2 : 1;
  if (!isWord(words[0], "CREATE") || !isWord(words[at], "TRIGGER")) return false;
  return !(isWord(words.at(-1), "END") && words.at(-2)?.text === ";");
}

/**
 * Replaces names in a text, token by token.
 *
 * @param replace gives the new name for a name token, or undefined to leave it; it sees its neighbours.
 */
export function replaceNames(
  sql: string,
  replace: (name: string, index: number, tokens: readonly Token[]) => string | undefined,
): string {
  const tokens = tokenize(sql);
  return tokens
    .map((token, index) => {
      const name = nameOf(token);
      const renamed = name === undefined ? undefined : replace(name, index, tokens);
      return renamed === undefined ? token.text : quoteName(renamed);
    })
    .join("");
}

/** The neighbour that means something, before (-1) or after (1) a token. */
export function neighbour(tokens: readonly Token[], index: number, step: -1 | 1): Token | undefined {
  for (let at = index + step; at >= 0 && at < tokens.length; at += step) {
    const token = tokens[at];
    if (token !== undefined && token.kind !== "space" && token.kind !== "comment") return token;
  }
  return undefined;
}

/** One spelling for texts that mean the same: no comments, single blanks, names unquoted, words in lower case. */
export function normalizeSql(sql: string): string {
  const parts = significant(tokenize(sql)).map((token) => {
    const name = nameOf(token);
    if (name !== undefined) return spellName(foldName(name));
    return token.kind === "number" || token.kind === "blob" ? token.text.toLowerCase() : token.text;
  });
  return parts.join(" ");
}

/** Names that could be taken for something else keep their quotes. */
function spellName(name: string): string {
  return /^[\w$\u{80}-\u{10ffff}]+$/u.test(name) ? name : quoteName(name);
}
