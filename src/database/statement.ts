// Tells what a SQL text may do, by its first words. Whatever is not surely a read counts as a write.

/** What a statement may do: `control` starts or ends a transaction, which only the session may. */
export type StatementEffect = "read" | "write" | "control";

const controlWords = new Set(["BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"]);
const plainSelect = /^\s*select\b[^;]*$/i;
/** Strings, quoted names, comments, words, and any other single character. */
const tokenPattern =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\/|[\p{L}_$][\p{L}\p{N}_$]*|\S/gu;

/**
 * Classifies one statement: a SELECT, an EXPLAIN, or a WITH that ends in a SELECT is a read (session rule S17).
 * A comment in front, a PRAGMA, or a second statement in the same text is a write.
 */
export function classifyStatement(sql: string): StatementEffect {
  if (plainSelect.test(sql)) return "read";
  const tokens = sql.match(tokenPattern) ?? [];
  const first = tokens[0]?.toUpperCase() ?? "";
  if (controlWords.has(first)) return "control";
  if (hasSecondStatement(tokens)) return "write";
  if (first === "SELECT" || first === "EXPLAIN") return "read";
  return first === "WITH" && mainVerb(tokens) === "SELECT" ? "read" : "write";
}

/** Whether a statement deletes rows: SQLite's message for a foreign key does not tell the two sides apart. */
export function isDelete(sql: string): boolean {
  const tokens = sql.match(tokenPattern) ?? [];
  const first = tokens[0]?.toUpperCase();
  return first === "DELETE" || (first === "WITH" && mainVerb(tokens) === "DELETE");
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
    else if (depth === 0 && verbs.has(token.toUpperCase())) return token.toUpperCase();
  }
  return undefined;
}
