// One spelling of SQL text for the oracle: its own scanner, so that a fault of the tool's tokenizer shows.

const pieces =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\/|[\p{L}\p{N}_$]+|\s+|./gu;

/** Names without quotes and in lower case, no blanks but between words, no comments; literals as they are. */
export function spell(sql: string): string[] {
  return (sql.match(pieces) ?? []).flatMap((piece) => {
    if (/^(\s|--|\/\*)/.test(piece)) return [];
    if (/^["`[]/.test(piece)) return [piece.slice(1, -1).toLowerCase()];
    return [piece.startsWith("'") ? piece : piece.toLowerCase()];
  });
}

/** {@link spell} as one text, without the tables' names in front of columns. */
export function spellOut(sql: string, tables: readonly string[] = []): string {
  const words = spell(sql);
  const names = new Set(tables.flatMap((name) => [name.toLowerCase(), `__new_${name.toLowerCase()}`]));
  const kept = words.filter((word, at) => {
    const qualifier = words[at + 1] === "." && names.has(word);
    const dot = word === "." && names.has(words[at - 1] ?? "");
    return !qualifier && !dot;
  });
  return kept.join(" ");
}

/** What stands between the parentheses behind each of these words, innermost kept whole. */
export function groupsBehind(sql: string, word: string, tables: readonly string[]): string[] {
  const words = spellOut(sql, tables).split(" ");
  const found: string[] = [];
  for (const [at, current] of words.entries()) {
    if (current !== word || words[at + 1] !== "(") continue;
    let depth = 0;
    let end = at + 1;
    do {
      if (words[end] === "(") depth += 1;
      if (words[end] === ")") depth -= 1;
      end += 1;
    } while (depth > 0 && end < words.length);
    found.push(words.slice(at + 2, end - 1).join(" "));
  }
  return found.toSorted();
}

/** The collation of each column that names one, as `column collation`. */
export function collationsOf(sql: string, columns: readonly string[]): string[] {
  const words = spell(sql);
  const names = new Set(columns.map((name) => name.toLowerCase()));
  return words.flatMap((word, at) => {
    if (word !== "collate") return [];
    const owner = words
      .slice(0, at)
      .findLast((other, index) => names.has(other) && ["(", ","].includes(words[index - 1] ?? ""));
    return [`${owner} ${words[at + 1]}`];
  });
}

/** A spelled expression without parentheses around the whole of it. */
export function withoutParentheses(spelled: string): string {
  const words = spelled.split(" ");
  let depth = 0;
  const isWhole = words.every((word, at) => {
    depth += Number(word === "(") - Number(word === ")");
    return depth > 0 || at === words.length - 1;
  });
  return isWhole && words[0] === "(" && words.at(-1) === ")"
    ? withoutParentheses(words.slice(1, -1).join(" "))
    : spelled;
}
