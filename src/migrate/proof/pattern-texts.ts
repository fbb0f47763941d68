// Texts that match the patterns of a CHECK: `GLOB 'SKU-[0-9][0-9]'`, `LIKE '%@%'`.
import { isWord, quoteText, significant, tokenize } from "../sql/sql-tokens.ts";

const variants = 16;

/** Texts for each pattern in an expression, as literals; different ones as far as the pattern leaves a choice. */
export function patternTexts(expression: string, salt: number): string[] {
  const tokens = significant(tokenize(expression));
  return tokens.flatMap((token, at) => {
    const word = tokens[at - 1];
    if (token.kind !== "string" || !isWord(word, "GLOB", "LIKE")) return [];
    const text = token.text.slice(1, -1).replaceAll("''", "'");
    const pieces = isWord(word, "GLOB") ? globPieces(text) : likePieces(text);
    return Array.from({ length: variants }, (_, row) => quoteText(write(pieces, row + salt)));
  });
}

/** The characters that may stand at a place. */
type Piece = readonly string[];

const letters = [..."abcdefghij0123456789"];

function likePieces(pattern: string): Piece[] {
  return [...pattern].flatMap((character) => {
    if (character === "%") return [letters, letters];
    return [character === "_" ? letters : [character]];
  });
}

function globPieces(pattern: string): Piece[] {
  const parts = pattern.match(/\[\^?\]?[^\]]*\]|[\s\S]/g) ?? [];
  return parts.flatMap((part) => {
    if (part === "*") return [letters, letters];
    if (part === "?") return [letters];
    return [part.length > 1 ? charactersOf(part.slice(1, -1)) : [part]];
  });
}

/** The printable characters of a class such as `0-9a-f` or `^a-z`. */
function charactersOf(text: string): Piece {
  const isNegated = text.startsWith("^");
  const ranges = (isNegated ? text.slice(1) : text).match(/[\s\S]-[\s\S]|[\s\S]/g) ?? [];
  const isIn = (character: string) =>
    ranges.some((range) => range.charAt(0) <= character && character <= range.charAt(range.length - 1));
  const printable = Array.from({ length: 95 }, (_, code) => String.fromCodePoint(code + 32));
  const found = printable.filter((character) => isIn(character) !== isNegated);
  return found.length === 0 ? [ranges[0]?.charAt(0) ?? "a"] : found;
}

/** The number is written into the places that have a choice, the last one first. */
function write(pieces: readonly Piece[], number: number): string {
  let rest = number;
  const characters = pieces.toReversed().map((piece) => {
    if (piece.length < 2) return piece[0] ?? "";
    const character = piece[rest % piece.length] ?? "";
    rest = Math.floor(rest / piece.length);
    return character;
  });
  return characters.toReversed().join("");
}
