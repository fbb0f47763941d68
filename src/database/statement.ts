// Tells what a SQL text may do, by its first words. Whatever is not surely a read counts as a write.

/** What a statement may do: `control` starts or ends a transaction, which only the session may. */
export type StatementEffect = "read" | "write" | "control";

const controlWords = new Set(["BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"]);
/** Most statements: one verb at the beginning, and nothing that could begin another statement. */
const plainSelect = /^\s*select\b[^;]*$/i;
const plainWrite = /^\s*(?:insert|update|delete)\b[^;]*$/i;
/**
 * Strings, quoted names, comments, words, and any other single character. As in SQLite, every character beyond
 * ASCII belongs to a word: otherwise a name such as `😀select` would hide the verb that follows it.
 */
const tokenPattern =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\/|[A-Za-z_$\u{80}-\u{10ffff}][\w$\u{80}-\u{10ffff}]*|\S/gu;
const byteOrderMark = /^\uFEFF/;

/**
 * Classifies one statement: a SELECT, an EXPLAIN, or a WITH that ends in a SELECT is a read (session rule S17).
 * A comment in front, a PRAGMA, or a second statement in the same text is a write; but no comment hides a COMMIT.
 */
export function classifyStatement(sql: string): StatementEffect {
  if (plainSelect.test(sql)) return "read";
  if (plainWrite.test(sql)) return "write";
  const tokens = tokensOf(sql);
  if (controlWords.has(firstWord(tokens))) return "control";
  if (hasSecondStatement(tokens)) return "write";
  const first = upperCase(tokens[0]);
  if (first === "SELECT" || first === "EXPLAIN") return "read";
  return first === "WITH" && mainVerb(tokens) === "SELECT" ? "read" : "write";
}

/** Whether a statement deletes rows: SQLite's message for a foreign key does not tell the two sides apart. */
export function isDelete(sql: string): boolean {
  const tokens = tokensOf(sql);
  const first = firstWord(tokens);
  return first === "DELETE" || (first === "WITH" && mainVerb(tokens) === "DELETE");
}

function tokensOf(sql: string): readonly string[] {
  return sql.replace(byteOrderMark, "").match(tokenPattern) ?? [];
}

/** Keywords are ASCII: `toUpperCase` would make an S of `ſ` (U+017F), which to SQLite is part of a name. */
function upperCase(token = ""): string {
  return token.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase());
}

/** The first word that the server runs: it skips comments and empty statements. */
function firstWord(tokens: readonly string[]): string {
  return upperCase(
    tokens.find((token) => token !== ";" && !token.startsWith("--") && !token.startsWith("/*")),
  );
}

function hasSecondStatement(tokens: readonly string[]): boolean {
  const end = tokens.indexOf(";");
  return end !== -1 && end !== tokens.length - 1;
}

const verbs = new Set(["SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "VALUES"]);

/** The verb after the common table expressions: the first one outside every parenthesis. */
function mainVerb(tokens: readonly string[]): string | undefined {
  let depth = 0;
  for (const token of tokens) {
    if (token === "(") depth += 1;
    else if (token === ")") depth -= 1;
    else if (depth === 0 && verbs.has(upperCase(token))) return upperCase(token);
  }
  return undefined;
}
